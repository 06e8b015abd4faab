"""What the resources of a session refer to in other sessions: the score that a course began with."""

from __future__ import annotations

import re

from service.errors import NotFound
from service.store import Store
from service.sync.attempt import item_of
from service.sync.planner import Item, Plan

REFERENCE = re.compile(rb'"reference":"([A-Z][A-Za-z]+)/([A-Za-z0-9\-.]{1,64})"')


def elsewhere(store: Store, plan: Plan) -> list[Item]:
    """Not sent with this session: a reference to it says where it is there, or its identifier until it is there."""
    every = (*(item for item, _ in plan.items), *plan.left_out)
    here = {item.name for item in every}
    found = dict.fromkeys(pair for item in every for pair in REFERENCE.findall(item.content))
    names = [(kind.decode(), id_.decode()) for kind, id_ in found]
    items = [_item(store, *name) for name in names if "/".join(name) not in here]
    return [item for item in items if item is not None]


def _item(store: Store, resource_type: str, id_: str) -> Item | None:
    try:
        return item_of(store.read(resource_type, id_))
    except NotFound:
        return None
