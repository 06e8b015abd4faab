"""Small sessions as their resources, for tests that look at one type."""

from __future__ import annotations

from typing import Any

from golden_sessions import session

from mappings import Resource, load_clinic, map_session

CLINIC = load_clinic()
COURSE = {"id": "C-1", "phase": "induction", "number": 2, "planned": 6}
REFERRER = {"npi": "2999900055", "family": "Synthetic-Aspen", "given": ["Farid"]}
REFERRAL = {"number": "R-1", "date": "2026-02-03", "referrer": REFERRER, "reason": "No remission"}
PUMP = {
    "id": "p1",
    "type": "infusion-pump",
    "name": "Pump 1",
    "manufacturer": "Maker",
    "model": "IV 3",
    "serial": "S-1",
}
MONITOR = {"id": "m1", "type": "monitor"}
# Types of ours that US Core has no profile of
NOT_US_CORE = {"MedicationAdministration", "AdverseEvent", "Flag", "DetectedIssue", "EpisodeOfCare", "Composition"}
# What a person, or somebody else, might write where words are free
HOSTILE = '<script>alert("x")</script> & \'quotes\' "too" \u202eesrever\u202c \u0645\u0631\u062d\u0628\u0627 \ufffe'


def mapped(**changes: Any) -> list[Resource]:
    return map_session(session(**changes), CLINIC)


def of_type(resources: list[Resource], kind: str) -> list[Resource]:
    return [resource for resource in resources if resource["resourceType"] == kind]


def only(resources: list[Resource], kind: str) -> Resource:
    """The one resource of this type."""
    (found,) = of_type(resources, kind)
    return found


def pointer(resource: Resource) -> str:
    """What a reference to it says."""
    return f"{resource['resourceType']}/{resource['id']}"


def local(concept: dict[str, Any]) -> list[str]:
    """The clinic's own codes of a CodeableConcept."""
    return [c["code"] for c in concept["coding"] if c["system"] == CLINIC.systems.local_codes]


def codes(concept: dict[str, Any]) -> set[str]:
    return {coding["code"] for coding in concept.get("coding", [])}


def words(resource: Resource) -> str:
    """What a narrative says, without its marks."""
    div: str = resource["text"]["div"]
    return div.removeprefix('<div xmlns="http://www.w3.org/1999/xhtml">').removesuffix("</div>")
