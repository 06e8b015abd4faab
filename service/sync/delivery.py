"""One attempt to deliver one session to one destination. What it learns goes into the ledger.

Resources that the destination already has as they are now are not sent again, unless a person asked for a new round.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from mappings import RESOURCES
from service.store import Store
from service.sync.attempt import Attempt, Result, item_of
from service.sync.ehr import Ehr
from service.sync.linking import creating, link_patients
from service.sync.matching import find_others
from service.sync.outcomes import Accepted
from service.sync.planner import How, Item, Plan, Profile, plan_for, profile_of
from service.sync.writing import write

# Shared by sessions of different patients, whose deliveries run side by side: written one delivery at a time, because
# two creations that meet make two resources on most servers.
ACROSS_PATIENTS = frozenset(
    mapping.type
    for mapping in RESOURCES
    if mapping.shared and mapping.type != "Patient" and not any("Patient" in param.target for param in mapping.search)
)


def deliver(store: Store, ehr: Ehr, number: str, again: bool, clock: Callable[[], datetime]) -> Result:
    """Plan by what the server declares, link the patient, send what is new, remember the answers.

    One attempt at a time per session: a revision that moves it to another patient leaves the queue's order.
    """
    statement = ehr.capabilities()
    if not isinstance(statement, Accepted):
        return Result(statement)
    profile = profile_of(statement.body)
    with ehr.only(number):
        attempt, plan = Attempt(store, ehr, again, clock), _plan(store, profile, number)
        if not any(item.resource_type in ACROSS_PATIENTS for item, _ in _wanted(attempt, plan)):
            return _deliver(attempt, plan)
        with ehr.turn:  # read anew: another delivery may have published and sent something newer meanwhile
            return _deliver(Attempt(store, ehr, again, clock), _plan(store, profile, number))


def _plan(store: Store, profile: Profile, number: str) -> Plan:
    return plan_for(profile, [item_of(row) for row in store.session_resources(number)])


def _deliver(attempt: Attempt, plan: Plan) -> Result:
    with creating(attempt, plan) as not_now:
        try:
            refusal = not_now or link_patients(attempt, plan) or find_others(attempt, plan)
            if refusal is not None:
                return Result(refusal.outcome, refusal.note, plan.types_left_out)
            wanted = _wanted(attempt, plan)
            outcome = write(attempt, plan, wanted) if wanted else Accepted(200)
            return Result(outcome, "", plan.types_left_out, len(wanted))
        finally:
            attempt.save()


def _wanted(attempt: Attempt, plan: Plan) -> Sequence[tuple[Item, How]]:
    return [(item, how) for item, how in plan.items if attempt.is_new(item)]
