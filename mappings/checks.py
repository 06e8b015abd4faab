"""What a session record leaves to be said: concepts without a row, doses that do not add up, totals that differ.

Errors park the session until the terminology or the record is mended; warnings are published with it.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from mappings.clinic import Clinic
from mappings.dose_account import discrepancies, excess
from mappings.events import Concept, OtherMedication, Reaction, Score, Sedation
from mappings.infusion import Segment, minutes_run, segments
from mappings.issue import Issue
from mappings.score_checks import check_scores
from mappings.session import InfusionSession
from mappings.staff import check_staff

CONTRADICTED = {"recorded_dose": "the recorded dose", "wasted": "what was drawn up less what was wasted"}

# An infusion may run over its time by this share of it, before it is said
OVER_TIME = Fraction(1, 10)


def check_session(session: InfusionSession, clinic: Clinic) -> list[Issue]:
    """All remarks on one session, in the order of the document's parts. Texts hold no values."""
    return [
        *_concepts(session, clinic),
        *check_scores(session, clinic),
        *_doses(session),
        *_course(session),
        *_duration(session),
        *check_staff(session, clinic),
    ]


def _concepts(session: InfusionSession, clinic: Clinic) -> Iterator[Issue]:
    for place, table, concept in concepts(session):
        if concept.key and concept.key not in clinic.tables.get(table, {}):
            yield Issue("error", "code-invalid", f"the terminology table '{table}' has no row for this key", (place,))
        elif not concept.key and not concept.code:
            yield Issue("warning", "incomplete", "given as text alone: published as text, without a code", (place,))


def concepts(session: InfusionSession) -> Iterator[tuple[str, str, Concept]]:
    """Every concept of a session with its place and the terminology table its key belongs to."""
    for i, indication in enumerate(session.indications):
        yield f"indications[{i}]", "indication", indication
    for i, medication in enumerate(session.medications):
        yield f"medications[{i}].drug", "drug", medication.drug
    for i, event in enumerate(session.events):
        match event:
            case Reaction():
                yield f"events[{i}].reaction", "reaction", event.reaction
            case OtherMedication():
                yield f"events[{i}].drug", "drug", event.drug
            case Score():
                yield f"events[{i}].instrument", "instrument", Concept(key=event.instrument)
            case Sedation():
                yield f"events[{i}].scale", "instrument", Concept(key=event.scale)
            case _:
                pass


def _doses(session: InfusionSession) -> Iterator[Issue]:
    found = segments(session)
    for segment in found:
        yield from _unknown_dose(session, segment)
    for discrepancy in discrepancies(session, found):
        text = f"the dose given does not match {CONTRADICTED[discrepancy.field]}"
        place = f"medications[{discrepancy.place}].{discrepancy.field}"
        yield Issue("warning", "business-rule", text, (place,))
    if excess(session, found) is not None:
        yield Issue("warning", "business-rule", "more was given than the order's ceiling", ("order.ceiling",))


def _unknown_dose(session: InfusionSession, segment: Segment) -> Iterator[Issue]:
    place = f"events[{segment.place}]"
    if segment.end is None:
        if session.status != "in-progress":
            yield Issue("warning", "incomplete", "the infusion has no end, so its dose is not known", (place,))
        return
    if segment.is_end_assumed:
        text = "the infusion has no end: it is taken to run to the end of the session"
        yield Issue("warning", "incomplete", text, (place,))
    if segment.dose_mg is None:
        text = "the dose cannot be computed: the weight or the concentration is missing"
        yield Issue("warning", "incomplete", text, (place,))


def _course(session: InfusionSession) -> Iterator[Issue]:
    course = session.course
    if (
        course is not None
        and course.number is not None
        and course.planned is not None
        and course.number > course.planned
    ):
        yield Issue("warning", "business-rule", "more infusions than the course has planned", ("course.number",))


def _duration(session: InfusionSession) -> Iterator[Issue]:
    """Pauses do not count."""
    order = session.order
    if order is None or order.duration_minutes is None or not session.medications:
        return
    ran = minutes_run(session, order.medication or session.medications[0].label)
    if ran is not None and ran > Fraction(order.duration_minutes) * (1 + OVER_TIME):
        yield Issue("warning", "business-rule", "the infusion ran longer than ordered", ("order.duration_minutes",))
