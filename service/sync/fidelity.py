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
from service.sync.elsewhere import names_there
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
    items = [item_of(row) for row in store.session_resources(number)]
    names = names_there(store, ehr.destination.name, items)
    readings: list[Reading] = []
    for item in items:
        link = links.get(item.name)
        if link is None or link.sent_hash is None:  # never sent, or a record of their own
            continue
        reading = _read(ehr, item, link, names)
        if not isinstance(reading, Reading):
            return reading
        readings.append(reading)
    return readings


def _read(ehr: Ehr, item: Item, link: Link, names: Sequence[Names]) -> Reading | Outcome:
    answer = ehr.read(item.resource_type, str(link.their_id))
    if isinstance(answer, Refused) and answer.status in (404, 410):
        return Reading(item.name, False)
    if not isinstance(answer, Accepted):
        return answer
    theirs = answer.body if isinstance(answer.body, dict) else {}
    forms = [read_json(rewritten(item.content, these, link.their_id)) for these in names]
    found, ours = nearest(forms, theirs, ehr.destination.base_url)
    lost = sum(1 for one in found if one.kind != "added")
    return Reading(item.name, True, len(elements(ours)) - lost, tuple(found))


def nearest(forms: Sequence[Any], theirs: Any, base_url: str) -> tuple[list[Difference], Any]:
    """The form of ours that differs least from theirs, and how."""
    found = [(differences(form, theirs, base_url), form) for form in forms]
    return min(found, key=lambda pair: len(pair[0]))


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
