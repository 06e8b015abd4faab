"""Judging resources: fhir.resources for the shape, our own rules for what it lets pass.

``Validator().validate(resource)`` answers with every issue; an empty list means valid. Judging is cached by shape;
``Validator(cached=False)`` is the plain path, and a property test holds the two to the same verdict.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from mappings.datatypes import Fixed
from service.errors import Issue
from service.validation.invariants import invariant_issues
from service.validation.rules import rule_issues
from service.validation.shape import shape_issues
from service.validation.shapes import Shapes
from service.validation.shapes.recent import Recent

__all__ = ["Validator", "full_judgement", "shape_issues"]

UNREADABLE = (TypeError, RecursionError)  # a value that is not of JSON, nesting without end: no shape can be told

MOST_FIXED = 5_000  # resources that are remembered


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
        self._right = Recent[Fixed, bool](MOST_FIXED)

    def validate(self, resource: dict[str, Any]) -> list[Issue]:
        """Issues, errors all of them, each with its place in the resource. No issue holds a value."""
        if self._shapes is None:
            return full_judgement(resource)
        if type(resource) is not dict:
            return self._judge_once(resource) if type(resource) is Fixed else full_judgement(resource)
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

    def _judge_once(self, resource: Fixed) -> list[Issue]:
        """What nobody can change, such as a clinic's staff, comes with every session."""
        if resource in self._right:
            return []
        issues = self.validate(dict(resource))
        if not issues:
            self._right.remember(resource, True)
        return issues
