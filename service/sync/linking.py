"""Which patient there is ours: by exact identifier, by $match if the policy allows, else by a person; never by guess.

What nobody can decide is held and listed; a person's word stands above everything found here.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from typing import NamedTuple

from service.store import Link, PatientLink
from service.store.patients import How
from service.sync.attempt import Attempt, Result
from service.sync.candidates import Candidate, candidates_in, contradicts, match_parameters
from service.sync.matching import matches
from service.sync.outcomes import Accepted, Conflict, Outcome, Refused, Unavailable
from service.sync.planner import Item, Plan

SHORTEST_TURN = timedelta(seconds=60)
# An answer by which $match or a search says that it is not to be had there, rather than not now
NOT_THERE = (400, 403, 404, 405, 410, 422, 501)
NO_MATCH = Result(Conflict(404, "not-found"), "no patient there has this identifier")
SEVERAL = Result(Conflict(412, "multiple-matches"), "more than one patient there has this identifier")
ALIKE = Result(Conflict(412, "multiple-matches"), "patients there are alike, and none is certain: a person must say")
CONTRADICTION = Result(Conflict(412, "conflict"), "the match that is called certain contradicts what we know")
UNLINKED = Result(Conflict(403, "suppressed"), "a person has un-linked this patient there")
OTHERS = Result(Conflict(200, "not-supported"), "a search by identifier there finds what does not have it")
NO_SEARCH = Result(Conflict(403, "not-supported"), "patients cannot be searched by identifier there")
BUSY = Result(Unavailable(0, 2.0), "another delivery is about to create this patient there")


class Found(NamedTuple):
    """``ours``: a record that this service made there, and may write."""

    their_id: str
    how: How
    ours: bool


def link_patients(attempt: Attempt, plan: Plan) -> Result | None:
    """Before anything is sent. None when every patient is linked or may be created there."""
    writable = {item.name for item, _ in plan.items}
    for item in _patients(plan):
        refusal = _link(attempt, plan, item, item.name in writable)
        if refusal is not None:
            return refusal
    return None


@contextmanager
def creating(attempt: Attempt, plan: Plan) -> Iterator[Result | None]:
    """While a patient may be created there, nobody else creates the same one, in this process or in another.

    Yields None, or why this is not the time. A worker that dies loses its turn after a while.
    """
    with ExitStack() as held:
        for item, _ in plan.items:
            if item.resource_type == "Patient" and not _take_turn(attempt, item, held):
                yield BUSY
                return
        yield None


def _take_turn(attempt: Attempt, item: Item, held: ExitStack) -> bool:
    destination, patients = attempt.ehr.destination, attempt.store.patients
    if not destination.create_patients or _known(attempt.link(item)):
        return True
    held.enter_context(attempt.ehr.only(item.name))
    holder, now = attempt.owner, attempt.clock()
    until = now + max(SHORTEST_TURN, timedelta(seconds=4 * destination.timeout_seconds))
    if not patients.take_turn(destination.name, item.id, holder, until, now):
        return False
    held.callback(patients.end_turn, destination.name, item.id, holder)
    attempt.ask_again(item)  # somebody may have created it while we waited
    return True


def _link(attempt: Attempt, plan: Plan, item: Item, writable: bool) -> Result | None:
    name = attempt.ehr.destination.name
    ruling = attempt.store.patients.get(name, item.id)
    if ruling is not None and ruling.state != "held":
        return _obey(attempt, plan, item, ruling, writable)
    if _known(attempt.link(item)):
        return None
    found = _search(attempt, item, writable)
    if isinstance(found, Found) and found.how == "created" and ruling is None:
        attempt.found(item, found.their_id, found.ours)  # nobody has to decide about what this service made
        return None
    if isinstance(found, Found):
        wanted = PatientLink(name, item.id, "linked", found.their_id, found.how)
        return _obey(attempt, plan, item, attempt.store.patients.settle(wanted, attempt.clock()), found.ours)
    if found is not None and isinstance(found.outcome, Conflict):
        held = PatientLink(name, item.id, "held", code=found.outcome.code)
        attempt.store.patients.settle(held, attempt.clock())
        attempt.stops([item], "held", found.outcome.code)
    return found


def _obey(attempt: Attempt, plan: Plan, item: Item, ruling: PatientLink, ours: bool) -> Result | None:
    if ruling.state != "linked" or ruling.their_id is None:
        return UNLINKED
    known = attempt.link(item)
    if known is None or known.their_id != ruling.their_id:
        if _known(known):  # what refers to the other record there is to refer to this one
            attempt.forget_sent(other for other, _ in plan.items if item.name in other.refers_to)
        attempt.found(item, ruling.their_id, ours and ruling.how == "created")
    return None


def _search(attempt: Attempt, item: Item, writable: bool) -> Found | Result | None:
    """None when nobody there is this patient, and one may be created."""
    found = matches(attempt.ehr, item)
    if not isinstance(found, list):
        return _unfound(found)
    if len(found) > 1:
        return SEVERAL
    if found:
        id_, made_by_us = found[0]
        return Found(id_, "created" if made_by_us else "identifier", made_by_us and writable)
    if attempt.ehr.destination.patient_match == "certain":
        judged = _matched(attempt, item)
        if judged is not None:
            return judged
    return None if writable and attempt.ehr.destination.create_patients else NO_MATCH


def _matched(attempt: Attempt, item: Item) -> Found | Result | None:
    """What $match says. None when it knows nobody who is alike, or does not exist there."""
    answer = attempt.ehr.match(match_parameters(item.content))
    if not isinstance(answer, Accepted):
        missing = isinstance(answer, Refused) and answer.status in NOT_THERE
        return None if missing or (isinstance(answer, Unavailable) and answer.status == 501) else Result(answer)
    return certain(candidates_in(answer.body), item)


def certain(found: list[Candidate], item: Item) -> Found | Result | None:
    """Exactly one that is graded certain and contradicts nothing is it. Pure."""
    sure = [one for one in found if one.grade == "certain"]
    if len(sure) > 1:
        return ALIKE
    if sure:
        return CONTRADICTION if contradicts(item.content, sure[0]) else Found(sure[0].id, "certain", False)
    return ALIKE if any(one.grade == "probable" for one in found) else None


def _unfound(outcome: Outcome) -> Result:
    if isinstance(outcome, Conflict) and outcome.code == "not-supported":
        return OTHERS
    return NO_SEARCH if isinstance(outcome, Refused) and outcome.status in NOT_THERE else Result(outcome)


def _known(link: Link | None) -> bool:
    """Whether the ledger says what they call it."""
    return link is not None and bool(link.their_id)


def _patients(plan: Plan) -> Iterator[Item]:
    return (i for i in (*(item for item, _ in plan.items), *plan.left_out) if i.resource_type == "Patient")
