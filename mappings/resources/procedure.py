"""Procedure: the infusion session itself. Everything that happened in it points here."""

from __future__ import annotations

from collections.abc import Iterator

from mappings.context import SessionContext
from mappings.datatypes import Element, codeable_concept, element, identifier, period
from mappings.resource import Resource, ResourceMapping, SearchParam
from mappings.resources.searches import CODE, IDENTIFIER, STATUS, encounter, patient


def map_procedure(context: SessionContext) -> Iterator[Resource]:
    session = context.session
    yield context.own(
        "Procedure",
        profiles=("us-core-procedure",),
        identifiers=[identifier(context.clinic.systems.session, session.number)],
        status=session.status,
        statusReason=codeable_concept(text=session.status_reason) if session.status_reason else None,
        code=_code(context),
        subject=context.patient,
        encounter=context.encounter,
        performedPeriod=None if session.status == "not-done" else period(session.start, session.end),
        performer=[
            element(actor=context.practitioner(person), onBehalfOf=context.organization) for person in session.staff
        ],
        reasonReference=context.conditions,
        usedReference=_used(context),
        followUp=list(_follow_up(context)),
        note=list(_notes(context)),
    )


def _code(context: SessionContext) -> Element:
    """The code says infusion; the words say of what, so that a placebo is not read as ketamine."""
    drugs = [context.clinic.display("drug", medication.drug) for medication in context.session.medications]
    words = f"Infusion session: {', '.join(dict.fromkeys(drugs))}" if drugs else "Infusion session"
    return {**context.clinic.code("procedure", "infusion-session"), "text": words}


def _used(context: SessionContext) -> list[Element]:
    """What was made ready and used, also where no rate was charted and so no administration can be told."""
    if context.session.status == "not-done":
        return []
    return [context.medication(medication.label) for medication in context.session.medications]


def _follow_up(context: SessionContext) -> Iterator[Element]:
    after = context.session.after
    if after.instructions:
        yield codeable_concept(text=after.instructions)
    if after.next_visit:
        day = after.next_visit.isoformat()
        yield {
            "extension": [context.local_extension("next-visit", valueDate=day)],
            **codeable_concept(text=f"Next visit {day}"),
        }


def _notes(context: SessionContext) -> Iterator[Element]:
    course = context.session.course
    if course:
        place = f"infusion {course.number}" if course.number else "an infusion"
        planned = f" of {course.planned} planned" if course.planned else ""
        phase = f" ({course.phase})" if course.phase else ""
        yield {"text": f"Course {course.id}: {place}{planned}{phase}"}


MAPPING = ResourceMapping(
    "Procedure",
    map_procedure,
    search=(
        IDENTIFIER,
        *patient(),
        STATUS,
        CODE,
        encounter(),
        SearchParam("date", "date", ("performed",)),
        SearchParam("performer", "reference", ("performer.actor",), target=("Practitioner",)),
        SearchParam("reason-reference", "reference", ("reasonReference",), target=("Condition",)),
    ),
    profiles=("us-core-procedure",),
    retracted=(("status", "entered-in-error"),),
)
