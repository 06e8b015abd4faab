"""Sending what a plan says: as one transaction, as batches, or one write after the other, referenced before referring.

What is sent is written down before it leaves. An update names the version last seen, so that nobody's edit is lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from service.edges import Edge
from service.fhirjson import encode
from service.sync.answers import outcome_of
from service.sync.attempt import Attempt
from service.sync.matching import entries
from service.sync.outcomes import Accepted, Conflict, Outcome, Refused, Unavailable, Unknown
from service.sync.planner import How, Item, Plan
from service.sync.references import Names, query, rewritten
from service.sync.rungs import cut

Own = dict[str, str | dict[str, str]]
Wanted = Sequence[tuple[Item, How]]


@dataclass(frozen=True, slots=True)
class Write:
    """``id`` is the id it has there; None where the destination chooses or finds it.

    ``version`` is the one it replaces, and no other. ``unless_there``: where something with our identifier is there,
    nothing is written, and the answer says which it is.
    """

    item: Item
    method: Literal["PUT", "POST"]
    id: str | None
    version: str | None = None
    unless_there: bool = False

    @property
    def conditional(self) -> bool:
        return self.unless_there or "?" in self.url

    @property
    def condition(self) -> str | None:
        """As If-None-Exist has it."""
        return query(*self.item.own_identifier) if self.unless_there and self.item.own_identifier else None

    @property
    def url(self) -> str:
        """Relative to the base, as a Bundle's entry has it."""
        if self.id is not None:
            return f"{self.item.resource_type}/{self.id}"
        if self.method == "POST" or self.item.own_identifier is None:
            return self.item.resource_type
        return f"{self.item.resource_type}?{query(*self.item.own_identifier)}"


def write_of(item: Item, how: How, their_id: str | None, version: str | None) -> Write:
    """Under the id it already has there, if any: an identity is never made twice."""
    if their_id is not None:
        return Write(item, "PUT", their_id, version)
    if how == "conditional":
        return Write(item, "PUT", None)
    if how == "own-id":
        return Write(item, "PUT", item.id)
    return Write(item, "POST", None, unless_there=how == "conditional-create")


def pieces(attempt: Attempt, plan: Plan, wanted: Wanted) -> list[list[Write]]:
    """What is sent together. What one piece makes there, later ones refer to."""
    return cut(plan, [write_of(item, how, attempt.their_id(item), attempt.version(item)) for item, how in wanted])


def write(attempt: Attempt, plan: Plan, wanted: Wanted) -> Outcome:
    """Raises nothing of the network; what was learnt on the way is kept, also when a later write fails.

    After a Conflict, ``attempt.suspects`` are those that may have caused it.
    """
    names = attempt.names(plan)
    attempt.suspects = []
    send = {"transaction": _together, "batch": _side_by_side, "single": _singly}[plan.way]
    for piece in pieces(attempt, plan, wanted):
        outcome = send(attempt, piece, names)
        for one in piece:
            _rename(attempt, one.item, names)
        if not isinstance(outcome, Accepted):
            return outcome
        attempt.save()
    return Accepted(200)


def _together(attempt: Attempt, writes: Sequence[Write], names: Own) -> Outcome:
    """All or nothing. Where the server finds or gives the id, a placeholder stands that it resolves."""
    every = {**names, **{one.item.name: _placeholder(one) for one in writes if one.id is None}}
    items = [one.item for one in writes]
    answer = _exchange(attempt, "transaction", writes, every)
    if not isinstance(answer, Accepted):
        return _ended(attempt, items, answer)
    responses = _responses(answer)
    if len(responses) != len(writes):
        return _ended(attempt, items, Unknown("the answer does not match what was sent"))
    failed = [status for response in responses if (status := _status(response)) >= 300]
    if failed:  # a transaction is all or nothing; this server's was not, and what it kept is found again later
        attempt.lost(items)
        return Refused(failed[0]) if failed[0] < 500 else Unavailable(failed[0])
    told = [_learn(attempt, one, response) for one, response in zip(writes, responses, strict=True)]
    attempt.sent += len(writes)
    if not all(told):
        return _ended(attempt, [i for i, known in zip(items, told, strict=True) if not known], NOWHERE)
    return answer


NOWHERE = Unknown("the answer does not say where")


def _side_by_side(attempt: Attempt, writes: Sequence[Write], names: Own) -> Outcome:
    """A batch: each of its entries stands alone, and what was written stays written. The worst is told."""
    answer = _exchange(attempt, "batch", writes, names)
    responses = _responses(answer) if isinstance(answer, Accepted) else []
    if not isinstance(answer, Accepted) or len(responses) != len(writes):
        lost = Unknown("the answer does not match what was sent") if isinstance(answer, Accepted) else answer
        return _ended(attempt, [one.item for one in writes], lost)
    worst: Outcome = Accepted(200)
    for one, response in zip(writes, responses, strict=True):
        outcome = _of_entry(attempt, one, response)
        worst = worst if isinstance(outcome, Accepted) or isinstance(worst, Unknown) else outcome
    attempt.save()
    return worst


def _of_entry(attempt: Attempt, one: Write, response: dict[str, Any]) -> Outcome:
    told = response.get("outcome")
    body = encode(told) if isinstance(told, dict) else b""
    found = outcome_of(_status(response), {}, body, one.method, attempt.clock())
    if not _status(response):
        found = Unknown("the answer does not say what became of an entry")
    if isinstance(found, Accepted) and not _learn(attempt, one, response):
        found = NOWHERE
    if not isinstance(found, Accepted):
        return _ended(attempt, [one.item], found)
    attempt.sent += 1
    return found


def _singly(attempt: Attempt, writes: Sequence[Write], names: Own) -> Outcome:
    """One after the other; what was written stays written."""
    answer: Outcome = Accepted(200)
    for one in writes:
        attempt.intend([one.item])
        answer = _send(attempt, one, rewritten(one.item.content, names, one.id))
        attempt.passing(Edge.ANSWERED)
        if not isinstance(answer, Accepted):
            return _ended(attempt, [one.item], answer)
        response = {"status": str(answer.status), "location": answer.location, "resource": answer.body}
        if not _learn(attempt, one, {**response, "etag": answer.version and f'"{answer.version}"'}):
            return _ended(attempt, [one.item], NOWHERE)
        attempt.sent += 1
    return answer


def _ended(attempt: Attempt, items: Sequence[Item], outcome: Outcome) -> Outcome:
    """What the ledger says of writes that were not accepted."""
    if isinstance(outcome, Unknown):
        attempt.lost(items)
    elif isinstance(outcome, Refused):
        attempt.stops(items, "dead", outcome.code or "processing")
    else:
        attempt.nothing_applied(items)
    if isinstance(outcome, Conflict):
        attempt.suspects += items
    attempt.save()
    if isinstance(outcome, Unknown):
        attempt.passing(Edge.LEFT_OPEN)
    return outcome


def _exchange(attempt: Attempt, kind: str, writes: Sequence[Write], names: Names) -> Outcome:
    attempt.intend([one.item for one in writes])
    body = b",".join(_entry(attempt.ehr.destination.base_url, one, names) for one in writes)
    answer = attempt.ehr.bundle(b'{"resourceType":"Bundle","type":%b,"entry":[%b]}' % (encode(kind), body))
    attempt.passing(Edge.ANSWERED)
    return answer


def _responses(answer: Accepted) -> list[dict[str, Any]]:
    found = entries(answer.body)
    return [
        {**response, "resource": entry.get("resource")}
        for entry in found
        if isinstance(response := entry.get("response"), dict)
    ]


def _learn(attempt: Attempt, one: Write, response: dict[str, Any]) -> bool:
    """From an answer. A conditional create that is not 201 found it there, and wrote nothing."""
    location, body = response.get("location"), response.get("resource")
    if one.unless_there and _status(response) == 200:
        id_ = body.get("id") if isinstance(body, dict) else None
        return attempt.found_at(one.item, location or f"{one.item.resource_type}/{id_}")
    return attempt.learn(one.item, one.id, location, response.get("etag"), body)


def _rename(attempt: Attempt, item: Item, names: Own) -> None:
    foreign = attempt.foreign_id(item)
    if foreign is not None:
        names[item.name] = f"{item.resource_type}/{foreign}"


def _status(response: dict[str, Any]) -> int:
    """``201 Created`` → 201; 0 when it says none."""
    text = str(response.get("status", ""))[:3]
    return int(text) if text.isascii() and text.isdigit() else 0


def _placeholder(one: Write) -> str:
    return f"urn:uuid:{one.item.id}"


def _entry(base_url: str, one: Write, names: Names) -> bytes:
    url = _placeholder(one) if one.id is None else f"{base_url}/{one.url}"
    request = {"method": one.method, "url": one.url}
    if one.version is not None:
        request["ifMatch"] = f'W/"{one.version}"'
    if one.condition is not None:
        request["ifNoneExist"] = one.condition
    body = rewritten(one.item.content, names, one.id)
    return b'{"fullUrl":%b,"resource":%b,"request":%b}' % (encode(url), body, encode(request))


def _send(attempt: Attempt, one: Write, body: bytes) -> Outcome:
    kind = one.item.resource_type
    if one.id is not None:
        return attempt.ehr.put(kind, one.id, body, one.version)
    if one.method == "POST" or one.item.own_identifier is None:
        return attempt.ehr.create(kind, body, one.condition)
    return attempt.ehr.put_where(kind, *one.item.own_identifier, body)
