"""One attempt to deliver one revision of a session to one destination. What it learns goes into the ledger.

Resources that the destination already has as they are now are not sent again, unless a person asked for a new round.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from service.fhirjson import content_hash, encode, read_json
from service.store import Link, Store
from service.sync.ehr import Ehr
from service.sync.outcomes import Accepted, Conflict, Outcome, Unknown
from service.sync.planner import How, Item, Plan, plan_for, profile_of
from service.sync.references import id_in, rewritten, unstamped


@dataclass(slots=True)
class Attempt:
    """The names a destination knows our resources by, filled as they are learnt."""

    store: Store
    ehr: Ehr
    again: bool
    clock: Callable[[], datetime]
    names: dict[str, str] = field(default_factory=dict)
    learnt: list[Link] = field(default_factory=list)

    @property
    def destination(self) -> str:
        return self.ehr.destination.name

    def link(self, item: Item) -> Link | None:
        return self.store.link(self.destination, item.resource_type, item.id)


@dataclass(frozen=True, slots=True)
class Result:
    """``held`` says why a person must act first; ``left_out`` names the types the destination cannot hold."""

    outcome: Outcome
    held: str | None = None
    left_out: tuple[str, ...] = ()
    sent: int = 0


def deliver(store: Store, ehr: Ehr, number: str, again: bool, clock: Callable[[], datetime]) -> Result:
    """Plan by what the server declares, link the patient, send what is new, remember the answers."""
    statement = ehr.capabilities()
    if not isinstance(statement, Accepted):
        return Result(statement)
    items = [_item(row.resource_type, row.id, row.content) for row in store.session_resources(number)]
    plan = plan_for(profile_of(statement.body), items)
    attempt = Attempt(store, ehr, again, clock)
    refusal = _link_patient(attempt, plan)
    if refusal is not None:
        return refusal
    wanted = [pair for pair in plan.items if _is_new(attempt, pair[0])]
    outcome = _send(attempt, plan, wanted) if wanted else Accepted(200)
    if attempt.learnt:
        store.save_links(attempt.learnt, clock())
    return Result(outcome, None, plan.left_out, len(wanted))


def _item(resource_type: str, id_: str, content: bytes) -> Item:
    bare = unstamped(content)
    return Item(resource_type, id_, bare, content_hash(bare))


def _is_new(attempt: Attempt, item: Item) -> bool:
    """A patient record of their own is linked, never overwritten."""
    link = attempt.link(item)
    if link is None:
        return not (item.resource_type == "Patient" and f"Patient/{item.id}" in attempt.names)
    if item.resource_type == "Patient" and link.sent_hash is None:
        return False
    return attempt.again or link.sent_hash != item.content_hash


def _link_patient(attempt: Attempt, plan: Plan) -> Result | None:
    """By identifier: one match is linked, none is created if the destination allows it, several wait for a person."""
    for item, _ in plan.items:
        if item.resource_type != "Patient" or attempt.link(item) is not None:
            continue
        found = _matches(attempt.ehr, item)
        if not isinstance(found, list):
            return Result(found)
        if len(found) > 1:
            return Result(Conflict(412), "more than one patient has this identifier", plan.left_out)
        if not found and not attempt.ehr.destination.create_patients:
            return Result(Conflict(404), "the patient is not known there", plan.left_out)
        if found and found[0] != item.id:
            attempt.names[f"Patient/{item.id}"] = f"Patient/{found[0]}"
            attempt.learnt.append(Link(attempt.destination, "Patient", item.id, found[0], None, None))
    return None


def _matches(ehr: Ehr, item: Item) -> list[str] | Outcome:
    ids: dict[str, None] = {}
    for identifier in read_json(item.content)["identifier"]:
        answer = ehr.search("Patient", identifier["system"], identifier["value"])
        if not isinstance(answer, Accepted):
            return answer
        for entry in _entries(answer.body):
            resource = entry.get("resource", {})
            if resource.get("resourceType") == "Patient" and isinstance(resource.get("id"), str):
                ids[resource["id"]] = None
    return list(ids)


def _send(attempt: Attempt, plan: Plan, wanted: Sequence[tuple[Item, How]]) -> Outcome:
    _know(attempt, plan, wanted)
    return _transaction(attempt, wanted) if plan.transaction else _singly(attempt, wanted)


def _know(attempt: Attempt, plan: Plan, wanted: Sequence[tuple[Item, How]]) -> None:
    """How each resource is referred to there: by their id where they chose it, by urn:uuid within a transaction."""
    sending = {item.id for item, _ in wanted}
    for item, how in plan.items:
        name = f"{item.resource_type}/{item.id}"
        if how == "own-id" and item.resource_type != "Patient":
            continue
        link = attempt.link(item)
        if link is not None and link.their_id != item.id:
            attempt.names[name] = f"{item.resource_type}/{link.their_id}"
        elif how == "conditional" and item.id in sending and plan.transaction:
            attempt.names[name] = f"urn:uuid:{item.id}"


def _transaction(attempt: Attempt, wanted: Sequence[tuple[Item, How]]) -> Outcome:
    entries = b",".join(_entry(attempt, item, how) for item, how in wanted)
    answer = attempt.ehr.transaction(b'{"resourceType":"Bundle","type":"transaction","entry":[' + entries + b"]}")
    if not isinstance(answer, Accepted):
        return answer
    responses = [entry.get("response", {}) for entry in _entries(answer.body)]
    if len(responses) != len(wanted):
        return Unknown("the answer does not match what was sent")
    for (item, _), response in zip(wanted, responses, strict=True):
        _learn(attempt, item, response.get("location"), response.get("etag"))
    return answer


def _entry(attempt: Attempt, item: Item, how: How) -> bytes:
    request = {"method": "PUT", "url": _address(item, how)}
    body = rewritten(item.content, attempt.names, how == "own-id")
    return b'{"fullUrl":"urn:uuid:%b","resource":%b,"request":%b}' % (item.id.encode(), body, encode(request))


def _singly(attempt: Attempt, wanted: Sequence[tuple[Item, How]]) -> Outcome:
    """One write after the other, referenced before referring; what was written stays written."""
    answer: Outcome = Accepted(200)
    for item, how in wanted:
        answer = attempt.ehr.put(_address(item, how), rewritten(item.content, attempt.names, how == "own-id"))
        if not isinstance(answer, Accepted):
            return answer
        their_id = answer.body.get("id") if isinstance(answer.body, dict) else None
        location = answer.location or (f"{item.resource_type}/{their_id}" if their_id else None)
        _learn(attempt, item, location, answer.version)
        if attempt.learnt[-1].their_id != item.id:
            attempt.names[f"{item.resource_type}/{item.id}"] = f"{item.resource_type}/{attempt.learnt[-1].their_id}"
    return answer


def _address(item: Item, how: How) -> str:
    if how == "own-id":
        return f"{item.resource_type}/{item.id}"
    identifier = read_json(item.content)["identifier"][-1]
    return f"{item.resource_type}?identifier={identifier['system']}|{identifier['value']}"


def _learn(attempt: Attempt, item: Item, location: str | None, etag: str | None) -> None:
    found = id_in(location, item.resource_type)
    their_id, version = found or (item.id, None)
    version = version or (etag or "").removeprefix("W/").strip('"') or None
    attempt.learnt.append(Link(attempt.destination, item.resource_type, item.id, their_id, version, item.content_hash))


def _entries(body: Any) -> list[dict[str, Any]]:
    entries = body.get("entry", []) if isinstance(body, dict) else []
    return [entry for entry in entries if isinstance(entry, dict)]
