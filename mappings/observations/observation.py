"""What all Observations of a session share."""

from __future__ import annotations

from functools import cache
from typing import Any

from mappings.context import SessionContext
from mappings.datatypes import Element, Fixed, codeable_concept, coding
from mappings.resource import Resource

ABSENT = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
OBSERVATION_CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
TITLES = {
    "vital-signs": "Vital Signs",
    "survey": "Survey",
    "exam": "Exam",
    "procedure": "Procedure",
    "laboratory": "Laboratory",
    "therapy": "Therapy",
}


@cache
def category(code: str) -> list[Element]:
    """Made once: nobody changes what was mapped."""
    return [Fixed(codeable_concept(coding(OBSERVATION_CATEGORY, code, TITLES[code])))]


def observation(
    context: SessionContext,
    key: tuple[str, ...],
    kind: str,
    code: Element,
    time: str | None,
    profile: str,
    **parts: Any,
) -> Resource:
    """A final Observation about the patient at a time (FHIR's dateTime), made during (``partOf``) the session."""
    whole = {
        "partOf": context.part_of,
        "status": "final",
        "category": category(kind),
        "code": code,
        "subject": context.patient,
        "encounter": context.encounter,
        "effectiveDateTime": time,
        "performer": context.performer,
        **parts,
    }
    return context.with_key("Observation", key, (profile,) if profile else (), whole)


def component(context: SessionContext, name: str, **value: Any) -> Element:
    """One part of a finding, with the code of a row of the table ``finding``."""
    return {"code": context.clinic.code("finding", name), **value}
