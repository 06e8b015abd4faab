"""Patient: who received the infusion, as the clinic knows them."""

from __future__ import annotations

from collections.abc import Iterator

from mappings.context import SessionContext
from mappings.datatypes import Element, concept, element, human_name, identifier
from mappings.resource import Resource, ResourceMapping, SearchParam
from mappings.resources.searches import IDENTIFIER, NAME, organization

IDENTIFIER_TYPE = "http://terminology.hl7.org/CodeSystem/v2-0203"


def map_patient(context: SessionContext) -> Iterator[Resource]:
    patient = context.session.patient
    yield context.resource(
        "Patient",
        context.patient_id,
        "us-core-patient",
        identifiers=list(_identifiers(context)),
        name=[human_name(patient.family, patient.given, use="official")],
        telecom=[element(system="phone", value=patient.phone)] if patient.phone else None,
        gender=patient.sex,
        birthDate=str(patient.birth_date),
        managingOrganization=context.organization,
    )


def _identifiers(context: SessionContext) -> Iterator[Element]:
    patient = context.session.patient
    if patient.mrn:
        kind = concept(IDENTIFIER_TYPE, "MR", "Medical record number")
        yield identifier(context.clinic.systems.patient, patient.mrn, use="usual", type=kind)
    for other in patient.identifiers:
        yield identifier(other.system, other.value)


MAPPING = ResourceMapping(
    "Patient",
    map_patient,
    search=(
        IDENTIFIER,
        NAME,
        SearchParam("family", "string", ("name.family",)),
        SearchParam("given", "string", ("name.given",)),
        SearchParam("gender", "token", ("gender",)),
        SearchParam("birthdate", "date", ("birthDate",)),
        SearchParam("telecom", "token", ("telecom",)),
        organization(),
    ),
    profiles=("us-core-patient",),
    shared=True,
)
