"""Sending what a plan says: as one transaction, or one write after the other, referenced before referring."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from service.fhirjson import encode
from service.sync.attempt import Attempt
from service.sync.ehr import Ehr
from service.sync.elsewhere import elsewhere
from service.sync.matching import entries
from service.sync.outcomes import Accepted, Outcome, Refused, Unavailable, Unknown
from service.sync.planner import How, Item, Plan
from service.sync.references import Names, query, rewritten


@dataclass(frozen=True, slots=True)
class Write:
    """``id`` is the id it has there; None where the destination chooses or finds it."""

    item: Item
    method: Literal["PUT", "POST"]
    id: str | None

    @property
    def url(self) -> str:
        """Relative to the base, as a Bundle's entry has it."""
        if self.id is not None:
            return f"{self.item.resource_type}/{self.id}"
        if self.method == "POST" or self.item.own_identifier is None:
            return self.item.resource_type
        return f"{self.item.resource_type}?{query(*self.item.own_identifier)}"


def write_of(item: Item, how: How, foreign_id: str | None) -> Write:
    """Under the id it already has there, if any: an identity is never made twice."""
    if how == "conditional":
        return Write(item, "PUT", None)
    if foreign_id is not None:
        return Write(item, "PUT", foreign_id)
    return Write(item, "PUT", item.id) if how == "own-id" else Write(item, "POST", None)


def write(attempt: Attempt, plan: Plan, wanted: Sequence[tuple[Item, How]]) -> Outcome:
    """Raises nothing of the network; what was learnt on the way is kept, also when a later write fails."""
    writes = [write_of(item, how, attempt.foreign_id(item)) for item, how in wanted]
    names = _names(attempt, plan)
    return _together(attempt, writes, names) if plan.transaction else _singly(attempt, writes, names)


def _names(attempt: Attempt, plan: Plan) -> dict[str, str | dict[str, str]]:
    """What references must say there: their ids where they chose them, an identifier for what they cannot hold."""
    names: dict[str, str | dict[str, str]] = {}
    not_sent = (*plan.left_out, *elsewhere(attempt.store, plan))
    for item in not_sent:
        if item.own_identifier is not None:
            names[item.name] = {"system": item.own_identifier[0], "value": item.own_identifier[1]}
    for item in (*(item for item, _ in plan.items), *not_sent):
        foreign = attempt.foreign_id(item)
        if foreign is not None:
            names[item.name] = f"{item.resource_type}/{foreign}"
        elif attempt.link(item) is not None:
            names.pop(item.name, None)
    return names


def _together(attempt: Attempt, writes: Sequence[Write], names: Names) -> Outcome:
    """All or nothing. Where the server finds or gives the id, a placeholder stands that it resolves."""
    every = {**names, **{one.item.name: _placeholder(one) for one in writes if one.id is None}}
    body = b",".join(_entry(attempt.ehr, one, every) for one in writes)
    answer = attempt.ehr.transaction(b'{"resourceType":"Bundle","type":"transaction","entry":[%b]}' % body)
    if not isinstance(answer, Accepted):
        return answer
    responses = [response for entry in entries(answer.body) if isinstance(response := entry.get("response"), dict)]
    if len(responses) != len(writes):
        return Unknown("the answer does not match what was sent")
    failed = [status for response in responses if (status := _status(response)) >= 300]
    if failed:  # a transaction is all or nothing; this server's was not, and what it kept is found again later
        return Refused(failed[0]) if failed[0] < 500 else Unavailable(failed[0])
    told = [
        attempt.learn(one.item, one.id, response.get("location"), response.get("etag"))
        for one, response in zip(writes, responses, strict=True)
    ]
    return answer if all(told) else Unknown("the answer does not say where")


def _status(response: dict[str, Any]) -> int:
    """``201 Created`` → 201; 0 when it says none."""
    text = str(response.get("status", ""))[:3]
    return int(text) if text.isascii() and text.isdigit() else 0


def _placeholder(one: Write) -> str:
    return f"urn:uuid:{one.item.id}"


def _entry(ehr: Ehr, one: Write, names: Names) -> bytes:
    url = _placeholder(one) if one.id is None else f"{ehr.destination.base_url}/{one.url}"
    request = {"method": one.method, "url": one.url}
    body = rewritten(one.item.content, names, one.id)
    return b'{"fullUrl":%b,"resource":%b,"request":%b}' % (encode(url), body, encode(request))


def _singly(attempt: Attempt, writes: Sequence[Write], names: dict[str, str | dict[str, str]]) -> Outcome:
    """What was written stays written; the ids they give are used in what follows."""
    answer: Outcome = Accepted(200)
    for one in writes:
        answer = _send(attempt.ehr, one, rewritten(one.item.content, names, one.id))
        if not isinstance(answer, Accepted):
            return answer
        if not attempt.learn(one.item, one.id or _id_of(answer), answer.location, answer.version):
            return Unknown("the answer does not say where")
        foreign = attempt.foreign_id(one.item)
        if foreign is not None:
            names[one.item.name] = f"{one.item.resource_type}/{foreign}"
    return answer


def _id_of(answer: Accepted) -> str | None:
    id_ = answer.body.get("id") if isinstance(answer.body, dict) else None
    return id_ if isinstance(id_, str) else None


def _send(ehr: Ehr, one: Write, body: bytes) -> Outcome:
    kind = one.item.resource_type
    if one.id is not None:
        return ehr.put(kind, one.id, body)
    if one.method == "POST" or one.item.own_identifier is None:
        return ehr.create(kind, body)
    return ehr.put_where(kind, *one.item.own_identifier, body)
