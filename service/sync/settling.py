"""What an earlier attempt left open, and what two writers made of one resource: settled by reading, never by guessing.

Before anything is sent again: what may have been applied is looked for, by our id where it is theirs, else by our
identifier, past any cache. After a 409 or 412: what is there is read, and is either what we sent, or as we left it, or
somebody's edit.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Literal

from service.fhirjson import read_json
from service.sync.attempt import Attempt, Result, by_identifier, is_open, item_of
from service.sync.compare import ANY, are_same, hash_of, only_dropped, version_of
from service.sync.matching import Finder
from service.sync.outcomes import Accepted, Conflict, Outcome, Refused, Unknown
from service.sync.planner import How, Item, Plan
from service.sync.references import Names, rewritten

Verdict = Literal["ours", "untouched", "earlier", "edited"]
DELETED = 410
GONE = (404, DELETED)


def resolve(attempt: Attempt, plan: Plan) -> Result | None:
    """None when nothing is open any more; otherwise what to wait for."""
    left = [(item, how) for item, how in plan.items if attempt.is_open(item)]
    waits: Outcome | None = None
    waiting: set[str] = set()
    finder = Finder(attempt, plan)
    for item, how in left:
        if waiting.intersection(item.refers_to):  # whose it is there cannot be told yet
            waiting.add(item.name)
            continue
        outcome = _resolve(attempt, plan, item, how, finder)
        if isinstance(outcome, Conflict):
            attempt.undecided(item, outcome.code)
            return Result(outcome, "what was sent cannot be looked up there")
        if outcome is not None and not isinstance(outcome, Unknown):
            return Result(outcome)
        if outcome is not None:
            waiting.add(item.name)
        waits = waits or outcome
    return None if waits is None else Result(waits, "not seen there yet")


def _resolve(attempt: Attempt, plan: Plan, item: Item, how: How, finder: Finder) -> Outcome | None:
    """None when it is settled."""
    their_id = attempt.their_id(item) or (item.id if how == "own-id" else None)
    if their_id is not None:
        return _read(attempt, plan, item, their_id)
    return _searched(attempt, plan, item, finder.there(item, how))


def _read(attempt: Attempt, plan: Plan, item: Item, their_id: str) -> Outcome | None:
    answer = attempt.ehr.read(item.resource_type, their_id)
    if isinstance(answer, Refused) and answer.status in GONE:
        if answer.status == DELETED:  # it had arrived
            attempt.found(item, their_id, ours=True)
        _gone(attempt, item, answer.status)
        return None
    return _judge(attempt, plan, item, their_id, answer.body) if isinstance(answer, Accepted) else answer


def _searched(attempt: Attempt, plan: Plan, item: Item, found: list[dict[str, Any]] | Outcome) -> Outcome | None:
    if not isinstance(found, list):
        return found
    if len(found) > 1:
        return Conflict(412, "multiple-matches")
    if found:
        return _judge(attempt, plan, item, str(found[0].get("id")), found[0])
    return _not_found(attempt, item)


def _not_found(attempt: Attempt, item: Item) -> Outcome | None:
    """A search shows what is new after a while: only then is it true that it is not there."""
    link = attempt.link(item)
    since = link.intent_at if link is not None else None
    lag = attempt.ehr.destination.overrides.search_lag_seconds
    left = 0.0 if since is None else (since + timedelta(seconds=lag) - attempt.clock()).total_seconds()
    if left > 0:
        return Unknown("not seen there yet", 0, left)
    attempt.missing(item)
    return None


def _judge(attempt: Attempt, plan: Plan, item: Item, their_id: str, theirs: Any) -> Outcome | None:
    if not isinstance(theirs, dict) or theirs.get("resourceType") != item.resource_type:
        return Conflict(200, "not-supported")
    verdict = judge(attempt, plan, item, their_id, theirs)
    link = attempt.link(item)
    first = link is None or link.their_id is None
    if verdict == "ours":
        attempt.arrived(item, their_id, version_of(theirs), theirs)
    elif verdict == "edited":
        attempt.found(item, their_id, ours=True)
        attempt.conflicts(item, theirs)
    else:
        if first:
            attempt.found(item, their_id, ours=True)
        attempt.seen(item, theirs)
        _forget_if(verdict, attempt, item)
    return None


def _forget_if(verdict: Verdict, attempt: Attempt, item: Item) -> None:
    """Sent once and replaced since, perhaps by what nobody heard of: it is not what is there, and is sent again."""
    if verdict == "earlier":
        attempt.forget_sent([item])


def judge(attempt: Attempt, plan: Plan, item: Item, their_id: str, theirs: dict[str, Any]) -> Verdict:
    """What is there: what we send now, or what is as we left it, or another that we sent before, or somebody's edit."""
    link, base = attempt.link(item), attempt.ehr.destination.base_url
    if any(are_same(ours, theirs, base) for ours in _as_sent(attempt, plan, item, their_id)):
        return "ours"
    if link is not None and link.answered_hash is not None and link.answered_hash == hash_of(theirs):
        return "untouched"
    wanted = {h for h in (link.sent_hash, link.intent_hash) if h} if link is not None else set()
    earlier = [item_of(row) for row in attempt.store.versions(item.resource_type, item.id)]
    known = [
        (sent, one.content_hash)
        for one in earlier
        if not wanted or one.content_hash in wanted
        for sent in _as_sent(attempt, plan, one, their_id)
    ]
    if any(are_same(sent, theirs, base) for sent, _ in known):
        return "earlier"
    if link is None or link.their_version is None:  # the first that we see of it: without what they do not keep
        for sent, digest in known:
            if only_dropped(sent, theirs, base):
                return "ours" if digest == item.content_hash and digest in wanted else "untouched"
    return "untouched" if _is_of_another(attempt, plan, item, their_id, theirs) else "edited"


def _is_of_another(attempt: Attempt, plan: Plan, item: Item, their_id: str, theirs: dict[str, Any]) -> bool:
    """What we sent while its patient was linked to another record there: its content counts as not known since."""
    link, base = attempt.link(item), attempt.ehr.destination.base_url
    names = {name: f"Patient{ANY}" for name in attempt.names(plan) if name.startswith("Patient/")}
    if link is None or link.sent_hash != "" or not names:
        return False
    same = only_dropped if link.their_version is None else are_same
    earlier = [item_of(row) for row in attempt.store.versions(item.resource_type, item.id)]
    return any(same(sent, theirs, base) for one in earlier for sent in _as_sent(attempt, plan, one, their_id, names))


def _as_sent(attempt: Attempt, plan: Plan, item: Item, their_id: str, more: Names | None = None) -> list[Any]:
    """As it would be sent now, and as it was while what it refers to in other sessions was not there."""
    names = {**_no_longer_here(attempt, plan, item), **_names(attempt, plan, item), **(more or {})}
    before = {**names, **by_identifier(attempt.elsewhere)}
    bodies = dict.fromkeys(rewritten(item.content, these, their_id) for these in (names, before))
    return [read_json(body) for body in bodies]


def _names(attempt: Attempt, plan: Plan, sent: Item) -> dict[str, str | dict[str, str]]:
    """What is there refers to ids that this ledger may not know yet.

    Not where it was looked for and is not there; nor where this content was never sent: then what is there refers to
    what an earlier one did, and may be another patient's.
    """
    unknown = {
        item.name: f"{item.resource_type}{ANY}"
        for item, how in plan.items
        if how != "own-id" and attempt.their_id(item) is None and (attempt.link(item) is None or attempt.is_open(item))
    }
    return {**attempt.names(plan), **(unknown if _may_have_been_sent(attempt, sent) else {})}


def _no_longer_here(attempt: Attempt, plan: Plan, earlier: Item) -> dict[str, str]:
    """What an earlier content refers to and the session holds no more: the patient that it was taken for."""
    here = {item.name for item, _ in plan.items}
    others = [name.split("/") for name in earlier.refers_to if name not in here]
    links = [attempt.store.link(attempt.ehr.destination.name, *name) for name in others]
    return {
        link.name: f"{link.resource_type}/{link.their_id}"
        if link.their_id is not None
        else f"{link.resource_type}{ANY}"
        for link in links
        if link is not None and (link.their_id is not None or is_open(link))
    }


def _may_have_been_sent(attempt: Attempt, item: Item) -> bool:
    link = attempt.link(item)
    known = {link.sent_hash, link.intent_hash} - {None, ""} if link is not None else set()
    return not known or item.content_hash in known


def settle(attempt: Attempt, plan: Plan) -> bool:
    """Read what a 409 or 412 was about. True when something follows from it, so that sending again is not the same."""
    moved = False
    for item in attempt.suspects:
        their_id = attempt.their_id(item)
        if their_id is None:
            continue
        answer = attempt.ehr.read(item.resource_type, their_id)
        if isinstance(answer, Refused) and answer.status in GONE:
            _gone(attempt, item, answer.status)
            moved = True
        elif isinstance(answer, Accepted) and isinstance(answer.body, dict):
            moved = _settle_one(attempt, plan, item, their_id, answer.body) or moved
    return moved


def _gone(attempt: Attempt, item: Item, status: int) -> None:
    """Deleted there by somebody: an edit like any other. Never there: a server that was set back."""
    if status == DELETED:
        attempt.conflicts(item, {"resourceType": item.resource_type}, "deleted")
    else:
        attempt.missing(item)


def _settle_one(attempt: Attempt, plan: Plan, item: Item, their_id: str, theirs: dict[str, Any]) -> bool:
    verdict = judge(attempt, plan, item, their_id, theirs)
    if verdict == "ours":
        attempt.arrived(item, their_id, version_of(theirs), theirs)
        return True
    if verdict == "edited":
        attempt.conflicts(item, theirs)
        return True
    moved = version_of(theirs) != attempt.version(item)
    attempt.seen(item, theirs)
    _forget_if(verdict, attempt, item)
    return moved


def look_again(attempt: Attempt, plan: Plan) -> Outcome | None:
    """On a person's wish: is everything we delivered still there? What is missing is made anew."""
    for item, _ in plan.items:
        their_id = attempt.their_id(item)
        if their_id is None or attempt.is_open(item) or attempt.is_theirs(item):
            continue
        answer = attempt.ehr.read(item.resource_type, their_id)
        if isinstance(answer, Refused) and answer.status in GONE:
            _gone(attempt, item, answer.status)
        elif not isinstance(answer, Accepted):
            return answer
    return None


def unseen(attempt: Attempt, plan: Plan, wanted: Sequence[Item]) -> Outcome | None:
    """Before an update without a version to name, or of what a person left to them: read, so that no edit is lost."""
    for item in wanted:
        their_id, link = attempt.their_id(item), attempt.link(item)
        if their_id is None or link is None or (link.their_version is not None and link.state != "kept"):
            continue
        answer = attempt.ehr.read(item.resource_type, their_id)
        if isinstance(answer, Refused) and answer.status in GONE:
            _gone(attempt, item, answer.status)
        elif not isinstance(answer, Accepted):
            return answer
        elif link.state == "kept" and isinstance(answer.body, dict):
            attempt.conflicts(item, answer.body)
        else:
            _judge(attempt, plan, item, their_id, answer.body)
    return None
