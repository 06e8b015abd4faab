"""One invariant: what it says, and a function that is True where it holds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

Element = dict[str, Any]


class Rule(NamedTuple):
    text: str
    holds: Callable[[Element], bool]


def has(value: Element, name: str) -> bool:
    """Whether an element is there: with a value, or with extensions alone."""
    return name in value or f"_{name}" in value


def has_form(value: Element, choice: str) -> bool:
    """Whether any form of ``choice[x]`` is there."""
    return any(name.startswith((choice, f"_{choice}")) for name in value)


def codings(concept: Any) -> list[Element]:
    found = concept.get("coding", []) if isinstance(concept, dict) else []
    return [coding for coding in found if isinstance(coding, dict)]


def objects(value: Element, name: str) -> list[Element]:
    """The members of an element that repeats."""
    found = value.get(name, [])
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []
