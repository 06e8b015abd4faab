"""One walk over a resource by R4's facts: JSON types, formats, empties, required codes, reference targets, narrative.

fhir.resources judges the shape (which elements there are); this judges what it lets pass.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from service.errors import Issue
from service.validation.facts import Fact, fact_of
from service.validation.narrative import narrative_fault
from service.validation.primitives import CHECKS

REFERENCE = re.compile(
    r"(https?|urn):\S+|#\S*|(?P<type>[A-Z][A-Za-z]+)/[A-Za-z0-9\-.]{1,64}(/_history/[A-Za-z0-9\-.]{1,64})?"
)


def rule_issues(resource: dict[str, Any]) -> list[Issue]:
    """All faults, in document order. Elements that R4 does not know are left to the judge of shape."""
    kind = resource.get("resourceType")
    return list(_object(resource, kind, kind)) if isinstance(kind, str) else []


def _object(value: dict[str, Any], path: str, place: str) -> Iterator[Issue]:
    if not value:
        yield Issue("error", "structure", "ele-1: an element must not be empty", (place,))
    for name, child in value.items():
        fact = fact_of(path, name)
        if fact is not None:
            yield from _element(child, fact, f"{place}.{name}")
        elif child is None or child in ([], {}):
            yield Issue("error", "structure", "ele-1: an element must not be empty", (f"{place}.{name}",))


def _element(value: Any, fact: Fact, place: str) -> Iterator[Issue]:
    if not fact.is_list:
        yield from _value(value, fact, place)
    elif not isinstance(value, list):
        yield Issue("error", "structure", "this element repeats: a list is needed", (place,))
    elif not value:
        yield Issue("error", "structure", "ele-1: an element must not be empty", (place,))
    else:
        for i, item in enumerate(value):
            yield from _value(item, fact, f"{place}[{i}]")


def _value(value: Any, fact: Fact, place: str) -> Iterator[Issue]:
    check = CHECKS.get(fact.type)
    if check is not None:
        fault = leaf_fault(value, fact)
        if fault:
            yield Issue("error", *fault, (place,))
    elif isinstance(value, dict):
        yield from _complex(value, fact, place)
    else:
        yield Issue("error", "structure", f"an object of type {fact.type} is needed", (place,))


def _complex(value: dict[str, Any], fact: Fact, place: str) -> Iterator[Issue]:
    if fact.type == "Resource":
        kind = value.get("resourceType")
        yield from _object(value, kind if isinstance(kind, str) else "Resource", place)
        return
    yield from _object(value, fact.type, place)
    if fact.type == "Reference":
        fault = reference_fault(value.get("reference"), fact)
        if fault:
            yield Issue("error", *fault, (f"{place}.reference",))
    elif fact.codes:
        yield from _bound(value, fact, place)


def leaf_fault(value: Any, fact: Fact) -> tuple[str, str] | None:
    """IssueType and text for a primitive value, or None where it is right."""
    if not CHECKS[fact.type](value):
        return ("value", f"not a valid {fact.type}")
    if fact.codes and value not in fact.bare_codes:
        return ("code-invalid", "not one of the codes that R4 requires here")
    if fact.type == "xhtml":
        return narrative_fault(value)
    return None


def reference_fault(text: Any, fact: Fact) -> tuple[str, str] | None:
    """A literal reference must have a valid form, and a relative one a type that may stand here."""
    if not isinstance(text, str):
        return None
    match = REFERENCE.fullmatch(text)
    if match is None:
        return ("value", "ref-1: not a valid reference")
    kind = match["type"]
    if kind and fact.targets and kind not in fact.targets and "Resource" not in fact.targets:
        return ("value", f"a reference to {', '.join(sorted(fact.targets))} is needed")
    return None


def _bound(value: dict[str, Any], fact: Fact, place: str) -> Iterator[Issue]:
    """A CodeableConcept or Coding with a required binding must hold one of its codes."""
    codings = value.get("coding") if fact.type == "CodeableConcept" else [value]
    listed = codings if isinstance(codings, list) else []
    given = {f"{c.get('system')}|{c.get('code')}" for c in listed if isinstance(c, dict)}
    if not given & fact.codes:
        yield Issue("error", "code-invalid", "not one of the codes that R4 requires here", (place,))
