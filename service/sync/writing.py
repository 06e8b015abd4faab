"""Sending what a plan says: as transactions, as batches, or one write after the other, referenced before referring."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from service.fhirjson import encode
from service.sync.answers import outcome_of
from service.sync.attempt import Attempt
from service.sync.ehr import Ehr
from service.sync.matching import entries
from service.sync.outcomes import Accepted, Outcome, Refused, Unavailable, Unknown
from service.sync.planner import How, Item, Plan
from service.sync.references import Names, query, rewritten
from service.sync.rungs import cut


@dataclass(frozen=True, slots=True)
class Write:
    """``id`` is the id it has there; None where the destination chooses or finds it.

    ``unless_there``: where something with our identifier is there, nothing is written, and the answer says which it is.
    """

    item: Item
    method: Literal["PUT", "POST"]
    id: str | None
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


def write_of(item: Item, how: How, their_id: str | None) -> Write:
    """Under the id it already has there, if any: an identity is never made twice."""
    if how == "conditional":
        return Write(item, "PUT", None)
    if their_id is not None:
        return Write(item, "PUT", their_id)
    return Write(item, "PUT", item.id) if how == "own-id" else Write(item, "POST", None, how == "conditional-create")


def pieces(attempt: Attempt, plan: Plan, wanted: Sequence[tuple[Item, How]]) -> list[list[Write]]:
    """What is sent together. What one piece makes there, later ones refer to."""
    links = [attempt.link(item) for item, _ in wanted]
    return cut(
        plan,
        [write_of(*one, None if link is None else link.their_id) for one, link in zip(wanted, links, strict=True)],
    )


def write(attempt: Attempt, plan: Plan, wanted: Sequence[tuple[Item, How]]) -> Outcome:
    """Raises nothing of the network; what was learnt on the way is kept, also when a later write fails."""
    answer = _write(attempt, plan, wanted)
    there = [(item, how) for item, how in wanted if (link := attempt.link(item)) is not None and link.sent_hash == ""]
    if isinstance(answer, Accepted) and there:  # a conditional create found it and left it as it was
        return _write(attempt, plan, there)
    return answer


def _write(attempt: Attempt, plan: Plan, wanted: Sequence[tuple[Item, How]]) -> Outcome:
    answer: Outcome = Accepted(200)
    names = _names(attempt, plan)
    send = {"transaction": _together, "batch": _side_by_side, "single": _singly}[plan.way]
    for piece in pieces(attempt, plan, wanted):
        answer = send(attempt, piece, names)
        if not isinstance(answer, Accepted):
            return answer
        for one in piece:
            foreign = attempt.foreign_id(one.item)
            if foreign is not None:
                names[one.item.name] = f"{one.item.resource_type}/{foreign}"
    return answer


def _names(attempt: Attempt, plan: Plan) -> dict[str, str | dict[str, str]]:
    """What references must say there: their ids where they chose them, an identifier for what they cannot hold."""
    names: dict[str, str | dict[str, str]] = {}
    for item in plan.left_out:
        if item.own_identifier is not None:
            names[item.name] = {"system": item.own_identifier[0], "value": item.own_identifier[1]}
    for item in (*(item for item, _ in plan.items), *plan.left_out):
        foreign = attempt.foreign_id(item)
        if foreign is not None:
            names[item.name] = f"{item.resource_type}/{foreign}"
        elif attempt.link(item) is not None:
            names.pop(item.name, None)
    return names


def _together(attempt: Attempt, writes: Sequence[Write], names: Names) -> Outcome:
    """All or nothing. Where the server finds or gives the id, a placeholder stands that it resolves."""
    every = {**names, **{one.item.name: _placeholder(one) for one in writes if one.id is None}}
    found = _responses(attempt, "transaction", writes, every)
    if not isinstance(found, list):
        return found
    failed = [status for response in found if (status := _status(response)) >= 300]
    if failed:  # a transaction is all or nothing; this server's was not, and what it kept is found again later
        return Refused(failed[0]) if failed[0] < 500 else Unavailable(failed[0])
    told = [_learn_from(attempt, one, response) for one, response in zip(writes, found, strict=True)]
    return Accepted(200) if all(told) else Unknown("the answer does not say where")


def _side_by_side(attempt: Attempt, writes: Sequence[Write], names: Names) -> Outcome:
    """A batch: each of its entries stands alone, and what was written stays written. The first failure is told."""
    found = _responses(attempt, "batch", writes, names)
    if not isinstance(found, list):
        return found
    outcomes = [_entry_outcome(attempt, one, response) for one, response in zip(writes, found, strict=True)]
    return next((outcome for outcome in outcomes if not isinstance(outcome, Accepted)), Accepted(200))


def _responses(
    attempt: Attempt, kind: Literal["transaction", "batch"], writes: Sequence[Write], names: Names
) -> list[dict[str, Any]] | Outcome:
    body = b",".join(_entry(attempt.ehr, one, names) for one in writes)
    answer = attempt.ehr.transaction(b'{"resourceType":"Bundle","type":"%b","entry":[%b]}' % (kind.encode(), body))
    if not isinstance(answer, Accepted):
        return answer
    responses = [response for entry in entries(answer.body) if isinstance(response := entry.get("response"), dict)]
    return responses if len(responses) == len(writes) else Unknown("the answer does not match what was sent")


def _entry_outcome(attempt: Attempt, one: Write, response: dict[str, Any]) -> Outcome:
    status, told = _status(response), response.get("outcome")
    body = encode(told) if isinstance(told, dict) else b""
    found = outcome_of(status, {}, body, one.method, attempt.clock())
    if isinstance(found, Accepted) and not _learn_from(attempt, one, response):
        return Unknown("the answer does not say where")
    return found if status else Unknown("the answer does not say what became of an entry")


def _learn_from(attempt: Attempt, one: Write, response: dict[str, Any]) -> bool:
    """From an entry of an answer. A conditional create that is not 201 found it there, and wrote nothing."""
    location, etag = response.get("location"), response.get("etag")
    if one.unless_there and _status(response) == 200:
        return attempt.found_at(one.item, location)
    return attempt.learn(one.item, one.id, location, etag)


def _status(response: dict[str, Any]) -> int:
    """``201 Created`` → 201; 0 when it says none."""
    text = str(response.get("status", ""))[:3]
    return int(text) if text.isascii() and text.isdigit() else 0


def _placeholder(one: Write) -> str:
    return f"urn:uuid:{one.item.id}"


def _entry(ehr: Ehr, one: Write, names: Names) -> bytes:
    url = _placeholder(one) if one.id is None else f"{ehr.destination.base_url}/{one.url}"
    request = {"method": one.method, "url": one.url, **({"ifNoneExist": one.condition} if one.condition else {})}
    body = rewritten(one.item.content, names, one.id)
    return b'{"fullUrl":%b,"resource":%b,"request":%b}' % (encode(url), body, encode(request))


def _singly(attempt: Attempt, writes: Sequence[Write], names: Names) -> Outcome:
    """One after the other; what was written stays written."""
    answer: Outcome = Accepted(200)
    for one in writes:
        answer = _send(attempt.ehr, one, rewritten(one.item.content, names, one.id))
        if not isinstance(answer, Accepted):
            return answer
        if one.unless_there and answer.status == 200:
            told = attempt.found_at(one.item, answer.location or f"{one.item.resource_type}/{_id_of(answer)}")
        else:
            told = attempt.learn(one.item, one.id or _id_of(answer), answer.location, answer.version)
        if not told:
            return Unknown("the answer does not say where")
    return answer


def _id_of(answer: Accepted) -> str | None:
    id_ = answer.body.get("id") if isinstance(answer.body, dict) else None
    return id_ if isinstance(id_, str) else None


def _send(ehr: Ehr, one: Write, body: bytes) -> Outcome:
    kind = one.item.resource_type
    if one.id is not None:
        return ehr.put(kind, one.id, body)
    if one.method == "POST" or one.item.own_identifier is None:
        return ehr.create(kind, body, one.condition)
    return ehr.put_where(kind, *one.item.own_identifier, body)
