"""One plausible session: a visit of a case, as the document a clinic would send."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

from service.generator.asking import before, during, farewell, notes
from service.generator.cases import Case, Visit, clock
from service.generator.chart import Chart
from service.generator.dice import Dice
from service.generator.equipment import ROOMS, devices
from service.generator.infusing import infuse, made_ready
from service.generator.patients import weight
from service.generator.people import staff
from service.generator.plans import MINUTE, STORIES, Span, Story
from service.generator.remedies import besides, premedication
from service.generator.sitting import Sitting
from service.generator.units import Document
from service.generator.vitals import effects
from service.generator.watching import borne, chart_reactions, levels, vital_signs

STATUSES = {"completed": 88, "stopped": 4, "not-done": 4, "entered-in-error": 2, "in-progress": 2}
STORIES_OF: Mapping[str, Mapping[Story, int]] = {
    "mood": {"steady": 84, "lowered": 7, "paused": 7, "restarted": 2},
    "higher": {"steady": 72, "lowered": 13, "paused": 12, "restarted": 3},
    "pain": {"stepped": 58, "steady": 24, "lowered": 8, "paused": 8, "restarted": 2},
    "placebo": {"steady": 97, "paused": 3},
}
PRESSURE, ABSENT, PREGNANT = "Blood pressure above the limit", "Patient did not come", "Pregnancy test positive"
NOT_DONE = (PRESSURE, "Patient ate a meal an hour before", "No escort", ABSENT)
ERRORS = ("Charted on the wrong patient", "Entered twice", None)
INSTRUCTIONS = (
    "No driving, no alcohol and no important decisions until the next morning.",
    "The team calls tomorrow morning.\nNo driving until then.",
    "Rest today; drink enough.",
    None,
)
ESCORTS = ("Adult companion, waiting outside", "Partner", "Friend will be called", None)


def session(dice: Dice, case: Case, visit: Visit) -> Document:
    """The last visit of a course may be still in progress."""
    status = dice.weighed(STATUSES)
    if status == "in-progress" and visit.following is not None:
        status = "completed"
    story: Story = "aborted" if status == "stopped" else dice.weighed(STORIES_OF[case.protocol.kind])
    chart = Chart(clock(case, visit))
    kilograms = case.body.kilograms + dice.decimal(-6, 6, 1)
    sitting = Sitting(dice, case, visit, chart, weight(dice, kilograms, case.body.weight_unit), story)
    found: Document = {"number": visit.number, "status": status, "patient": case.patient, "start": chart.clock.at(0)}
    found |= _present(**_around(dice, case, visit), preparation=_preparation(sitting))
    if found["preparation"].get("pregnancy_test", {}).get("result") == "positive":
        return {**found, "status": "not-done", **_not_done(sitting, PREGNANT)}
    rest = _not_done(sitting, dice.pick(NOT_DONE)) if status == "not-done" else _done(sitting, status)
    return {**found, **_witnessed(dice, rest, found.get("staff", ()))}


def is_fatal(document: Document) -> bool:
    return any(event.get("severity") == "fatal" for event in document["events"])


def _present(**parts: Any) -> Document:
    return {name: part for name, part in parts.items() if part is not None}


def _around(dice: Dice, case: Case, visit: Visit) -> Document:
    """What stands beside the infusion: course, referral, indications, room and people."""
    return {
        "course": visit.course,
        "referral": case.referral,
        "indications": list(case.indications) or None,
        "location": dict(dice.pick(ROOMS)) if dice.chance(0.9) else None,
        "staff": staff(dice) if dice.chance(0.97) else None,
    }


def _preparation(sitting: Sitting) -> Document:
    dice, at = sitting.dice, sitting.chart.clock.at
    fertile = sitting.case.patient["sex"] != "male"
    return _present(
        weight=sitting.weight,
        weighed=at(-dice.whole(10, 40) * MINUTE) if dice.chance(0.7) else None,
        height=sitting.case.body.height,
        asa_class=dice.weighed({2: 60, 1: 20, 3: 18, 4: 2}) if dice.chance(0.8) else None,
        last_oral_intake=at(-dice.whole(4, 14) * 60 * MINUTE) if dice.chance(0.7) else None,
        pregnancy_test=_test(sitting, {"negative": 180, "not-done": 17, "inconclusive": 2, "positive": 1})
        if fertile and dice.chance(0.5)
        else None,
        drug_screen=_test(sitting, {"negative": 91, "positive": 6, "not-done": 2, "inconclusive": 1})
        if dice.chance(0.4)
        else None,
        consent_given=at(-dice.whole(30, 90) * MINUTE) if dice.chance(0.85) else None,
        escort=dice.pick(ESCORTS),
    )


def _test(sitting: Sitting, results: Mapping[str, int]) -> Document:
    dice = sitting.dice
    time = sitting.chart.clock.at(-dice.whole(10, 50) * MINUTE) if dice.chance(0.8) else None
    return _present(time=time, result=dice.weighed(results))


def _not_done(sitting: Sitting, reason: str) -> Document:
    """Seen, measured, sent home; or not even seen."""
    dice, chart = sitting.dice, sitting.chart
    found: Document = {"status_reason": reason}
    if reason != ABSENT:
        sitting.story = "refused" if reason == PRESSURE else "steady"
        vital_signs(sitting, 0)
        before(sitting, 15 * MINUTE)
        planned = Fraction(sitting.case.dose) * sitting.kilograms
        found["medications"] = [made_ready(sitting, Fraction(0), planned, False)] if dice.chance(0.4) else None
        found["end"] = chart.clock.at(dice.whole(20, 45) * MINUTE)
    return _present(**found, events=chart.events(), after=_after(sitting))


def _done(sitting: Sitting, status: str) -> Document:
    dice, case, chart = sitting.dice, sitting.case, sitting.chart
    sitting.steps = STORIES[sitting.story](dice, Span(dice.whole(3, 7) * 5 * MINUTE, case.minutes * MINUTE))
    sitting.reactions = list(borne(sitting))
    sitting.end = sitting.stop + dice.whole(9, 14) * 5 * MINUTE
    found = infuse(sitting)
    sitting.felt = effects(sitting.steps, case.speed, sitting.boluses, sitting.end)
    _chart(sitting)
    found["devices"] = list(devices(dice, len(found["medications"]))) if dice.chance(0.7) else None
    if status == "in-progress":
        return _so_far(sitting, found)
    return _present(
        **found,
        end=chart.clock.at(sitting.end),
        status_reason=_reason(sitting, status),
        recorded=chart.clock.at(sitting.end + dice.whole(1, 90) * MINUTE) if dice.chance(0.8) else None,
        events=chart.events(),
        after=None if sitting.is_fatal else _after(sitting),
    )


def _chart(sitting: Sitting) -> None:
    """Everything that was watched, asked and given around the infusion."""
    dice, chart, tables = sitting.dice, sitting.chart, sitting.case.tables
    before(sitting, sitting.start)
    if dice.chance(0.25):
        chart.add(sitting.start - 4 * MINUTE, "medication", **premedication(dice, tables))
    vital_signs(sitting, sitting.stop if sitting.is_fatal else sitting.end)
    chart_reactions(sitting)
    if not sitting.is_fatal:
        levels(sitting)
        during(sitting)
        notes(sitting)
        farewell(sitting)
    if dice.chance(0.08):
        chart.add(sitting.stop, "medication", **besides(dice, tables))


def _so_far(sitting: Sitting, found: Document) -> Document:
    """In progress: nothing is accounted for yet, and no reaction has ended."""
    for medication in found["medications"]:
        for name in ("wasted", "recorded_dose"):
            medication.pop(name, None)
    now = sitting.start + sitting.dice.whole(5, sitting.case.minutes) * MINUTE
    events = [
        {name: part for name, part in event.items() if event["type"] != "reaction" or name not in ("end", "outcome")}
        for event in sitting.chart.events(now)
    ]
    return _present(**found, events=events)


def _reason(sitting: Sitting, status: str) -> str | None:
    if status == "stopped":
        return f"{sitting.why}, infusion stopped"
    return sitting.dice.pick(ERRORS) if status == "entered-in-error" else None


def _witnessed(dice: Dice, found: Document, staff: Sequence[Document]) -> Document:
    """Who saw the waste: the witness among the staff, or somebody who is not of the session."""
    names = list(_witnesses(staff)) or ["Pharmacist on duty"]
    for medication in found.get("medications", ()):
        if "wasted" in medication and dice.chance(0.7):
            medication["waste_witness"] = names[0]
    return found


def _witnesses(staff: Sequence[Document]) -> Iterator[str]:
    for person in staff:
        if person["role"] == "witness":
            yield " ".join([*person["given"], person["family"]])


def _after(sitting: Sitting) -> Document | None:
    following = sitting.visit.following
    day = sitting.chart.clock.day(following).isoformat() if following is not None else None
    return _present(instructions=sitting.dice.pick(INSTRUCTIONS), next_visit=day) or None
