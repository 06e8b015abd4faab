"""What the resources of a session refer to in other sessions: the score that a course began with."""

from __future__ import annotations

import re
from collections.abc import Sequence

from service.errors import NotFound
from service.store import Store
from service.sync.attempt import by_identifier, item_of
from service.sync.planner import Item
from service.sync.references import Names

REFERENCE = re.compile(rb'"reference":"([A-Z][A-Za-z]+)/([A-Za-z0-9\-.]{1,64})"')


def elsewhere(store: Store, items: Sequence[Item]) -> list[Item]:
    """Not sent with this session: a reference to it says where it is there, or its identifier until it is there."""
    here = {item.name for item in items}
    found = dict.fromkeys(pair for item in items for pair in REFERENCE.findall(item.content))
    names = [(kind.decode(), id_.decode()) for kind, id_ in found]
    others = [_item(store, *name) for name in names if "/".join(name) not in here]
    return [item for item in others if item is not None]


def names_there(store: Store, destination: str, items: Sequence[Item]) -> list[Names]:
    """What references may say there: as things stand now, and as while nothing of other sessions was there."""
    others = elsewhere(store, items)
    every = [*items, *others]
    links = store.links(destination, [(item.resource_type, item.id) for item in every])
    there = {link.name: f"{link.resource_type}/{link.their_id}" for link in links if link.their_id is not None}
    now = {**by_identifier(item for item in every if item.name not in there), **there}
    return [now, {**now, **by_identifier(others)}] if others else [now]


def _item(store: Store, resource_type: str, id_: str) -> Item | None:
    try:
        return item_of(store.read(resource_type, id_))
    except NotFound:
        return None
