"""Once per shape: resources with the same elements differ only in their leaves.

The first of a shape is judged in full. Of a later one each leaf is looked at on its own; a leaf that R4 or
fhir.resources might mind, or that nobody has judged, sends the whole resource to the full judgement. So a verdict
reached here is always "no issues", and never differs from the full one.

A shape has a ``Plan``, found by the ``outline`` of a resource. One that is met again and again has its plan written
out as a function (``written``), which is asked first: it looks at the resource itself, without an outline.
"""

from __future__ import annotations

import threading
from typing import Any

from service.validation.shapes.outline import outline
from service.validation.shapes.plan import Plan
from service.validation.shapes.planner import Planner
from service.validation.shapes.recent import Recent
from service.validation.shapes.written import Passes, written

MOST_SHAPES = 2_000
MOST_NAMES = 300  # what resources' elements are called, in their order
MOST_WRITTEN = 16  # plans written out for the same names
# Writing a plan out costs as much as judging one resource in full. Once there is no room, a plan must be worth it.
OFTEN = 3
SELDOM = 1_000
LARGEST_WRITTEN = 300  # leaves


class Shapes:
    """Shapes that were judged valid, the oldest forgotten first. Safe to share between threads."""

    def __init__(self, most: int = MOST_SHAPES) -> None:
        self._planner = Planner()
        self._plans = Recent[Any, Plan](most)
        self._written = Recent[tuple[str, ...], tuple[Passes, ...]](MOST_NAMES)
        self._lock = threading.Lock()

    def is_known_valid(self, resource: dict[str, Any]) -> bool:
        """Raises TypeError for what is not JSON, RecursionError for nesting without end."""
        for passes in self._written.get(tuple(resource), ()):
            if passes(resource):
                return True
        return self._passes_by_outline(resource)

    def learn(self, resource: dict[str, Any]) -> None:
        """Remember the shape of a resource that was judged valid in full, and the values it held.

        What contains others is judged in full every time: whether they are referred to is no matter of shape.
        """
        if "contained" in resource:
            return
        leaves: list[Any] = []
        shape = outline(resource, leaves)
        plan = self._plans.get(shape)
        if plan is None:
            plan = self._plans.remember(shape, self._planner.of_resource(resource))
        plan.remember(leaves)

    def _passes_by_outline(self, resource: dict[str, Any]) -> bool:
        leaves: list[Any] = []
        plan = self._plans.get(outline(resource, leaves))
        if plan is None or not plan.passes(leaves):
            return False
        plan.met += 1
        names = tuple(resource)
        if plan.met % SELDOM == 0 or (plan.met >= OFTEN and self._has_room(names)):
            self._write(names, resource, plan)
        return True

    def _has_room(self, names: tuple[str, ...]) -> bool:
        there = self._written.get(names)
        return len(self._written) < MOST_NAMES if there is None else len(there) < MOST_WRITTEN

    def _write(self, names: tuple[str, ...], resource: dict[str, Any], plan: Plan) -> None:
        if len(plan.roles) <= LARGEST_WRITTEN:
            passes = written(resource, plan)
            with self._lock:
                self._written.remember(names, (*self._written.get(names, ()), passes)[-MOST_WRITTEN:])
