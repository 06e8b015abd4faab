"""Provenance: who wrote the session down and who sent it on."""

from __future__ import annotations

from collections.abc import Iterator

from mappings.context import SECURITY, US_CORE, SessionContext
from mappings.datatypes import Element, codeable_concept, coding, element
from mappings.resource import Resource, ResourceMapping, SearchParam

AGENT = "http://terminology.hl7.org/CodeSystem/provenance-participant-type"
US_CORE_AGENT = "http://hl7.org/fhir/us/core/CodeSystem/us-core-provenance-participant-type"


def map_provenance(context: SessionContext) -> Iterator[Resource]:
    """One per session. It has no identifier in R4, so it is built without ``context.own``."""
    yield {
        "resourceType": "Provenance",
        "id": context.own_id("Provenance"),
        "meta": {"profile": [US_CORE + "us-core-provenance"], "security": SECURITY},
        "target": [context.procedure, context.encounter],
        "recorded": context.recorded,
        "agent": [
            element(
                type=codeable_concept(coding(AGENT, "author", "Author")),
                **_author(context),
            ),
            element(
                type=codeable_concept(coding(US_CORE_AGENT, "transmitter", "Transmitter")),
                who=context.organization,
            ),
        ],
    }


def _author(context: SessionContext) -> Element:
    staff = [*context.staff("administering"), *context.staff("monitoring"), *context.staff("ordering")]
    if not staff:
        return {"who": context.organization}
    return {"who": context.practitioner(staff[0]), "onBehalfOf": context.organization}


MAPPING = ResourceMapping(
    "Provenance",
    map_provenance,
    search=(
        SearchParam("target", "reference", ("target",)),
        SearchParam("recorded", "date", ("recorded",)),
        SearchParam("agent", "reference", ("agent.who",), target=("Practitioner", "Organization")),
    ),
    profiles=("us-core-provenance",),
)
