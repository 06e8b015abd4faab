"""What must not be overlooked in a session: signs of suicidality, a ceiling exceeded, vital signs beyond the limits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from mappings.clinic import Clinic
from mappings.derived import TIME, Charted
from mappings.dose_account import excess
from mappings.events import Score
from mappings.infusion import Segment
from mappings.session import InfusionSession
from mappings.words import amount, fine, quantity

PHQ9, DEATH_ITEM = "phq9", "phq9-9"  # the item that asks for thoughts of death or self-harm, by its key
SCREENER = "cssrs-screener"
# limit of the clinic → field of the record, and its unit. With hyphens it is a row of the table `flag`.
LIMITS = {
    "systolic_above": ("systolic", "mm[Hg]"),
    "systolic_below": ("systolic", "mm[Hg]"),
    "diastolic_above": ("diastolic", "mm[Hg]"),
    "heart_rate_above": ("heart_rate", "/min"),
    "heart_rate_below": ("heart_rate", "/min"),
    "oxygen_saturation_below": ("oxygen_saturation", "%"),
    "respiratory_rate_below": ("respiratory_rate", "/min"),
    "end_tidal_co2_above": ("end_tidal_co2", "mm[Hg]"),
}


@dataclass(frozen=True, slots=True)
class Alert:
    """``key`` is a row of the table ``flag``. ``safety`` stands until a person takes it away; ``clinical`` ends with
    the session."""

    key: str
    category: Literal["safety", "clinical"]
    since: datetime
    text: str


def alerts(session: InfusionSession, clinic: Clinic, found: Sequence[Segment], readings: Charted) -> Iterator[Alert]:
    """One of a kind, since it was first seen, with the worst that was seen. ``found``: the session's segments."""
    scores = sorted((event for event in session.events if type(event) is Score), key=TIME)
    yield from _thoughts_of_death(scores, clinic)
    yield from _screener(scores, clinic)
    yield from _ceiling(session, clinic, found)
    yield from _limits(readings, clinic)


def _thoughts_of_death(scores: list[Score], clinic: Clinic) -> Iterator[Alert]:
    answers = [(event, answer) for event in scores if (answer := death_item(event, clinic))]
    if answers:
        tops = {event.instrument: clinic.row("instrument", event.instrument).top or 1 for event, _ in answers}
        event, worst = max(answers, key=lambda one: one[1] / tops[one[0].instrument])  # a yes is worse than 2 of 3
        most = tops[event.instrument]
        text = f"{clinic.row('flag', 'phq9-item-9').text}: answered {worst} of {most}"
        yield Alert("phq9-item-9", "safety", answers[0][0].time, text)


def death_item(event: Score, clinic: Clinic) -> int | None:
    """The answer to the PHQ-9's question for thoughts of death, wherever it is asked; None where not given."""
    row = clinic.tables.get("instrument", {}).get(event.instrument)
    answers = zip(row.items if row else (), event.items or (), strict=False)
    return next((answer for key, answer in answers if key == DEATH_ITEM), None)


def _screener(scores: list[Score], clinic: Clinic) -> Iterator[Alert]:
    positive = [event for event in scores if event.instrument == SCREENER and is_positive(event)]
    if positive:
        keys = clinic.row("instrument", SCREENER).items
        yes = {key for event in positive for key, answer in zip(keys, event.items or (), strict=False) if answer}
        asked = "; ".join(clinic.row("item", key).text for key in keys if key in yes)
        text = f"{clinic.row('flag', SCREENER).text}: {asked or 'stated as positive'}"
        yield Alert(SCREENER, "safety", positive[0].time, text)


def is_positive(event: Score) -> bool:
    """Whether a yes/no screener has a question answered yes; a total above 0 alone says that there was one."""
    return any(event.items) if event.items else bool(event.total)


def _ceiling(session: InfusionSession, clinic: Clinic, found: Sequence[Segment]) -> Iterator[Alert]:
    over = excess(session, found)
    if over is not None:
        text = clinic.row("flag", "dose-ceiling").text
        numbers = f"{amount(fine(over.given), 'mg')}, ceiling {quantity(over.ceiling)}"
        yield Alert("dose-ceiling", "clinical", over.since, f"{text}: {numbers}")


def _limits(readings: Charted, clinic: Clinic) -> Iterator[Alert]:
    for name, (field, unit) in LIMITS.items():
        limit, above = getattr(clinic.limits, name), name.endswith("_above")
        charted = readings.get(field, ())
        passed = [reading for reading in charted if (reading.value > limit if above else reading.value < limit)]
        if passed:
            worst = (max if above else min)(reading.value for reading in passed)
            key = name.replace("_", "-")
            said = f"{'highest' if above else 'lowest'} {amount(worst, unit)}"
            text = f"{clinic.row('flag', key).text} {amount(limit, unit)}: {said}"
            yield Alert(key, "clinical", passed[0].time, text)
