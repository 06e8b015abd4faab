"""R4's invariants of the types we use, as small functions in tables. Each text begins with the invariant's key.

``datatypes``: wherever the data type stands. ``resources``: by resource or part of one. ``whole``: what is contained,
ids, and links, which need a look at the whole resource. They are asked only about what has the right shape.
"""

from __future__ import annotations

from typing import Any

from service.errors import Issue
from service.validation.invariants.datatypes import OF_DATATYPE
from service.validation.invariants.resources import OF_RESOURCE
from service.validation.invariants.rule import Rule
from service.validation.invariants.whole import whole_issues
from service.validation.walk import objects

RULES: dict[str, tuple[Rule, ...]] = {**OF_DATATYPE, **OF_RESOURCE}


def invariant_issues(resource: dict[str, Any]) -> list[Issue]:
    """Every broken invariant with the place of the element that breaks it."""
    every = list(objects(resource))
    broken = [
        Issue("error", "invariant", rule.text, (found.place,))
        for found in every
        for rule in RULES.get(found.type, ())
        if not rule.holds(found.value)
    ]
    return [*broken, *whole_issues(resource, every)]
