"""Judging resources: fhir.resources for the shape, our own rules for what it lets pass.

``Validator().validate(resource)`` answers with every issue; an empty list means valid. Judging is cached by shape;
``Validator(cached=False)`` is the plain path, and a property test holds the two to the same verdict.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from service.errors import Issue
from service.validation.invariants import invariant_issues
from service.validation.rules import rule_issues
from service.validation.shape import shape_issues
from service.validation.shapes import Shapes

__all__ = ["Validator", "full_judgement", "shape_issues"]

UNREADABLE = (TypeError, RecursionError)  # a value that is not of JSON, nesting without end: no shape can be told


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
        if self._shapes is None or type(resource) is not dict:
            return full_judgement(resource)
        try:
            if self._shapes.is_known_valid(resource):
                return []
        except UNREADABLE:
            return full_judgement(resource)
        issues = full_judgement(resource)
        if not issues:
            with suppress(*UNREADABLE):
                self._shapes.learn(resource)
        return issues
