"""Encounter: the visit in which the infusion took place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from mappings.clinic import Clinic
from mappings.context import SessionContext
from mappings.datatypes import Element, Fixed, codeable_concept, coding, concept, identifier
from mappings.labels import ACT_CODE
from mappings.resource import Resource, ResourceMapping, SearchParam
from mappings.resources.searches import IDENTIFIER, STATUS, patient

PARTICIPATION = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"
REFERRER = concept(PARTICIPATION, "REF", "referrer")
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
        status=STATUSES.get(session.status, "finished" if session.published_events else "cancelled"),
        **{"class": coding(ACT_CODE, "AMB", "ambulatory")},
        type=[context.clinic.code("procedure", "infusion-session")],
        subject=context.patient,
        episodeOfCare=[context.episode] if context.episode else None,
        basedOn=[context.service_request] if context.service_request else None,
        participant=list(_participants(context)),
        period=context.period,
        reasonReference=context.conditions,
        location=[{"location": context.location}] if context.location else None,
        serviceProvider=context.organization,
    )


def _participants(context: SessionContext) -> Iterator[Element]:
    """Staff in the record's order, each with the role of this session; then who referred the patient."""
    roles = context.clinic.once(_roles)
    for person in context.session.staff:
        yield {"type": [roles[person.role]], "individual": context.practitioner(person)}
    if context.session.referral:
        yield {"type": [REFERRER], "individual": context.practitioner(context.session.referral.referrer)}


def _roles(clinic: Clinic) -> dict[str, Element]:
    """FHIR knows only that they took part; the clinic's own code says as what."""
    part = coding(PARTICIPATION, "PART", "Participation")
    rows = clinic.tables["role"].items()
    return {key: Fixed(codeable_concept(part, *clinic.codings(row), text=row.text)) for key, row in rows}


PARTICIPANT = SearchParam("participant", "reference", ("participant.individual",), target=("Practitioner",))
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
        PARTICIPANT,
        replace(PARTICIPANT, name="practitioner", same_as="participant"),
        SearchParam("participant-type", "token", ("participant.type",)),
        SearchParam("episode-of-care", "reference", ("episodeOfCare",), target=("EpisodeOfCare",)),
        SearchParam("based-on", "reference", ("basedOn",), target=("ServiceRequest",)),
        SearchParam("location", "reference", ("location.location",), target=("Location",)),
        SearchParam("reason-reference", "reference", ("reasonReference",), target=("Condition",)),
        SearchParam("service-provider", "reference", ("serviceProvider",), target=("Organization",)),
    ),
    profiles=("us-core-encounter",),
    retracted=(("status", "entered-in-error"),),
)
