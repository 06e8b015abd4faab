"""Provenance: who wrote the session down and who sent it on. It stands for every resource of the session."""

from __future__ import annotations

from collections.abc import Iterator

from mappings.context import SessionContext
from mappings.datatypes import Element, concept, element
from mappings.labels import meta
from mappings.resource import Resource, ResourceMapping, SearchParam

AGENT = "http://terminology.hl7.org/CodeSystem/provenance-participant-type"
US_CORE_AGENT = "http://hl7.org/fhir/us/core/CodeSystem/us-core-provenance-participant-type"


def map_provenance(context: SessionContext) -> Iterator[Resource]:
    """One per session, the last: it names all that was made before. It has no identifier in R4: no ``context.own``."""
    yield {
        "resourceType": "Provenance",
        "id": context.own_id("Provenance"),
        "meta": meta(("us-core-provenance",)),
        "target": list(context.targets),
        "recorded": context.recorded,
        "agent": [
            element(
                type=concept(AGENT, "author", "Author"),
                **_author(context),
            ),
            element(
                type=concept(US_CORE_AGENT, "transmitter", "Transmitter"),
                who=context.organization,
            ),
        ],
    }


def _author(context: SessionContext) -> Element:
    if context.author == context.organization:
        return {"who": context.organization}
    return {"who": context.author, "onBehalfOf": context.organization}


MAPPING = ResourceMapping(
    "Provenance",
    map_provenance,
    search=(
        SearchParam("target", "reference", ("target",)),
        SearchParam("patient", "reference", ("target",), target=("Patient",), same_as="target"),
        SearchParam("recorded", "date", ("recorded",)),
        SearchParam("agent", "reference", ("agent.who",), target=("Practitioner", "Organization")),
    ),
    profiles=("us-core-provenance",),
)
