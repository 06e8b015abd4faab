"""Plans are made by R4's facts. What they have learnt of single leaves and elements they share."""

from __future__ import annotations

from functools import partial
from typing import Any

from mappings.datatypes import Fixed
from service.validation.facts import Fact, fact_of
from service.validation.shapes.outline import are_references
from service.validation.shapes.place import Place
from service.validation.shapes.plan import Plan
from service.validation.shapes.roles import PLAIN, WHOLLY, Alone, Together, alone, is_alone, references

# Objects all of whose leaves an invariant may look at together with others: the ends of a Range, quantities with a sign
# or a fraction that matters, codings that are compared whole
ENDS = frozenset({"low", "high"})
WHOLE = frozenset({"Age", "Coding", "Count"})


class Planner:
    """Safe to share between threads. There are no more tests and places than R4 has facts."""

    def __init__(self) -> None:
        self._alone: dict[tuple[str, frozenset[str] | None], Alone] = {}
        self._places: dict[tuple[Fact | None, bool], Place] = {}

    def of_resource(self, resource: dict[str, Any]) -> Plan:
        plan = Plan()
        self._add_object(plan, resource, str(resource.get("resourceType")), None, False)
        return plan

    def of_element(self, fact: Fact | None, together: bool, element: dict[str, Any]) -> Plan:
        plan = Plan()
        self._add_object(plan, element, fact.type if fact else "", fact, together)
        return plan

    def _add_object(self, plan: Plan, value: dict[str, Any], path: str, fact: Fact | None, together: bool) -> None:
        """Leaves are counted in the order of ``outline``."""
        together = together or path in WHOLE or (path == "Reference" and "type" in value)
        at: dict[str, int] = {}
        for name, child in value.items():
            if type(child) in (str, int):
                at[name] = len(plan.roles)
            is_reference = path == "Reference" and name == "reference"
            reference = fact if is_reference else None
            self._add(plan, child, name, fact_of(path, name), reference, together or name in ENDS)
        if together:
            return  # a combination holds all there is
        if path == "Period" and "start" in at and "end" in at:
            plan.periods.append((at["start"], at["end"]))
        if path == "Attachment" and "data" in at:
            plan.attachments.append((at["data"], at.get("size", -1), at.get("hash", -1)))

    def _add(
        self, plan: Plan, value: Any, name: str, fact: Fact | None, reference: Fact | None, together: bool
    ) -> None:
        if type(value) is dict:
            self._add_object(plan, value, fact.type if fact else "", fact, together)
        elif type(value) is list and are_references(value):
            plan.roles.append(self._references(fact, together))
        elif type(value) is list:
            for child in value:
                self._add(plan, child, name, fact, reference, together)
        elif type(value) is Fixed:
            plan.roles.append(self._element(fact, together))
        else:
            plan.roles.append(PLAIN if together or not is_alone(name, fact) else self._leaf(fact, reference))

    def _leaf(self, fact: Fact | None, reference: Fact | None) -> Alone:
        assert fact is not None, "only what R4 knows is right by itself"
        type_, targets = (fact.type, None) if reference is None else ("reference", reference.targets)
        return self._alone.get((type_, targets)) or self._alone.setdefault((type_, targets), alone(fact, reference))

    def _references(self, fact: Fact | None, together: bool) -> Alone | Together:
        if fact is None or fact.type != "Reference" or together:
            return WHOLLY
        return references(fact)

    def _element(self, fact: Fact | None, together: bool) -> Together:
        key = (fact, together)
        place = self._places.get(key) or self._places.setdefault(key, Place(partial(self.of_element, fact, together)))
        return Together(place.kind, place.known)
