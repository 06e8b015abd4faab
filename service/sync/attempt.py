"""What one attempt knows and learns: the session's resources, and where each stands with the destination.

The ledger is read once at the start. It is written before a request leaves (``intend``) and after its answer, so that
whoever comes after a crash knows what may be there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import uuid4

from service.edges import Edge, Passing, passes
from service.fhirjson import content_hash, encode
from service.store import Link, Store, Stored
from service.sync.answers import version_in
from service.sync.compare import hash_of, version_of
from service.sync.ehr import Ehr
from service.sync.outcomes import Outcome
from service.sync.planner import Item, Plan
from service.sync.references import id_in, unstamped

# Sent, or about to be, and nobody knows how it ended
OPEN = ("in-flight", "unknown")


@dataclass(frozen=True, slots=True)
class Result:
    """``note`` says in words what a person should know; it holds no values of a patient."""

    outcome: Outcome
    note: str = ""
    types_left_out: tuple[str, ...] = ()
    sent: int = 0


@dataclass(slots=True)
class Attempt:
    """The ledger of one destination, as far as one session needs it.

    ``again`` looks at what is there already too; ``elsewhere`` is what the session refers to in others; ``owner`` holds
    its turns. In a link, ``sent_hash`` is None for a patient record of their own, and empty for what this service made
    there without knowing its content.
    """

    store: Store
    ehr: Ehr
    again: bool
    clock: Callable[[], datetime]
    passing: Passing = passes
    elsewhere: Sequence[Item] = ()
    owner: str = field(default_factory=lambda: uuid4().hex)
    sent: int = 0
    suspects: list[Item] = field(default_factory=list)
    _links: dict[str, Link | None] = field(default_factory=dict)
    _learnt: dict[str, Link] = field(default_factory=dict)

    def load(self, items: Sequence[Item], elsewhere: Sequence[Item] = ()) -> None:
        """All at once."""
        items, self.elsewhere = [*items, *elsewhere], elsewhere
        found = self.store.links(self.ehr.destination.name, [(item.resource_type, item.id) for item in items])
        self._links = {**{item.name: None for item in items}, **{link.name: link for link in found}}

    def link(self, item: Item) -> Link | None:
        if item.name not in self._links:
            self._links[item.name] = self.store.link(self.ehr.destination.name, item.resource_type, item.id)
        return self._links[item.name]

    def ask_again(self, item: Item) -> None:
        """What another attempt has learnt meanwhile."""
        self._links[item.name] = self.store.link(self.ehr.destination.name, item.resource_type, item.id)

    def their_id(self, item: Item) -> str | None:
        link = self.link(item)
        return None if link is None else link.their_id

    def foreign_id(self, item: Item) -> str | None:
        """Their id for it, where it is not ours."""
        return None if self.their_id(item) == item.id else self.their_id(item)

    def is_theirs(self, item: Item) -> bool:
        """A record of their own, that ours only refers to."""
        link = self.link(item)
        return link is not None and link.their_id is not None and link.sent_hash is None and not is_open(link)

    def is_open(self, item: Item) -> bool:
        return is_open(self.link(item))

    def is_new(self, item: Item) -> bool:
        """Not there as it is now. A record of their own is referred to, never overwritten; a conflict waits."""
        link = self.link(item)
        if link is None or link.their_id is None or is_open(link):
            return True
        return link.sent_hash is not None and link.state != "conflict" and link.sent_hash != item.content_hash

    def version(self, item: Item) -> str | None:
        """The one last seen there."""
        link = self.link(item)
        return None if link is None else link.their_version

    def names(self, plan: Plan) -> dict[str, str | dict[str, str]]:
        """What references must say there: their ids where they chose them, an identifier for what they do not hold."""
        not_sent = (*plan.left_out, *self.elsewhere)
        names = by_identifier(item for item in not_sent if self.their_id(item) is None)
        for item in (*(item for item, _ in plan.items), *not_sent):
            foreign = self.foreign_id(item)
            if foreign is not None:
                names[item.name] = f"{item.resource_type}/{foreign}"
        return names

    # before a request leaves

    def intend(self, items: Sequence[Item]) -> None:
        """Kept before anything is sent: whatever happens, these may be there afterwards."""
        at = self.clock()
        for item in items:
            self._remember(item, state="in-flight", intent_hash=item.content_hash, intent_at=at, code=None)
        self.save()
        self.passing(Edge.INTENDED)

    # after its answer

    def found(self, item: Item, their_id: str, ours: bool) -> None:
        """Something with one of its identifiers is there."""
        self._remember(
            item,
            their_id=their_id,
            their_version=None,
            sent_hash="" if ours else None,
            answered_hash=None,
            state="delivered",
            intent_hash=None,
            code=None,
            theirs=None,
        )

    def found_at(self, item: Item, location: Any) -> bool:
        """What a conditional create found there, and left as it was. False when the answer does not say where."""
        found = id_in(location, item.resource_type)
        if found is not None:
            self.found(item, found[0], ours=True)
        return found is not None

    def learn(self, item: Item, sent_to: str | None, location: Any, etag: Any, body: Any = None) -> bool:
        """It was written: where, and as which version. False when the answer does not say where."""
        whole = body if isinstance(body, dict) and body.get("resourceType") == item.resource_type else {}
        own_id = whole.get("id") if isinstance(whole.get("id"), str) else None
        id_, version = id_in(location, item.resource_type) or (sent_to or own_id, None)
        if id_ is not None:
            self.arrived(item, id_, version or version_in(etag) or version_of(whole), whole)
        return id_ is not None

    def arrived(self, item: Item, their_id: str, version: str | None, theirs: dict[str, Any]) -> None:
        """What was intended is there; ``theirs`` is empty where the answer did not show it."""
        self._remember(
            item,
            state="delivered",
            their_id=their_id,
            their_version=version,
            sent_hash=item.content_hash,
            answered_hash=hash_of(theirs) if theirs else None,
            intent_hash=None,
            intent_at=None,
            code=None,
            theirs=None,
        )

    def seen(self, item: Item, theirs: dict[str, Any]) -> None:
        """As we left it, under this version: the next write may name it."""
        version, answered = version_of(theirs), hash_of(theirs)
        self._remember(item, state="pending", their_version=version, answered_hash=answered, intent_hash=None)

    def nothing_applied(self, items: Iterable[Item]) -> None:
        for item in items:
            self._remember(item, state="pending", intent_hash=None, intent_at=None)

    def forget_sent(self, items: Iterable[Item]) -> None:
        """As if their content were not known: they are sent again."""
        for item in items:
            link = self.link(item)
            if link is not None and link.sent_hash is not None:
                self._remember(item, sent_hash="")

    def lost(self, items: Iterable[Item]) -> None:
        """Nobody knows whether these were applied."""
        for item in items:
            self._remember(item, state="unknown", code="timeout")

    def conflicts(self, item: Item, theirs: dict[str, Any], code: str = "conflict") -> None:
        """Somebody else wrote there: theirs is kept, here too, for a person to see beside ours."""
        version = version_of(theirs) or self.version(item)
        kept = {"theirs": encode(theirs), "answered_hash": hash_of(theirs), "their_version": version}
        self._remember(item, state="conflict", code=code, intent_hash=item.content_hash, **kept)

    def missing(self, item: Item) -> None:
        """It is not there, and never was or no longer is: to be made anew."""
        nowhere = {"their_id": None, "their_version": None, "sent_hash": None, "answered_hash": None}
        self._remember(item, state="pending", intent_hash=None, intent_at=None, **nowhere)

    def stops(self, items: Iterable[Item], state: str, code: str) -> None:
        """Held or dead: nothing more happens to these by themselves."""
        for item in items:
            self._remember(item, state=state, code=code, intent_hash=None)

    def undecided(self, item: Item, code: str) -> None:
        """It may be there, and cannot be looked up: a person decides before it is sent again."""
        self._remember(item, state="held", code=code)

    def save(self) -> None:
        if self._learnt:
            self.store.save_links(list(self._learnt.values()), self.clock())
            self._learnt = {}

    def in_conflict(self, items: Iterable[Item]) -> list[Item]:
        """Those of which ours, as it is now, waits for a person."""
        return [item for item in items if (link := self.link(item)) is not None and link.state == "conflict"]

    def _remember(self, item: Item, **changes: Any) -> None:
        known = self.link(item) or Link(self.ehr.destination.name, item.resource_type, item.id, None, None, None)
        self._links[item.name] = self._learnt[item.name] = replace(known, **changes)


def by_identifier(items: Iterable[Item]) -> dict[str, str | dict[str, str]]:
    """What a reference says to something that is not there."""
    found = ((item.name, item.own_identifier) for item in items)
    return {name: {"system": own[0], "value": own[1]} for name, own in found if own is not None}


def is_open(link: Link | None) -> bool:
    """It may be there: to be looked up before it is sent again."""
    return link is not None and (link.state in OPEN or (link.state == "held" and link.intent_hash is not None))


def item_of(row: Stored) -> Item:
    """A stored resource, made ready to be sent."""
    bare = unstamped(row.content)
    return Item(row.resource_type, row.id, bare, content_hash(bare))
