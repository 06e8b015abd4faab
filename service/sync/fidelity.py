"""What a destination made of a session: read back, and compared element by element with what was sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from service.fhirjson import read_json
from service.store import Link, Store
from service.sync.attempt import item_of
from service.sync.compare import Difference, differences, elements
from service.sync.ehr import Ehr
from service.sync.outcomes import Accepted, Outcome, Refused
from service.sync.planner import Item
from service.sync.references import Names, rewritten


@dataclass(frozen=True, slots=True)
class Reading:
    """One resource: ``there`` is False for what was sent and is gone."""

    name: str
    there: bool
    kept: int = 0
    found: tuple[Difference, ...] = ()


def read_back(store: Store, ehr: Ehr, number: str) -> list[Reading] | Outcome:
    """Of everything of the session that the ledger says is there; or what was answered in the place of a resource."""
    links = {link.name: link for link in store.session_links(ehr.destination.name, number) if link.their_id is not None}
    names = {link.name: f"{link.resource_type}/{link.their_id}" for link in links.values()}
    items = [item_of(row) for row in store.session_resources(number)]
    gone = _not_there(items, links)
    readings: list[Reading] = []
    for item in items:
        link = links.get(item.name)
        if link is None or link.sent_hash is None:  # never sent, or a record of their own
            continue
        reading = _read(ehr, item, link, {**gone, **names})
        if not isinstance(reading, Reading):
            return reading
        readings.append(reading)
    return readings


def _not_there(items: Sequence[Item], links: dict[str, Link]) -> dict[str, str | dict[str, str]]:
    """What a destination does not hold is referred to by its identifier."""
    return {
        item.name: {"system": item.own_identifier[0], "value": item.own_identifier[1]}
        for item in items
        if item.name not in links and item.own_identifier is not None
    }


def _read(ehr: Ehr, item: Item, link: Link, names: Names) -> Reading | Outcome:
    answer = ehr.read(item.resource_type, str(link.their_id))
    if isinstance(answer, Refused) and answer.status in (404, 410):
        return Reading(item.name, False)
    if not isinstance(answer, Accepted):
        return answer
    ours = read_json(rewritten(item.content, names, link.their_id))
    found = differences(ours, answer.body if isinstance(answer.body, dict) else {}, ehr.destination.base_url)
    lost = sum(1 for one in found if one.kind != "added")
    return Reading(item.name, True, len(elements(ours)) - lost, tuple(found))


def report(readings: Sequence[Reading]) -> dict[str, Any]:
    """Sums, and every difference."""
    every = [one for reading in readings for one in reading.found]
    kinds = {kind: sum(1 for one in every if one.kind == kind) for kind in ("changed", "dropped", "added")}
    return {
        "kept": sum(reading.kept for reading in readings),
        **kinds,
        "missing": sum(1 for reading in readings if not reading.there),
        "resources": [
            {
                "resource": reading.name,
                "there": reading.there,
                "kept": reading.kept,
                "differences": [
                    {"path": one.path, "kind": one.kind, "ours": one.ours, "theirs": one.theirs}
                    for one in reading.found
                ],
            }
            for reading in readings
        ],
    }
