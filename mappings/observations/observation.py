"""What all Observations of a session share."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Any

from mappings.context import SessionContext
from mappings.datatypes import Element, Fixed, codeable_concept, coding, date_time
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
    time: datetime | None,
    profile: str,
    **parts: Any,
) -> Resource:
    """A final Observation about the patient, made during (``partOf``) the session."""
    return context.own(
        "Observation",
        *key,
        profiles=(profile,) if profile else (),
        **{
            "partOf": [context.procedure],
            "status": "final",
            "category": category(kind),
            "code": code,
            "subject": context.patient,
            "encounter": context.encounter,
            "effectiveDateTime": time and date_time(time),
            "performer": context.performer,
            **parts,
        },
    )


def component(context: SessionContext, name: str, **value: Any) -> Element:
    """One part of a finding, with the code of a row of the table ``finding``."""
    return {"code": context.clinic.code("finding", name), **value}
