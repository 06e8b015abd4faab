"""Elements that nobody can change, at a place where they stand: whoever has looked at one once knows it again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mappings.datatypes import Fixed
from service.validation.shapes.outline import outline
from service.validation.shapes.plan import Plan
from service.validation.shapes.recent import Recent

MOST_ELEMENTS = 1_000
MOST_KINDS = 1_000
MOST_SHAPES = 100


class Place:
    """A place in resources, by its fact, and the elements lately seen there.

    Elements of one kind have one shape and hold the same codes, and each leaf beside these is right by itself. So a
    combination that was judged valid with one of them is valid with any: a new session's patient is no new combination.
    """

    def __init__(self, plan_of: Callable[[dict[str, Any]], Plan]) -> None:
        self.known = Recent[Fixed, object](MOST_ELEMENTS)
        self._plan_of = plan_of
        self._plans = Recent[Any, Plan](MOST_SHAPES)
        self._kinds = Recent[Any, object](MOST_KINDS)

    def kind(self, element: Fixed) -> object:
        """An element that is not right by itself is a kind of its own, which stands in no combination unless the full
        judgement finds it right there."""
        return self.known.get(element) or self.known.remember(element, self._kind(dict(element)))

    def _kind(self, element: dict[str, Any]) -> object:
        leaves: list[Any] = []
        shape = outline(element, leaves)
        plan = self._plans.get(shape) or self._plans.remember(shape, self._plan_of(element))
        found = plan.combination(leaves)
        if found is None:
            return object()
        return self._kinds.get((shape, found)) or self._kinds.remember((shape, found), object())
