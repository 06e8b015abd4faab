"""The statement: accounts for every session at one destination, by looking there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from service.fhirjson import encode, read_json
from service.store import Delivery, Link, SessionRow, Store
from service.store.statements import Found
from service.sync.attempt import item_of
from service.sync.ehr import Ehr
from service.sync.matching import entries, identifiers_of
from service.sync.outcomes import Accepted, Outcome, Refused, problem_of
from service.sync.planner import Item
from service.sync.references import token

AT_ONCE = 20  # identifiers in one search: an address has a longest length
PAGE = 200
STANDS = {"held": "held", "conflict": "conflict", "dead": "dead", "purged": "purged", "delivered": "delivered"}


@dataclass(frozen=True, slots=True)
class Line:
    """How one session stands there."""

    number: str
    revision: int
    state: str
    retracted: bool
    detail: str | None = None
    missing: tuple[str, ...] = ()
    duplicated: tuple[str, ...] = ()

    @property
    def is_plain(self) -> bool:
        """Delivered, and nothing more to say."""
        return self.state == "delivered" and not self.retracted


def goes_on(_outcome: Outcome | None) -> bool:
    """After each session without a rest; what was not answered is not asked again."""
    return _outcome is None


def statement(store: Store, ehr: Ehr, rest: Callable[[Outcome | None], bool] = goes_on) -> list[Line] | Outcome:
    """Of every session; or what was answered when it could not be looked up.

    ``rest`` is called after each session, or with what was answered in its place: True is to go on, or to ask again.
    """
    lines: list[Line] = []
    for session in _sessions(store):
        while not isinstance(line := _line(store, ehr, session), Line):
            if not rest(line):
                return line
        lines.append(line)
        rest(None)
    return lines


def found_in(lines: list[Line] | Outcome) -> Found:
    """What is kept of it: counts, and the sessions that are not plainly delivered."""
    if not isinstance(lines, list):
        return Found("unreachable", problem_of(lines))
    said = words(lines)
    kept = [one for one, line in zip(said["sessions"], lines, strict=True) if not line.is_plain]
    return Found("complete", None, said["counts"], said["retracted"], encode(kept))


def _line(store: Store, ehr: Ehr, session: SessionRow) -> Line | Outcome:
    number = session.number
    revision = store.revision(number)
    retracted = read_json(revision.content).get("status") == "entered-in-error"
    found = store.deliveries(number=number, destination=ehr.destination.name, limit=1)
    if session.state != "published":  # what is there, if anything, is older than what the clinic says
        before = f"revision {found[0].revision} before it: {found[0].state}" if found else None
        return Line(number, revision.revision, "unpublished", retracted, before)
    if not found:
        return Line(number, revision.revision, "not-sent", retracted)
    delivery: Delivery = found[0]
    state = STANDS.get(delivery.state, "pending")
    if state != "delivered":
        return Line(number, delivery.revision, state, retracted, delivery.detail)
    copies = _copies(store, ehr, number)
    if not isinstance(copies, dict):
        return copies
    missing = tuple(name for name, count in copies.items() if count == 0)
    twice = tuple(name for name, count in copies.items() if count > 1)
    state = "duplicated" if twice else "missing" if missing else "delivered"
    return Line(number, delivery.revision, state, retracted, delivery.detail, missing, twice)


def _copies(store: Store, ehr: Ehr, number: str) -> dict[str, int] | Outcome:
    """How often each resource that the ledger says is there is there."""
    links = {link.name: link for link in store.session_links(ehr.destination.name, number) if link.their_id is not None}
    items = [item for item in map(item_of, store.session_resources(number)) if item.name in links]
    counts: dict[str, int] = {}
    for kind in dict.fromkeys(item.resource_type for item in items):
        some = [item for item in items if item.resource_type == kind]
        for few in (some[start : start + AT_ONCE] for start in range(0, len(some), AT_ONCE)):
            found = _searched(ehr, few) or _read(ehr, few, links)
            if not isinstance(found, dict):
                return found
            counts |= found
    return counts


def _searched(ehr: Ehr, items: Sequence[Item]) -> dict[str, int] | None:
    """None where a search by our identifiers is not to be had, or not to be trusted."""
    wanted = {item.own_identifier: item.name for item in items}
    tokens = [token(*own) for own in wanted if own is not None]
    if None in wanted or not tokens:
        return None
    answer = ehr.find(items[0].resource_type, identifier=",".join(tokens), _count="500")
    if not isinstance(answer, Accepted):
        return None
    found: Counter[str] = Counter({item.name: 0 for item in items})
    for entry in entries(answer.body):
        resource = entry.get("resource")
        if not isinstance(resource, dict) or resource.get("resourceType") != items[0].resource_type:
            continue
        ours = [wanted[pair] for pair in identifiers_of(resource) if pair in wanted]
        if not ours:
            return None
        found.update(dict.fromkeys(ours, 1))
    return dict(found) if all(found.values()) else None  # what a search does not show may be there all the same


def _read(ehr: Ehr, items: Sequence[Item], links: dict[str, Link]) -> dict[str, int] | Outcome:
    found: dict[str, int] = {}
    for item in items:
        answer = ehr.read(item.resource_type, str(links[item.name].their_id))
        if isinstance(answer, Accepted):
            found[item.name] = 1
        elif isinstance(answer, Refused) and answer.status in (404, 410):
            found[item.name] = 0
        else:
            return answer
    return found


def _sessions(store: Store) -> Iterator[SessionRow]:
    after = None
    while rows := store.sessions(after, PAGE):
        yield from rows
        after = rows[-1].number


def words(lines: Sequence[Line]) -> dict[str, Any]:
    """Counts, and a line for each session."""
    names = ("number", "revision", "state", "retracted", "detail", "missing", "duplicated")
    return {
        "counts": dict(Counter(line.state for line in lines)),
        "retracted": sum(line.retracted for line in lines),
        "sessions": [{name: getattr(line, name) for name in names} for line in lines],
    }
