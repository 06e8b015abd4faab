"""Made-up sessions, mapped: for tests of what a session reads like in FHIR."""

from __future__ import annotations

from typing import Any

from golden_sessions import record

from mappings import load_clinic, map_session, parse_session
from mappings.resource import Resource

CLINIC = load_clinic()
# What a person, or somebody else, might write where words are free
HOSTILE = '<script>alert("x")</script> & \'quotes\' "too" \u202eesrever\u202c \u0645\u0631\u062d\u0628\u0627 \ufffe'


def mapped(**changes: Any) -> list[Resource]:
    """The plain session of ``golden_sessions.record`` with these changes."""
    return map_session(parse_session(record(**changes)), CLINIC)


def of_type(resources: list[Resource], kind: str) -> list[Resource]:
    return [resource for resource in resources if resource["resourceType"] == kind]


def codes(concept: dict[str, Any]) -> set[str]:
    return {coding["code"] for coding in concept.get("coding", [])}


def words(resource: Resource) -> str:
    """What a narrative says, without its marks."""
    div: str = resource["text"]["div"]
    return div.removeprefix('<div xmlns="http://www.w3.org/1999/xhtml">').removesuffix("</div>")
