"""What a Reference may say: a form that R4 knows, a type that may stand there. Whether it resolves is not asked."""

from __future__ import annotations

import re
from typing import Any

from service.validation.facts import Fact, resource_types

ID = r"[A-Za-z0-9\-.]{1,64}"
REFERENCE = re.compile(rf"(?P<elsewhere>(https?|urn):\S+)|#\S*|(?P<type>[A-Z][A-Za-z]+)/{ID}(/_history/{ID})?")
ELSEWHERE = re.compile(rf"https?:.*/(?P<type>[A-Z][A-Za-z]+)/{ID}(/_history/{ID})?")
PLAIN_ID = re.compile(ID)
MALFORMED = "not a valid reference"
DEFINITION = "http://hl7.org/fhir/StructureDefinition/"


def reference_fault(reference: dict[str, Any], fact: Fact) -> tuple[str, str] | None:
    """IssueType and text, or None. What is contained is looked at with the whole resource."""
    text, given = reference.get("reference"), reference.get("type")
    match = REFERENCE.fullmatch(text) if isinstance(text, str) else None
    kind = type_of(match) if match else None
    if isinstance(text, str) and (match is None or (kind and kind not in resource_types())):
        return ("value", MALFORMED)
    if isinstance(given, str):
        given = given.removeprefix(DEFINITION)
        if kind and kind != given:
            return ("value", "the type is not that of the reference")
    if not _may_stand(kind, fact) or (isinstance(given, str) and not _may_stand(given, fact)):
        return ("value", f"a reference to {', '.join(sorted(fact.targets))} is needed")
    return None


def types_of(targets: frozenset[str]) -> frozenset[str]:
    """The types that may stand where these are targets: ``Type/id`` of one of them is valid."""
    return targets if targets and "Resource" not in targets else resource_types()


def plain_references(types: frozenset[str]) -> re.Pattern[str]:
    """Lines of ``Type/id``, of these types. The most frequent type is tried first."""
    by_use = sorted(types, key=lambda type_: (type_ != "Observation", type_))
    return re.compile(rf"(?:(?:{'|'.join(by_use)})/{ID}+\n)+")


def type_of(match: re.Match[str]) -> str | None:
    """The type that a literal reference names; of a URL elsewhere only where its path ends like that of a resource."""
    if not match["elsewhere"]:
        return match["type"]
    elsewhere = ELSEWHERE.fullmatch(match["elsewhere"])
    return elsewhere["type"] if elsewhere and elsewhere["type"] in resource_types() else None


def _may_stand(kind: str | None, fact: Fact) -> bool:
    return not kind or not fact.targets or kind in fact.targets or "Resource" in fact.targets
