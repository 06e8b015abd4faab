"""Finding by identifier what a destination has: exactly one is linked, several wait for a person, none is guessed."""

from __future__ import annotations

from typing import Any

from service.sync.attempt import Attempt, Result, item_of
from service.sync.ehr import Ehr
from service.sync.listing import Listing
from service.sync.outcomes import Accepted, Conflict, Outcome
from service.sync.planner import How, Item, Plan

SEARCHED = ("search", "search-patient")
OTHERS_FOUND = Conflict(200, "not-supported")
NOT_SEARCHED = Conflict(0, "not-supported")


class Finder:
    """What there has our identifier of an item, searched as its type allows."""

    def __init__(self, attempt: Attempt, plan: Plan) -> None:
        self._ehr = attempt.ehr
        self._listing = Listing(attempt.ehr, _patients(attempt, plan), identifiers_of, entries)

    def there(self, item: Item, how: How) -> list[dict[str, Any]] | Outcome:
        own = item.own_identifier
        if how == "create" or own is None:
            return NOT_SEARCHED
        return self._listing.resources(item) if how == "search-patient" else _search(self._ehr, item, *own)


def find_others(attempt: Attempt, plan: Plan) -> Result | None:
    """For types that are searched before they are written: what an earlier attempt made there is found again."""
    finder = Finder(attempt, plan)
    for item, how in plan.items:
        if how not in SEARCHED or item.own_identifier is None or attempt.their_id(item) is not None:
            continue
        found = finder.there(item, how)
        if not isinstance(found, list):
            return _unfound(found)
        if len(found) > 1:
            return Result(Conflict(412, "multiple-matches"), f"more than one {item.resource_type} has our identifier")
        for one in found:
            attempt.found(item, one["id"], ours=True)
    return None


def _patients(attempt: Attempt, plan: Plan) -> list[str]:
    """Their ids of the session's patients, as far as they are linked; and of those that what is open was sent for."""
    every = (*(item for item, _ in plan.items), *plan.left_out)
    found = [attempt.their_id(item) for item in every if item.resource_type == "Patient"]
    open_ = [item for item, how in plan.items if how == "search-patient" and attempt.is_open(item)]
    found += [
        _linked(attempt, patient) for patient in dict.fromkeys(name for i in open_ for name in _earlier(attempt, i))
    ]
    return list(dict.fromkeys(their_id for their_id in found if their_id is not None))


def _earlier(attempt: Attempt, item: Item) -> list[str]:
    """The patients that it was ever of."""
    versions = attempt.store.versions(item.resource_type, item.id)
    return [name for one in versions for name in item_of(one).refers_to if name.startswith("Patient/")]


def _linked(attempt: Attempt, name: str) -> str | None:
    link = attempt.store.link(attempt.ehr.destination.name, *name.split("/"))
    return None if link is None else link.their_id


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
    found = _search(ehr, item, system, value)
    if not isinstance(found, list):
        return found
    return {r["id"]: item.own_identifier in identifiers_of(r) for r in found}


def _search(ehr: Ehr, item: Item, system: str, value: str) -> list[dict[str, Any]] | Outcome:
    """A match is what has the identifier. A server that ignores the condition answers with somebody else's record."""
    answer = ehr.search(item.resource_type, system, value)
    if not isinstance(answer, Accepted):
        return answer
    found = [entry.get("resource") for entry in entries(answer.body)]
    resources = [r for r in found if isinstance(r, dict) and r.get("resourceType") == item.resource_type]
    if not all((system, value) in identifiers_of(resource) for resource in resources):
        return OTHERS_FOUND
    return list({r["id"]: r for r in resources if isinstance(r.get("id"), str)}.values())


def _unfound(outcome: Outcome) -> Result:
    others = outcome is OTHERS_FOUND
    return Result(outcome, "a search by identifier there finds what does not have it" if others else "")


def identifiers_of(resource: dict[str, Any]) -> list[tuple[Any, Any]]:
    found = resource.get("identifier")
    every = found if isinstance(found, list) else [found]  # AdverseEvent, Composition, QuestionnaireResponse have one
    named = [one for one in every if isinstance(one, dict)]
    return [(one.get("system"), one.get("value")) for one in named]


def entries(bundle: Any) -> list[dict[str, Any]]:
    found = bundle.get("entry") if isinstance(bundle, dict) else None
    return [entry for entry in found if isinstance(entry, dict)] if isinstance(found, list) else []
