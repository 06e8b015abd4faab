"""Judging resources: fhir.resources for the shape, our own rules for what it lets pass.

``Validator().validate(resource)`` answers with every issue; an empty list means valid. Judging is cached by shape;
``Validator(cached=False)`` is the plain path, and a property test holds the two to the same verdict.
"""

from __future__ import annotations

from typing import Any

from service.errors import Issue
from service.validation.invariants import invariant_issues
from service.validation.rules import rule_issues
from service.validation.shape import shape_issues
from service.validation.shapes import Shapes, outline

__all__ = ["Validator", "full_judgement", "shape_issues"]


def full_judgement(resource: dict[str, Any]) -> list[Issue]:
    """Shape, rules and invariants; a fault that two judges see at one place is said once."""
    try:
        found = rule_issues(resource)
        places = {issue.expression for issue in found}
        found += [issue for issue in shape_issues(resource) if issue.expression not in places]
        return list(dict.fromkeys(found or invariant_issues(resource)))
    except RecursionError:
        return [Issue("error", "structure", "nested too deeply")]


class Validator:
    """Safe to share between threads."""

    def __init__(self, cached: bool = True) -> None:
        self._shapes = Shapes() if cached else None

    def validate(self, resource: dict[str, Any]) -> list[Issue]:
        """Issues, errors all of them, each with its place in the resource. No issue holds a value."""
        if self._shapes is None:
            return full_judgement(resource)
        leaves: list[Any] = []
        try:
            shape = outline(resource, leaves)
            if self._shapes.is_known_valid(shape, leaves):
                return []
        except (TypeError, RecursionError):  # a value that cannot be hashed, or nesting without end
            return full_judgement(resource)
        issues = full_judgement(resource)
        if not issues:
            self._shapes.learn(resource, shape, leaves)
        return issues
