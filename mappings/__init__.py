"""From infusion sessions to FHIR: pure functions over plain data.

``RESOURCES`` lists every FHIR type this service knows, referenced before referring; routes, search, the capability
statement and the order of delivery are all derived from it.
"""

from __future__ import annotations

from collections.abc import Sequence

from mappings.checks import check_session
from mappings.clinic import Clinic, UnmappedConcept
from mappings.context import SessionContext
from mappings.making import publish, retracted
from mappings.overlay import load_clinic
from mappings.resource import Resource, ResourceMapping, SearchParam
from mappings.resources import (
    adverse_event,
    care_plan,
    composition,
    condition,
    detected_issue,
    device,
    diagnostic_report,
    document_reference,
    encounter,
    episode_of_care,
    flag,
    location,
    medication,
    medication_administration,
    medication_request,
    observation,
    organization,
    patient,
    practitioner,
    practitioner_role,
    procedure,
    provenance,
    questionnaire_response,
    service_request,
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
    location.MAPPING,
    practitioner_role.MAPPING,
    patient.MAPPING,
    device.MAPPING,
    condition.MAPPING,
    service_request.MAPPING,
    episode_of_care.MAPPING,
    care_plan.MAPPING,
    medication.MAPPING,
    encounter.MAPPING,
    procedure.MAPPING,
    medication_request.MAPPING,
    questionnaire_response.MAPPING,
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
    session: InfusionSession,
    clinic: Clinic,
    earlier: Sequence[InfusionSession] = (),
    resources: tuple[ResourceMapping, ...] = RESOURCES,
) -> list[Resource]:
    """Every resource of a session, referenced before referring. Raises UnmappedConcept for a key without a row.

    ``earlier`` are sessions before this one: those of the same course and patient tell how the course has helped.
    A session that was entered in error yields the same resources, saying so.
    """
    found = publish(SessionContext.of(session, clinic, earlier), resources)
    return [resource for _, resource in found.values()]


def retract(resource: Resource, mapping: ResourceMapping | None = None) -> Resource | None:
    """The entered-in-error form of a resource; None where its type has no such word (Patient, Provenance …)."""
    return retracted(resource, mapping or next(m for m in RESOURCES if m.type == resource["resourceType"]))
