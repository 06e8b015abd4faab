"""What must not be overlooked: thoughts of death or self-harm, and a record that contradicts itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import partial

from mappings import Clinic, InfusionSession, check_session
from mappings.alerts import death_item
from mappings.events import Score
from mappings.infusion import minutes_run, rounded, total_dose_mg
from mappings.session import Medication
from service.summaries.helps import scored, screenings
from service.summaries.words import amount, dose, quantity

# What one session answered: (time, text) each, the text empty where there is nothing to warn of
Ask = Callable[[InfusionSession], list[tuple[datetime, str]]]


@dataclass(frozen=True, slots=True)
class Alarm:
    """``earlier``: the number of the session it is of, when that is not the one the page is about."""

    text: str
    time: datetime
    earlier: str | None = None


def alarms(session: InfusionSession | None, earlier: Sequence[InfusionSession], clinic: Clinic) -> Iterator[Alarm]:
    """PHQ-9 item 9 above 0 and positive C-SSRS screeners; where this session did not ask, the latest answer before."""
    for ask in (partial(_deaths, clinic=clinic), partial(_screeners, clinic=clinic)):
        yield from _latest(session, earlier, ask)


def _latest(session: InfusionSession | None, earlier: Sequence[InfusionSession], ask: Ask) -> Iterator[Alarm]:
    found = ask(session) if session else []
    if found:
        yield from (Alarm(text, time) for time, text in found if text)
        return
    answers = [(time, text, other.number) for other in earlier for time, text in ask(other)]
    if answers:
        time, text, number = max(answers, key=lambda answer: answer[0])
        yield from [Alarm(text, time, number)] if text else []


def _deaths(session: InfusionSession, clinic: Clinic) -> list[tuple[datetime, str]]:
    answers = [(event, item) for event in scored(session) if (item := death_item(event, clinic)) is not None]
    return [(event.time, _death_text(event, item, clinic) if item else "") for event, item in answers]


def _death_text(event: Score, item: int, clinic: Clinic) -> str:
    asked = clinic.row("instrument", event.instrument)
    words = [clinic.row("answer", key).text.lower() for key in asked.answers[item : item + 1]]
    said = f", \u201c{words[0]}\u201d" if words else ""
    return f"PHQ-9 item 9 (thoughts of death or self-harm): answered {item} of {asked.top}{said}"


def _screeners(session: InfusionSession, clinic: Clinic) -> list[tuple[datetime, str]]:
    return [
        (s.time, f"C-SSRS suicide screener positive: {'; '.join(s.yes)}" if s.positive else "")
        for s in screenings([session], clinic)
    ]


def remarks(session: InfusionSession, clinic: Clinic) -> list[str]:
    """Where the record contradicts itself, with the numbers: doses that do not add up, totals that differ."""
    found = [issue for issue in check_session(session, clinic) if issue.code == "business-rule"]
    return [_remark(session, issue.expression[0] if issue.expression else "", issue.text) for issue in found]


def _remark(session: InfusionSession, place: str, text: str) -> str:
    said = f"{text[:1].upper()}{text[1:]}"
    if place == "order.ceiling" and session.order is not None:
        return f"{said}: ceiling {quantity(session.order.ceiling)}."
    if place == "order.duration_minutes" and session.order is not None:
        ran = minutes_run(session, session.order.medication or session.medications[0].label)
        minutes = None if ran is None else rounded(ran, Decimal("0.1"))
        return f"{said}: ordered {amount(session.order.duration_minutes, 'min')}, ran {amount(minutes, 'min')}."
    for i, medication in enumerate(session.medications):
        if place.startswith(f"medications[{i}]."):
            given = dose(total_dose_mg(session, medication.label))
            return f"{said}: computed {given}, {_amounts(medication, place.rpartition('.')[2])}."
    return f"{said}."


def _amounts(medication: Medication, field: str) -> str:
    if field == "recorded_dose":
        return f"recorded {quantity(medication.recorded_dose)}"
    return f"drawn up {quantity(medication.drawn_up)}, wasted {quantity(medication.wasted)}"
