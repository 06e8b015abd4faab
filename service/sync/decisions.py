"""What people see of deliveries, and decide about them: to send again, to give up, to keep theirs or to send ours.

Answers are plain values, ready to be written as JSON. Every decision leaves a row of who, what and why.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any, Literal

from service.errors import Conflict, NotFound, Rejected, Unavailable
from service.fhirjson import encode, read_json
from service.store import Act, Delivery, Link, Revision, Store
from service.store.rows import STOPPED
from service.sync.attempt import is_open, item_of
from service.sync.destinations import Destination
from service.sync.ehrs import Lend, once
from service.sync.elsewhere import names_there
from service.sync.fidelity import nearest, read_back, report
from service.sync.job import now
from service.sync.reconcile import found_in, statement, words
from service.sync.references import rewritten

Mapped = Literal["then", "now"]
MOST = 1000
MOST_LINES = 200_000_000  # bytes: our own words, however many sessions there are


class Decisions:
    """Raises NotFound for a destination that is not in the file, or a session that is not on its way there."""

    def __init__(
        self,
        store: Store,
        destinations: Sequence[Destination],
        remap: Callable[[Sequence[Revision]], Sequence[Revision]],
        clock: Callable[[], datetime] = now,
        lend: Lend = once,
    ) -> None:
        self._store, self._remap, self._clock, self._lend = store, remap, clock, lend
        self._destinations = {destination.name: destination for destination in destinations}

    def list(self, name: str, states: Sequence[str] = STOPPED, limit: int = MOST) -> list[dict[str, Any]]:
        """Deliveries in these states; of each session the latest revision comes first."""
        self._named(name)
        return [_words(one) for one in self._store.deliveries(destination=name, states=states, limit=limit)]

    def show(self, name: str, number: str) -> dict[str, Any]:
        """One session there: the delivery, every attempt, every resource, and both sides of every edit."""
        delivery = self._latest(name, number)
        links = self._store.session_links(name, number)
        return {
            **_words(delivery),
            "history": [_attempt(one) for one in self._store.attempts(name, number)],
            "decisions": [
                {"at": act.at, "who": act.who, "act": act.act, "revision": act.revision, "reason": act.reason}
                for act in self._store.acts(number)
                if act.destination == name
            ],
            "resources": [_resource(link) for link in links],
            "conflicts": self._edits(name, number, links),
        }

    def edits(self, name: str, number: str) -> Sequence[dict[str, Any]]:
        """Both sides of what was changed there, and nobody decided about."""
        return self._edits(self._named(name).name, number, self._store.session_links(name, number))

    def replay(self, name: str, number: str, mapped: Mapped, who: str, reason: str = "") -> dict[str, Any]:
        """Send again what was mapped then, or what would be mapped now; the delivery says which."""
        delivery = self._latest(name, number)
        if mapped == "now":
            (revision,) = self._remap([self._store.revision(number)])
            if revision.state != "published":
                raise Rejected("as it would be mapped now, the session cannot be published", code="business-rule")
        act = self._act(name, delivery, who, f"replay {mapped}", reason)
        return _words(self._store.redeliver(name, number, self._clock(), act, mapped))

    def purge(self, name: str, number: str, who: str, reason: str) -> dict[str, Any]:
        """Give up what stopped; what is there stays there, and so does the record of it here."""
        if not reason.strip():
            raise Rejected("a reason is needed", "reason", code="required")
        delivery = self._latest(name, number)
        self._store.purge(self._act(name, delivery, who, "purge", reason), self._clock())
        return _words(self._latest(name, number))

    def keep_theirs(self, name: str, number: str, resource: str | None, who: str, reason: str = "") -> dict[str, Any]:
        """What was changed there stands, until the session is revised again."""
        return self._decide(name, number, resource, who, "keep theirs", reason)

    def send_ours(self, name: str, number: str, resource: str | None, who: str, reason: str = "") -> dict[str, Any]:
        """Ours takes the place of what was shown; of what was changed there since, it does not."""
        return self._decide(name, number, resource, who, "send ours", reason)

    def statement(self, name: str, who: str) -> dict[str, Any]:
        """Accounts for every session there, by looking; it is kept. Raises Unavailable when it cannot be looked up."""
        began = self._clock()
        with self._lend(self._named(name)) as ehr:
            lines = statement(self._store, ehr)
        self._store.statements.save(name, who, began, found_in(lines), self._clock())
        if not isinstance(lines, list):
            raise Unavailable("the destination does not answer as it must for a statement")
        return {"destination": name, "at": self._clock(), **words(lines)}

    def statements(self, name: str, limit: int) -> Sequence[dict[str, Any]]:
        """Those that are kept, newest first, without their lines."""
        self._named(name)
        return [asdict(one) for one in self._store.statements.listed(name, limit)]

    def kept_statement(self, name: str, id_: int) -> dict[str, Any]:
        """With a line for each session that is not plainly delivered. Raises NotFound."""
        self._named(name)
        head, lines = self._store.statements.one(name, id_)
        return {**asdict(head), "sessions": read_json(lines, max_bytes=MOST_LINES)}

    def fidelity(self, name: str, number: str) -> dict[str, Any]:
        """Reads back what was delivered, and keeps what was found. Raises Unavailable when it cannot be read."""
        delivery = self._latest(name, number)
        with self._lend(self._named(name)) as ehr:
            readings = read_back(self._store, ehr, number)
        if not isinstance(readings, list):
            raise Unavailable("the destination does not answer as it must for a report")
        head = {"destination": name, "number": number, "revision": delivery.revision, "read_at": self._clock()}
        found = {**head, **report(readings)}
        self._store.save_report(name, number, delivery.revision, encode(found), self._clock())
        return found

    def _decide(self, name: str, number: str, resource: str | None, who: str, act: str, reason: str) -> dict[str, Any]:
        delivery = self._latest(name, number)
        ours = {item.name: item.content_hash for item in map(item_of, self._store.session_resources(number))}
        waiting = [link for link in self._store.session_links(name, number) if _is_undecided(link)]
        chosen = [link for link in waiting if resource in (None, link.name)]
        if not chosen:
            raise Conflict("nothing of this session waits for a decision there")
        decided = [_kept(link, ours[link.name]) if act == "keep theirs" else _sent(link) for link in chosen]
        self._store.save_links(decided, self._clock())
        found = self._act(name, delivery, who, act, f"{reason} ({', '.join(link.name for link in chosen)})".strip())
        answer = _words(self._store.redeliver(name, number, self._clock(), found, delivery.mapped, again=False))
        self._free(name, number)
        return answer

    def _free(self, name: str, number: str) -> None:
        """Other sessions that waited for the same decision, about something they share."""
        for one in self._store.deliveries(destination=name, states=("conflict",), limit=MOST):
            links = self._store.session_links(name, one.number)
            if one.number != number and not any(_is_undecided(link) for link in links):
                self._store.redeliver(name, one.number, self._clock(), again=False)

    def _edits(self, name: str, number: str, links: Sequence[Link]) -> Sequence[dict[str, Any]]:
        return [self._both_sides(name, number, link) for link in links if link.state == "conflict"]

    def _both_sides(self, name: str, number: str, link: Link) -> dict[str, Any]:
        theirs = read_json(link.theirs or b"{}")
        found, ours = nearest(self._as_sent(name, number, link), theirs, self._named(name).base_url)
        return {
            "resource": link.name,
            "their_id": link.their_id,
            "their_version": link.their_version,
            "code": link.code,
            "ours": ours,
            "theirs": theirs,
            "differences": [
                {"path": one.path, "kind": one.kind, "ours": one.ours, "theirs": one.theirs} for one in found
            ],
        }

    def _as_sent(self, name: str, number: str, link: Link) -> Sequence[Any]:
        """Ours, with the ids and references that it has there, or had."""
        items = [item_of(row) for row in self._store.session_resources(number)]
        ours = next(item for item in items if item.name == link.name)
        every = names_there(self._store, name, items)
        return [read_json(rewritten(ours.content, names, link.their_id)) for names in every]

    def _act(self, name: str, delivery: Delivery, who: str, act: str, reason: str) -> Act:
        return Act(self._clock(), who, act, name, delivery.number, delivery.revision, reason)

    def _latest(self, name: str, number: str) -> Delivery:
        self._named(name)
        found = self._store.deliveries(number=number, destination=name, limit=1)
        if not found:
            raise NotFound("no delivery of this session to this destination")
        return found[0]

    def _named(self, name: str) -> Destination:
        if name not in self._destinations:
            raise NotFound("no such destination")
        return self._destinations[name]


def _is_undecided(link: Link) -> bool:
    return link.state == "conflict" or (link.state == "held" and is_open(link))


def _kept(link: Link, ours: str) -> Link:
    return replace(link, state="kept", sent_hash=ours, intent_hash=None, intent_at=None, code=None, theirs=None)


def _sent(link: Link) -> Link:
    """To be sent in the place of the version that was shown; what was deleted there, or never seen, is made anew."""
    there = link.code != "deleted"
    return replace(
        link,
        state="pending",
        their_id=link.their_id if there else None,
        their_version=link.their_version if there else None,
        sent_hash="" if there and link.their_id is not None else None,
        intent_hash=None,
        intent_at=None,
        code=None,
        theirs=None,
    )


def _words(delivery: Delivery) -> dict[str, Any]:
    names = ("destination", "number", "revision", "round", "state", "attempts", "code", "detail")
    times = ("since", "next_attempt_at", "updated_at", "mapped")
    return {name: getattr(delivery, name) for name in (*names, *times)}


def _attempt(one: Any) -> dict[str, Any]:
    names = ("revision", "round", "nth", "began_at", "ended_at", "state", "code", "detail", "sent")
    return {name: getattr(one, name) for name in names}


def _resource(link: Link) -> dict[str, Any]:
    names = ("state", "their_id", "their_version", "code")
    return {"resource": link.name, **{name: getattr(link, name) for name in names}}
