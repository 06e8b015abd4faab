"""One attempt to deliver one session to one destination. What it learns goes into the ledger.

Resources that the destination already has as they are now are not sent again. What an earlier attempt left open is
looked up first; what somebody edited there is left to a person.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from uuid import uuid4

from mappings import RESOURCES
from service.edges import Edge, Passing, passes
from service.store import Store
from service.sync.attempt import Attempt, Result, item_of
from service.sync.capabilities import profile_there
from service.sync.ehr import Ehr
from service.sync.elsewhere import elsewhere
from service.sync.linking import creating, link_patients
from service.sync.matching import find_others
from service.sync.outcomes import Accepted, Conflict, Edited, Outcome
from service.sync.planner import Plan, Profile, plan_for
from service.sync.settling import look_again, resolve, settle, unseen
from service.sync.writing import Wanted, write

# Shared by sessions of different patients, whose deliveries run side by side: written one delivery at a time, because
# two creations that meet make two resources on most servers.
ACROSS_PATIENTS = frozenset(
    mapping.type
    for mapping in RESOURCES
    if mapping.shared and mapping.type != "Patient" and not any("Patient" in param.target for param in mapping.search)
)
NOTHING_FITS = Conflict(0, "not-supported")
Turn = Callable[[], AbstractContextManager[object]]


def deliver(
    store: Store,
    ehr: Ehr,
    number: str,
    again: bool,
    clock: Callable[[], datetime],
    turn: Turn | None = None,
    passing: Passing = passes,
    owner: str | None = None,
) -> Result:
    """Plan by what the server declares, link the patient, send what is new, remember the answers.

    One attempt at a time per session: a revision that moves it to another patient leaves the queue's order. ``turn`` is
    for what only one delivery at a time may do there, whoever its patient is; ``owner`` names this process to others.
    """
    profile = profile_there(store, ehr, clock(), fresh=again)
    if not isinstance(profile, Profile):
        return Result(profile)

    def prepared() -> tuple[Attempt, Plan]:
        plan = plan_of(store, profile, number)
        attempt = Attempt(store, ehr, again, clock, passing, owner=owner or uuid4().hex)
        items = [*(item for item, _ in plan.items), *plan.left_out]
        attempt.load(items, elsewhere(store, items))
        return attempt, plan

    with ehr.only(number):
        attempt, plan = prepared()
        if plan.left_out and not plan.items:
            return Result(NOTHING_FITS, plan.note, plan.types_left_out)
        if not any(item.resource_type in ACROSS_PATIENTS for item, _ in wanted_of(attempt, plan)):
            return _deliver(attempt, plan)
        with ehr.turn if turn is None else turn():
            return _deliver(*prepared())  # another delivery may have published and sent something newer meanwhile


def plan_of(store: Store, profile: Profile, number: str) -> Plan:
    return plan_for(profile, [item_of(row) for row in store.session_resources(number)])


def _deliver(attempt: Attempt, plan: Plan) -> Result:
    with creating(attempt, plan) as not_now:
        try:
            refusal = not_now or _prepare(attempt, plan)
            if refusal is not None:
                return Result(refusal.outcome, refusal.note, plan.types_left_out)
            outcome = _write(attempt, plan)
            return _result(attempt, plan, outcome)
        finally:
            attempt.save()
            attempt.passing(Edge.LEARNT)


def _prepare(attempt: Attempt, plan: Plan) -> Result | None:
    refusal = resolve(attempt, plan)
    attempt.save()
    attempt.passing(Edge.RESOLVED)
    if refusal is None and attempt.again:
        outcome = look_again(attempt, plan)
        refusal = None if outcome is None else Result(outcome)
    return refusal or link_patients(attempt, plan) or find_others(attempt, plan)


def _write(attempt: Attempt, plan: Plan) -> Outcome:
    """Until nothing is left, or nothing moves any more."""
    for _ in range(2 * len(plan.items) + 4):
        outcome = unseen(attempt, plan, [item for item, _ in wanted_of(attempt, plan)])
        if outcome is not None:
            return outcome
        wanted = wanted_of(attempt, plan)
        if not wanted:
            return Accepted(200)
        outcome = write(attempt, plan, wanted)
        if isinstance(outcome, Accepted):
            continue  # what a conditional create found there and left as it was is looked at, and brought up to date
        if not isinstance(outcome, Conflict):
            return outcome
        moved = settle(attempt, plan)
        attempt.save()
        attempt.passing(Edge.SETTLED)
        if not moved:
            return outcome
    return Conflict(409)


def _result(attempt: Attempt, plan: Plan, outcome: Outcome) -> Result:
    """An edit of theirs does not hold up the rest; when the rest is there, it is what is left to decide."""
    edited = attempt.in_conflict(item for item, _ in plan.items)
    note = plan.note
    if edited and isinstance(outcome, Accepted):
        outcome = Edited(len(edited))
        note = "changed there by somebody else: " + ", ".join(dict.fromkeys(item.resource_type for item in edited))
    return Result(outcome, note, plan.types_left_out, attempt.sent)


def wanted_of(attempt: Attempt, plan: Plan) -> Wanted:
    return [(item, how) for item, how in plan.items if attempt.is_new(item)]
