"""From infusion sessions to FHIR: pure functions over plain data.

``RESOURCES`` lists every FHIR type this service knows, referenced before referring; routes, search, the capability
statement and the order of delivery are all derived from it.
"""

from __future__ import annotations

from mappings.checks import check_session
from mappings.clinic import Clinic, UnmappedConcept, load_clinic
from mappings.context import SessionContext
from mappings.narrative import narrated
from mappings.resource import Resource, ResourceMapping, SearchParam
from mappings.resources import (
    adverse_event,
    composition,
    condition,
    detected_issue,
    diagnostic_report,
    document_reference,
    encounter,
    flag,
    medication,
    medication_administration,
    medication_request,
    observation,
    organization,
    patient,
    practitioner,
    procedure,
    provenance,
)
from mappings.session import InfusionSession, InvalidSession, parse_session

__all__ = [
    "RESOURCES",
    "Clinic",
    "InfusionSession",
    "InvalidSession",
    "Resource",
    "ResourceMapping",
    "SearchParam",
    "UnmappedConcept",
    "check_session",
    "load_clinic",
    "map_session",
    "parse_session",
    "retract",
]

RESOURCES: tuple[ResourceMapping, ...] = (
    organization.MAPPING,
    practitioner.MAPPING,
    patient.MAPPING,
    condition.MAPPING,
    medication.MAPPING,
    encounter.MAPPING,
    procedure.MAPPING,
    medication_request.MAPPING,
    observation.MAPPING,
    medication_administration.MAPPING,
    adverse_event.MAPPING,
    flag.MAPPING,
    detected_issue.MAPPING,
    document_reference.MAPPING,
    diagnostic_report.MAPPING,
    composition.MAPPING,
    provenance.MAPPING,
)


def map_session(
    session: InfusionSession, clinic: Clinic, resources: tuple[ResourceMapping, ...] = RESOURCES
) -> list[Resource]:
    """Every resource of a session, referenced before referring. Raises UnmappedConcept for a key without a row.

    A session that was entered in error yields the same resources, saying so.
    """
    context = SessionContext.of(session, clinic)
    found: dict[str, tuple[ResourceMapping, Resource]] = {}
    for mapping in resources:
        for made in mapping.map(context):
            resource = narrated(made)
            if resource["id"] not in found:
                context.made.append(resource)
            found[resource["id"]] = (mapping, resource)
    if session.status != "entered-in-error":
        return [resource for _, resource in found.values()]
    return [retract(resource, mapping) or resource for mapping, resource in found.values()]


def retract(resource: Resource, mapping: ResourceMapping | None = None) -> Resource | None:
    """The entered-in-error form of a resource; None where its type has no such word (Patient, Provenance …)."""
    mapping = mapping or next(m for m in RESOURCES if m.type == resource["resourceType"])
    if not mapping.retracted:
        return None
    kept = {name: value for name, value in resource.items() if name not in mapping.dropped_when_retracted}
    return narrated({**kept, **dict(mapping.retracted)}, in_error=True)
