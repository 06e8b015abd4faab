"""Sending what a plan says: as one transaction, as batches, or one write after the other, referenced before referring.

What is sent is written down before it leaves. An update names the version last seen, so that nobody's edit is lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from service.edges import Edge
from service.fhirjson import encode
from service.sync.answers import is_failure
from service.sync.attempt import Attempt
from service.sync.matching import entries
from service.sync.outcomes import Accepted, Conflict, Outcome, Refused, Unavailable, Unknown
from service.sync.planner import How, Item, Plan
from service.sync.references import Names, query, rewritten
from service.sync.waves import waves

Own = dict[str, str | dict[str, str]]
Wanted = Sequence[tuple[Item, How]]


@dataclass(frozen=True, slots=True)
class Write:
    """``id`` is the id it has there; None where the destination chooses or finds it."""

    item: Item
    method: Literal["PUT", "POST"]
    id: str | None
    version: str | None = None

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
    return Write(item, "PUT", item.id) if how == "own-id" else Write(item, "POST", None)


def write(attempt: Attempt, plan: Plan, wanted: Wanted) -> Outcome:
    """Raises nothing of the network; what was learnt on the way is kept, also when a later write fails.

    After a Conflict, ``attempt.suspects`` are those that may have caused it.
    """
    writes = [write_of(item, how, attempt.their_id(item), attempt.version(item)) for item, how in wanted]
    names = attempt.names(plan)
    attempt.suspects = []
    if plan.transaction:
        return _together(attempt, writes, names)
    return _in_waves(attempt, writes, names) if plan.batch else _singly(attempt, writes, names)


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


def _in_waves(attempt: Attempt, writes: Sequence[Write], names: Own) -> Outcome:
    """The entries of a batch stand alone: what they refer to must be there before."""
    worst: Outcome = Accepted(200)
    for wave in waves(writes, lambda one: one.item.name, lambda one: one.item.content):
        answer = _exchange(attempt, "batch", wave, names)
        responses = _responses(answer) if isinstance(answer, Accepted) else []
        if not isinstance(answer, Accepted) or len(responses) != len(wave):
            lost = Unknown("the answer does not match what was sent") if isinstance(answer, Accepted) else answer
            return _ended(attempt, [one.item for one in wave], lost)
        for one, response in zip(wave, responses, strict=True):
            outcome = _of_entry(attempt, one, response)
            worst = worst if isinstance(outcome, Accepted) or isinstance(worst, Unknown) else outcome
            _rename(attempt, one.item, names)
        attempt.save()
        if not isinstance(worst, Accepted):
            return worst
    return worst


def _of_entry(attempt: Attempt, one: Write, response: dict[str, Any]) -> Outcome:
    status, code = _status(response), _code(response)
    if status < 300 and not is_failure(response.get("outcome")):
        attempt.sent += 1
        return Accepted(status) if _learn(attempt, one, response) else _ended(attempt, [one.item], NOWHERE)
    outcome: Outcome = Refused(status, code)
    if status in (409, 412):
        outcome = Conflict(status, code if code == "multiple-matches" else "conflict")
    elif status >= 500 or status < 300:
        outcome = Unknown(f"answered {status}", status)
    return _ended(attempt, [one.item], outcome)


def _singly(attempt: Attempt, writes: Sequence[Write], names: Own) -> Outcome:
    """What was written stays written; the ids they give are used in what follows."""
    answer: Outcome = Accepted(200)
    for one in writes:
        attempt.intend([one.item])
        answer = _send(attempt, one, rewritten(one.item.content, names, one.id))
        attempt.passing(Edge.ANSWERED)
        if not isinstance(answer, Accepted):
            return _ended(attempt, [one.item], answer)
        if not attempt.learn(one.item, one.id, answer.location, answer.version and f'"{answer.version}"', answer.body):
            return _ended(attempt, [one.item], NOWHERE)
        attempt.sent += 1
        _rename(attempt, one.item, names)
    attempt.save()
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
    return attempt.learn(one.item, one.id, response.get("location"), response.get("etag"), response["resource"])


def _rename(attempt: Attempt, item: Item, names: Own) -> None:
    foreign = attempt.foreign_id(item)
    if foreign is not None:
        names[item.name] = f"{item.resource_type}/{foreign}"


def _status(response: dict[str, Any]) -> int:
    """``201 Created`` → 201; 0 when it says none."""
    text = str(response.get("status", ""))[:3]
    return int(text) if text.isascii() and text.isdigit() else 0


def _code(response: dict[str, Any]) -> str:
    outcome = response.get("outcome")
    issues = outcome.get("issue") if isinstance(outcome, dict) else None
    first = issues[0] if isinstance(issues, list) and issues and isinstance(issues[0], dict) else {}
    code = first.get("code", "")
    return code if isinstance(code, str) and code.isascii() and code.replace("-", "").isalpha() else ""


def _placeholder(one: Write) -> str:
    return f"urn:uuid:{one.item.id}"


def _entry(base_url: str, one: Write, names: Names) -> bytes:
    url = _placeholder(one) if one.id is None else f"{base_url}/{one.url}"
    request = {"method": one.method, "url": one.url}
    if one.version is not None:
        request["ifMatch"] = f'W/"{one.version}"'
    body = rewritten(one.item.content, names, one.id)
    return b'{"fullUrl":%b,"resource":%b,"request":%b}' % (encode(url), body, encode(request))


def _send(attempt: Attempt, one: Write, body: bytes) -> Outcome:
    kind = one.item.resource_type
    if one.id is not None:
        return attempt.ehr.put(kind, one.id, body, one.version)
    if one.method == "POST" or one.item.own_identifier is None:
        return attempt.ehr.create(kind, body)
    return attempt.ehr.put_where(kind, *one.item.own_identifier, body)
