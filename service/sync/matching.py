"""Finding by identifier what a destination has: exactly one is linked, several wait for a person, none is guessed."""

from __future__ import annotations

from typing import Any

from service.sync.attempt import Attempt, Result
from service.sync.ehr import Ehr
from service.sync.outcomes import Accepted, Conflict, Outcome
from service.sync.planner import Item, Plan

OTHERS_FOUND = Conflict(200, "not-supported")


def find_others(attempt: Attempt, plan: Plan) -> Result | None:
    """For types that are searched before they are written: what an earlier attempt made there is found again."""
    for item, how in plan.items:
        own = item.own_identifier
        if how != "search" or own is None or attempt.link(item) is not None:
            continue
        found = _ids(attempt.ehr, item, *own)
        if not isinstance(found, dict):
            return _unfound(found)
        if len(found) > 1:
            return Result(Conflict(412, "multiple-matches"), f"more than one {item.resource_type} has our identifier")
        for id_ in found:
            attempt.found(item, id_, ours=True)
    return None


def matches(ehr: Ehr, item: Item) -> list[tuple[str, bool]] | Outcome:
    """Their ids of what has one of the item's identifiers, and whether each is one that this service made."""
    ids: dict[str, bool] = {}
    for system, value in item.identifiers:
        found = _ids(ehr, item, system, value)
        if not isinstance(found, dict):
            return found
        ids |= found
    return list(ids.items())


def _ids(ehr: Ehr, item: Item, system: str, value: str) -> dict[str, bool] | Outcome:
    """A match is what has the identifier. A server that ignores the condition answers with somebody else's record."""
    answer = ehr.search(item.resource_type, system, value)
    if not isinstance(answer, Accepted):
        return answer
    found = [entry.get("resource") for entry in entries(answer.body)]
    resources = [r for r in found if isinstance(r, dict) and r.get("resourceType") == item.resource_type]
    if not all((system, value) in _identifiers(resource) for resource in resources):
        return OTHERS_FOUND
    return {r["id"]: item.own_identifier in _identifiers(r) for r in resources if isinstance(r.get("id"), str)}


def _unfound(outcome: Outcome) -> Result:
    others = outcome is OTHERS_FOUND
    return Result(outcome, "a search by identifier there finds what does not have it" if others else "")


def _identifiers(resource: dict[str, Any]) -> list[tuple[Any, Any]]:
    found = resource.get("identifier")
    named = [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
    return [(one.get("system"), one.get("value")) for one in named]


def entries(bundle: Any) -> list[dict[str, Any]]:
    found = bundle.get("entry") if isinstance(bundle, dict) else None
    return [entry for entry in found if isinstance(entry, dict)] if isinstance(found, list) else []
