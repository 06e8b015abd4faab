"""Once per shape: resources with the same elements differ only in their leaves.

The first of a shape is judged in full. Of a later one each leaf is looked at on its own; a leaf that R4 or
fhir.resources might mind, or that nobody has judged, sends the whole resource to the full judgement. So a verdict
reached here is always "no issues", and never differs from the full one.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from service.validation.attachments import is_of
from service.validation.facts import Fact, fact_of
from service.validation.narrative import has_inner_links
from service.validation.primitives import CHECKS
from service.validation.references import is_plain, reference_fault
from service.validation.rules import leaf_fault

Check = Callable[[Any], bool]
MOST_SHAPES = 2_000
MOST_SEEN = 500  # values remembered per leaf
# Types whose values are right or wrong by themselves. Every other leaf passes only in a combination judged before.
ALONE = frozenset(
    {
        "base64Binary",
        "string",
        "markdown",
        "xhtml",
        "date",
        "dateTime",
        "instant",
        "decimal",
        "integer",
        "positiveInt",
        "unsignedInt",
        "id",
    }
)
# Too long to be remembered, and never the same twice
LONG = frozenset({"base64Binary", "markdown", "xhtml"})
# Elements that an invariant looks at together with others, whatever their type
TOGETHER = frozenset({"duration", "period", "versionId", "lastUpdated", "url"})
# Objects all of whose leaves an invariant may look at together with others: the ends of a Range, quantities with a sign
# or a fraction that matters, codings that are compared whole
ENDS = frozenset({"low", "high"})
WHOLE = frozenset({"Age", "Coding", "Count"})


def outline(value: Any, leaves: list[Any]) -> Any:
    """The shape of a value as a hashable; its leaves are added in order.

    An element that nobody can change (``mappings.datatypes.Fixed``) is one leaf: it passes where it was judged before.
    """
    kind = type(value)
    if kind is dict:
        return tuple([(name, outline(child, leaves)) for name, child in value.items()])
    if kind is list:
        return (len(value), *[outline(child, leaves) for child in value])
    leaves.append(value)
    return kind


class Shapes:
    """Shapes that were judged valid, the oldest forgotten first. Safe to share between threads."""

    def __init__(self, most: int = MOST_SHAPES) -> None:
        self._most = most
        self._plans: OrderedDict[Any, Plan] = OrderedDict()
        self._lock = threading.Lock()

    def is_known_valid(self, shape: Any, leaves: list[Any]) -> bool:
        plan = self._plans.get(shape)
        return plan is not None and plan.passes(leaves)

    def learn(self, resource: dict[str, Any], shape: Any, leaves: list[Any]) -> None:
        """Remember the shape of a resource that was judged valid in full, and the values it held.

        What contains others is judged in full every time: whether they are referred to is no matter of shape.
        """
        if "contained" in resource:
            return
        with self._lock:
            plan = self._plans.get(shape)
            if plan is None:
                plan = self._plans[shape] = plan_of(resource)
                if len(self._plans) > self._most:
                    self._plans.popitem(last=False)
            plan.remember(leaves)


@dataclass(slots=True)
class Plan:
    """How the leaves of one shape are checked.

    ``alone``: (position, check, values seen, or None where none are remembered); ``together``: positions whose values
    pass only in a combination that was seen; ``periods``: positions of the start and the end of each period;
    ``attachments``: positions of data, size and hash, -1 for what is not there.
    """

    alone: list[tuple[int, Check, set[Any] | None]] = field(default_factory=list)
    together: list[int] = field(default_factory=list)
    periods: list[tuple[int, int]] = field(default_factory=list)
    attachments: list[tuple[int, int, int]] = field(default_factory=list)
    combinations: set[tuple[Any, ...]] = field(default_factory=set)
    size: int = 0

    def passes(self, leaves: list[Any]) -> bool:
        if tuple([leaves[i] for i in self.together]) not in self.combinations:
            return False
        for i, check, seen in self.alone:
            if (seen is None or leaves[i] not in seen) and not check(leaves[i]):
                return False
        return all(_clearly_after(leaves[i], leaves[j]) for i, j in self.periods) and all(
            is_of(leaves[data], *(leaves[i] if i >= 0 else None for i in said)) for data, *said in self.attachments
        )

    def remember(self, leaves: list[Any]) -> None:
        """A value that is right only beside others, as a link inside the resource is, is not remembered."""
        if len(self.combinations) < MOST_SEEN:
            self.combinations.add(tuple([leaves[i] for i in self.together]))
        for i, check, seen in self.alone:
            if seen is not None and len(seen) < MOST_SEEN and check(leaves[i]):
                seen.add(leaves[i])


def plan_of(resource: dict[str, Any]) -> Plan:
    plan = Plan()
    _add_object(plan, resource, str(resource.get("resourceType")), None, False)
    return plan


def _add_object(plan: Plan, value: dict[str, Any], path: str, fact: Fact | None, together: bool) -> None:
    """Leaves are counted in the order of ``outline``."""
    together = together or path in WHOLE or (path == "Reference" and "type" in value)
    at: dict[str, int] = {}
    for name, child in value.items():
        at[name] = plan.size
        is_reference = path == "Reference" and name == "reference"
        _add(plan, child, name, fact_of(path, name), fact if is_reference else None, together or name in ENDS)
    if path == "Period" and "start" in at and "end" in at:
        plan.periods.append((at["start"], at["end"]))
    if path == "Attachment" and "data" in at:
        plan.attachments.append((at["data"], at.get("size", -1), at.get("hash", -1)))


def _add(plan: Plan, value: Any, name: str, fact: Fact | None, reference: Fact | None, together: bool) -> None:
    if type(value) is dict:
        _add_object(plan, value, fact.type if fact else "", fact, together)
    elif isinstance(value, list):
        for child in value:
            _add(plan, child, name, fact, reference, together)
    else:
        if fact is not None and fact.type in ALONE and not together and not _looked_at_together(name, fact):
            plan.alone.append((plan.size, _check(fact, reference), None if fact.type in LONG else set()))
        else:
            plan.together.append(plan.size)
        plan.size += 1


def _looked_at_together(name: str, fact: Fact) -> bool:
    """Also the ids of elements, which are strings: they stand once in a resource."""
    return name in TOGETHER or (name == "id" and fact.type == "string")


def _check(fact: Fact, reference: Fact | None) -> Check:
    """What can be said of a leaf by itself: what leads to something inside the resource cannot."""
    if reference is not None:
        return lambda value: (
            is_plain(value, reference)
            or (not value.startswith("#") and reference_fault({"reference": value}, reference) is None)
        )
    if fact.type == "xhtml":
        return lambda value: leaf_fault(value, fact) is None and not has_inner_links(value)
    return CHECKS[fact.type]


def _clearly_after(start: Any, end: Any) -> bool:
    """Same form and offset: then text order is time order. What is not clear goes to the full judgement."""
    same_form = isinstance(start, str) and isinstance(end, str) and len(start) == len(end) and start[19:] == end[19:]
    return same_form and start <= end
