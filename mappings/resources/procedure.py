"""Procedure: the infusion session itself. Everything that happened in it points here."""

from __future__ import annotations

from collections.abc import Iterator

from mappings.context import SessionContext
from mappings.datatypes import Element, codeable_concept, element, identifier
from mappings.resource import Resource, ResourceMapping, SearchParam
from mappings.resources.searches import CODE, IDENTIFIER, STATUS, encounter, patient


def map_procedure(context: SessionContext) -> Iterator[Resource]:
    session = context.session
    yield context.own(
        "Procedure",
        profiles=("us-core-procedure",),
        identifiers=[identifier(context.clinic.systems.session, session.number)],
        basedOn=[found for found in (context.service_request, context.care_plan) if found],
        status=session.status,
        statusReason=codeable_concept(text=session.status_reason) if session.status_reason else None,
        code=_code(context),
        subject=context.patient,
        encounter=context.encounter,
        performedPeriod=None if session.status == "not-done" else context.period,
        performer=list(_performers(context)),
        location=context.location,
        reasonReference=context.conditions,
        usedReference=_used(context),
        followUp=list(_follow_up(context)),
    )


def _code(context: SessionContext) -> Element:
    """The code says infusion; the words say of what, so that a placebo is not read as ketamine."""
    drugs = [context.clinic.display("drug", medication.drug) for medication in context.session.medications]
    words = f"Infusion session: {', '.join(dict.fromkeys(drugs))}" if drugs else "Infusion session"
    return {**context.clinic.code("procedure", "infusion-session"), "text": words}


def _performers(context: SessionContext) -> Iterator[Element]:
    for person in context.session.staff:
        yield element(
            function=context.clinic.code("role", person.role),
            actor=context.practitioner(person),
            onBehalfOf=context.organization,
        )


def _used(context: SessionContext) -> list[Element]:
    """What was made ready and used, also where no rate was charted and so no administration can be told.

    A session that was not done used no drug, but what measured before it was called off did.
    """
    drugs = [] if context.session.status == "not-done" else context.session.medications
    return [*(context.medication(drug.label) for drug in drugs), *context.devices()]


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
        SearchParam("based-on", "reference", ("basedOn",), target=("ServiceRequest", "CarePlan")),
        SearchParam("location", "reference", ("location",), target=("Location",)),
    ),
    profiles=("us-core-procedure",),
    retracted=(("status", "entered-in-error"),),
)
