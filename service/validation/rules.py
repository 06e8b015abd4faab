"""One walk over a resource by R4's facts: which elements there are, JSON types, formats, empties, required codes,
reference targets, narrative.

fhir.resources judges the shape too; this also judges what it lets pass.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from service.errors import Issue
from service.validation.facts import Fact, choices, demands, elements, fact_of
from service.validation.narrative import narrative_fault
from service.validation.primitives import CHECKS, is_language
from service.validation.references import reference_fault

EMPTY = "ele-1: an element must not be empty"
UNKNOWN = "R4 has no such element here"


def rule_issues(resource: dict[str, Any]) -> list[Issue]:
    """All faults, in document order. Resources whose elements are not known here are left to the judge of shape."""
    kind = resource.get("resourceType")
    return list(_resource(resource, kind, kind)) if isinstance(kind, str) else []


def _resource(value: dict[str, Any], kind: str, place: str) -> Iterator[Issue]:
    if kind in elements():
        yield from _object(value, kind, place)


def _object(value: dict[str, Any], path: str, place: str) -> Iterator[Issue]:
    if not value or (list(value) == ["id"] and path != "Element"):
        yield Issue("error", "structure", EMPTY, (place,))
        return
    for name, child in value.items():
        fact = fact_of(path, name)
        if fact is not None:
            beside = value.get(name[1:] if name.startswith("_") else f"_{name}")
            yield from _element(child, fact, f"{place}.{name}", beside)
            if beside is None and name.startswith("_"):
                yield from _without_value(child, fact_of(path, name[1:]), f"{place}.{name[1:]}")
        elif name != "resourceType":
            yield Issue("error", "structure", UNKNOWN, (f"{place}.{name}",))
    yield from _demanded(value, path, place)
    yield from _one_form(value, path, place)


def _without_value(beside: Any, fact: Fact | None, place: str) -> Iterator[Issue]:
    """Where ``_name`` stands alone: it must hold more than an id, and extensions are none of the codes required."""
    if beside and isinstance(beside, dict) and set(beside) == {"id"}:
        yield Issue("error", "structure", EMPTY, (place,))
    if fact is not None and fact.codes and not fact.is_list:
        yield Issue("error", "code-invalid", "not one of the codes that R4 requires here", (place,))


def _demanded(value: dict[str, Any], path: str, place: str) -> Iterator[Issue]:
    for name, forms in demands(path):
        if not any(form in value for form in forms):
            yield Issue("error", "required", "this element is required", (f"{place}.{name}",))


def _one_form(value: dict[str, Any], path: str, place: str) -> Iterator[Issue]:
    forms = choices(path)
    if not forms:
        return
    used = {(forms[name], name.lstrip("_")) for name in value if name in forms}
    chosen = [choice for choice, _ in used]
    for choice in sorted({choice for choice in chosen if chosen.count(choice) > 1}):
        yield Issue("error", "structure", "only one form of a choice may be there", (f"{place}.{choice}",))


def _element(value: Any, fact: Fact, place: str, beside: Any) -> Iterator[Issue]:
    """``beside`` is the other of ``name`` and ``_name``, or None."""
    if not fact.is_list:
        yield from _value(value, fact, place)
    elif not isinstance(value, list):
        yield Issue("error", "structure", "this element repeats: a list is needed", (place,))
    elif not value:
        yield Issue("error", "structure", EMPTY, (place,))
    else:
        for i, item in enumerate(value):
            if item is not None or not _is_filled(beside, i):
                yield from _value(item, fact, f"{place}[{i}]")


def _is_filled(beside: Any, i: int) -> bool:
    """A null stands for what has only a value, or only extensions: the other list has it."""
    return isinstance(beside, list) and i < len(beside) and beside[i] is not None


def _value(value: Any, fact: Fact, place: str) -> Iterator[Issue]:
    if fact.is_primitive:
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
        yield from _resource(value, kind if isinstance(kind, str) else "Resource", place)
        return
    yield from _object(value, fact.type, place)
    if fact.type == "Reference":
        fault = reference_fault(value, fact)
        if fault:
            yield Issue("error", *fault, (f"{place}.reference",))
    if fact.codes:
        yield from _bound(value, fact, place)
    if fact.simple and "comparator" in value:
        yield Issue("error", "structure", "sqty-1: no comparator may stand here", (f"{place}.comparator",))


def leaf_fault(value: Any, fact: Fact) -> tuple[str, str] | None:
    """IssueType and text for a primitive value, or None where it is right."""
    if not CHECKS[fact.type](value):
        return ("value", f"not a valid {fact.type}")
    if fact.codes and value not in fact.bare_codes:
        return ("code-invalid", "not one of the codes that R4 requires here")
    if fact.language and not is_language(value):
        return ("code-invalid", "not a language of BCP 47")
    if fact.type == "xhtml":
        return narrative_fault(value)
    return None


def _bound(value: dict[str, Any], fact: Fact, place: str) -> Iterator[Issue]:
    """A CodeableConcept or Coding with a required binding must hold one of its codes."""
    codings = value.get("coding") if fact.type == "CodeableConcept" else [value]
    listed = codings if isinstance(codings, list) else []
    given = {f"{c.get('system')}|{c.get('code')}" for c in listed if isinstance(c, dict)}
    if not given & fact.codes:
        yield Issue("error", "code-invalid", "not one of the codes that R4 requires here", (place,))
