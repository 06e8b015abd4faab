"""Condition: what the infusions treat. One per patient and indication, whatever the number of sessions."""

from __future__ import annotations

from collections.abc import Iterator

from mappings.context import SessionContext
from mappings.datatypes import codeable_concept, coding
from mappings.resource import Resource, ResourceMapping, SearchParam
from mappings.resources.searches import CATEGORY, CODE, IDENTIFIER, encounter, patient

CLINICAL = "http://terminology.hl7.org/CodeSystem/condition-clinical"
VERIFICATION = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
CONDITION_CATEGORY = "http://terminology.hl7.org/CodeSystem/condition-category"


def map_condition(context: SessionContext) -> Iterator[Resource]:
    for place, indication in enumerate(context.session.indications):
        yield context.resource(
            "Condition",
            context.condition_id(place),
            "us-core-condition-problems-health-concerns",
            clinicalStatus=codeable_concept(coding(CLINICAL, "active", "Active")),
            verificationStatus=codeable_concept(coding(VERIFICATION, "confirmed", "Confirmed")),
            category=[codeable_concept(coding(CONDITION_CATEGORY, "problem-list-item", "Problem List Item"))],
            code=context.clinic.concept("indication", indication),
            subject=context.patient,
        )


MAPPING = ResourceMapping(
    "Condition",
    map_condition,
    search=(
        IDENTIFIER,
        *patient(),
        CODE,
        CATEGORY,
        encounter(),
        SearchParam("clinical-status", "token", ("clinicalStatus",)),
        SearchParam("verification-status", "token", ("verificationStatus",)),
        SearchParam("onset-date", "date", ("onset",)),
        SearchParam("recorded-date", "date", ("recordedDate",)),
    ),
    profiles=("us-core-condition-problems-health-concerns",),
    shared=True,
    retracted=(("verificationStatus", codeable_concept(coding(VERIFICATION, "entered-in-error", "Entered in Error"))),),
    dropped_when_retracted=("clinicalStatus",),  # con-5
)
