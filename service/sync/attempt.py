"""What one attempt knows and learns: the session's resources, and what the destination calls them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from service.fhirjson import content_hash
from service.store import Link, Store, Stored
from service.sync.answers import version_in
from service.sync.ehr import Ehr
from service.sync.outcomes import Outcome
from service.sync.planner import Item
from service.sync.references import id_in, unstamped


@dataclass(frozen=True, slots=True)
class Result:
    """``note`` says in words what a person should know; it holds no values of a patient."""

    outcome: Outcome
    note: str = ""
    types_left_out: tuple[str, ...] = ()
    sent: int = 0


@dataclass(slots=True)
class Attempt:
    """The ledger of one destination, read once per resource and written once at the end.

    ``again`` sends what is there already too. In a link, ``sent_hash`` is None for a patient record of their own, and
    empty for what this service made there without knowing how it ended.
    """

    store: Store
    ehr: Ehr
    again: bool
    clock: Callable[[], datetime]
    _links: dict[str, Link | None] = field(default_factory=dict)
    _learnt: list[Link] = field(default_factory=list)

    def link(self, item: Item) -> Link | None:
        if item.name not in self._links:
            self._links[item.name] = self.store.link(self.ehr.destination.name, item.resource_type, item.id)
        return self._links[item.name]

    def foreign_id(self, item: Item) -> str | None:
        """Their id for it, where it is not ours."""
        link = self.link(item)
        return None if link is None or link.their_id == item.id else link.their_id

    def is_new(self, item: Item) -> bool:
        """Not sent as it is now. A patient record of their own is referred to, never overwritten."""
        link = self.link(item)
        if link is None:
            return True
        return link.sent_hash is not None and (self.again or link.sent_hash != item.content_hash)

    def found(self, item: Item, their_id: str, ours: bool) -> None:
        """Something with one of its identifiers is there."""
        self._remember(item, their_id, None, "" if ours else None)

    def found_at(self, item: Item, location: Any) -> bool:
        """What a conditional create found there, and left as it was. False when the answer does not say where."""
        found = id_in(location, item.resource_type)
        if found is not None:
            self._remember(item, found[0], found[1], "")
        return found is not None

    def learn(self, item: Item, sent_to: str | None, location: Any, etag: Any) -> bool:
        """It was written: where, and as which version. False when the answer does not say where."""
        id_, version = id_in(location, item.resource_type) or (sent_to, None)
        if id_ is not None:
            self._remember(item, id_, version or version_in(etag), item.content_hash)
        return id_ is not None

    def save(self) -> None:
        if self._learnt:
            self.store.save_links(self._learnt, self.clock())
            self._learnt = []

    def _remember(self, item: Item, their_id: str, version: str | None, sent: str | None) -> None:
        link = Link(self.ehr.destination.name, item.resource_type, item.id, their_id, version, sent)
        self._links[item.name] = link
        self._learnt.append(link)


def item_of(row: Stored) -> Item:
    """A stored resource, made ready to be sent."""
    bare = unstamped(row.content)
    return Item(row.resource_type, row.id, bare, content_hash(bare))
