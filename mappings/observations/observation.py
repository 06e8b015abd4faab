"""What all Observations of a session share."""

from __future__ import annotations

from functools import cache
from typing import Any

from mappings.context import SessionContext
from mappings.datatypes import Element, Fixed, codeable_concept, coding, filled
from mappings.labels import meta
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
    id_ = context.own_id("Observation", *key)
    context.origins[id_] = key
    found = (context.known.get((kind, profile)) or _shared(context, kind, profile)).copy()
    found["id"] = id_
    found["identifier"] = [context.identifier(id_)]
    found["code"] = code
    found["effectiveDateTime"] = time
    found |= filled(parts)
    if found["effectiveDateTime"] is None:  # a period, or not known
        del found["effectiveDateTime"]
    return found


def _shared(context: SessionContext, kind: str, profile: str) -> Resource:
    """What all of a kind in a session have in common, with a place for what they have not."""
    shared: Resource = {
        "resourceType": "Observation",
        "id": None,
        "meta": meta((profile,) if profile else ()),
        "text": None,
        "identifier": None,
        "partOf": [context.procedure],
        "status": "final",
        "category": category(kind),
        "code": None,
        "subject": context.patient,
        "encounter": context.encounter,
        "effectiveDateTime": None,
        "performer": context.performer,
    }
    context.known[kind, profile] = shared
    return shared


def component(context: SessionContext, name: str, **value: Any) -> Element:
    """One part of a finding, with the code of a row of the table ``finding``."""
    return {"code": context.clinic.code("finding", name), **value}
