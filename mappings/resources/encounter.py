"""Encounter: the visit in which the infusion took place."""

from __future__ import annotations

from collections.abc import Iterator

from mappings.context import ACT_CODE, SessionContext
from mappings.datatypes import Element, codeable_concept, coding, element, identifier, period
from mappings.resource import Resource, ResourceMapping, SearchParam
from mappings.resources.searches import IDENTIFIER, STATUS, patient

PARTICIPATION = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"
# A session that was not done is a visit that ended (somebody was seen) or one that never took place.
STATUSES = {
    "in-progress": "in-progress",
    "completed": "finished",
    "stopped": "finished",
    "entered-in-error": "finished",
}


def map_encounter(context: SessionContext) -> Iterator[Resource]:
    session = context.session
    yield context.own(
        "Encounter",
        profiles=("us-core-encounter",),
        identifiers=[identifier(context.clinic.systems.session, session.number)],
        status=STATUSES.get(session.status, "finished" if session.events else "cancelled"),
        **{"class": coding(ACT_CODE, "AMB", "ambulatory")},
        type=[context.clinic.code("procedure", "infusion-session")],
        subject=context.patient,
        participant=list(_participants(context)),
        period=period(session.start, session.end),
        reasonReference=context.conditions,
        location=[{"location": {"display": session.location.name}}] if session.location else None,
        serviceProvider=context.organization,
    )


def _participants(context: SessionContext) -> Iterator[Element]:
    for person in context.session.staff:
        role = codeable_concept(coding(PARTICIPATION, "PART", "Participation"), text=person.role)
        yield element(type=[role], individual=context.practitioner(person))
    if context.session.referral:
        role = codeable_concept(coding(PARTICIPATION, "REF", "referrer"))
        yield element(type=[role], individual=context.practitioner(context.session.referral.referrer))


MAPPING = ResourceMapping(
    "Encounter",
    map_encounter,
    search=(
        IDENTIFIER,
        *patient(),
        STATUS,
        SearchParam("class", "token", ("class",)),
        SearchParam("type", "token", ("type",)),
        SearchParam("date", "date", ("period",)),
        SearchParam("participant", "reference", ("participant.individual",), target=("Practitioner",)),
    ),
    profiles=("us-core-encounter",),
    retracted=(("status", "entered-in-error"),),
)
