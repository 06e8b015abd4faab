"""What a person asks about a destination, and tells it: how it stands, what would be sent there, to wait, to go on."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Any

from mappings import RESOURCES
from service.errors import NotFound, Unavailable
from service.store import Store
from service.sync.attempt import Attempt
from service.sync.capabilities import profile_there, stored_profile
from service.sync.delivery import plan_of, wanted_of
from service.sync.destinations import Destination
from service.sync.ehr import Ehr
from service.sync.ehrs import Lend, once
from service.sync.elsewhere import elsewhere
from service.sync.outcomes import problem_of
from service.sync.planner import Plan, reach_of
from service.sync.profile import Profile
from service.sync.writing import Write, pieces

TYPES = tuple(mapping.type for mapping in RESOURCES)


class Desk:
    """Answers are plain values, ready to be written as JSON. Raises NotFound for a name that is not in the file."""

    def __init__(self, store: Store, destinations: tuple[Destination, ...], lend: Lend = once) -> None:
        self._store, self._lend = store, lend
        self._destinations = {destination.name: destination for destination in destinations}

    def list(self) -> list[dict[str, Any]]:
        """Asks nobody: by what was last learnt."""
        return [self._row(name) for name in self._destinations]

    def test(self, name: str) -> dict[str, Any]:
        """Ask the destination for its CapabilityStatement, now; keep it, and say what follows from it."""
        with self._ehr(name) as ehr:
            found = profile_there(self._store, ehr, _now(), fresh=True)
        if isinstance(found, Profile):
            return {"destination": name, "reached": True, "problem": None, "profile": profile_words(found)}
        return {"destination": name, "reached": False, "problem": problem_of(found), "profile": None}

    def pause(self, name: str, by: str) -> dict[str, Any]:
        """Nothing more is sent there until it goes on; what is under way ends."""
        self._store.pause(self._named(name).name, by, _now())
        return self._row(name)

    def resume(self, name: str) -> dict[str, Any]:
        self._store.resume(self._named(name).name)
        return self._row(name)

    def plan(self, name: str, number: str) -> dict[str, Any]:
        """What the next delivery of a session would send, by what is known now; nothing is sent.

        Where nothing is known of the destination yet, it is asked what it can do. Raises NotFound for the session, and
        Unavailable when the destination does not say.
        """
        with self._ehr(name) as ehr:
            self._store.revision(number)
            profile = stored_profile(self._store, ehr.destination) or profile_there(self._store, ehr, _now())
            if not isinstance(profile, Profile):
                raise Unavailable(f"the destination does not say what it can do: {problem_of(profile)}")
            attempt, plan = Attempt(self._store, ehr, False, _now), plan_of(self._store, profile, number)
            items = [*(item for item, _ in plan.items), *plan.left_out]
            attempt.load(items, elsewhere(self._store, items))
            return plan_words(name, number, attempt, plan)

    def _row(self, name: str) -> dict[str, Any]:
        known = self._store.known(name)
        destination = self._named(name)
        profile = stored_profile(self._store, destination)
        return {
            "name": name,
            "base_url": destination.base_url,
            "auth": destination.auth,
            "patient_match": destination.patient_match,
            "create_patients": destination.create_patients,
            "requests_per_second": destination.requests_per_second,
            "paused": known.paused_at is not None,
            "paused_at": known.paused_at,
            "paused_by": known.paused_by,
            "asked_at": None if profile is None else known.fetched_at,
            "profile": None if profile is None else profile_words(profile),
        }

    def _named(self, name: str) -> Destination:
        if name not in self._destinations:
            raise NotFound("no such destination")
        return self._destinations[name]

    def _ehr(self, name: str) -> AbstractContextManager[Ehr]:
        return self._lend(self._named(name))


def profile_words(profile: Profile) -> dict[str, Any]:
    """What follows from what a destination declares."""
    types = set(profile.types)
    return {
        "fhir_version": profile.fhir_version,
        "software": profile.software,
        "reach": "full" if types.issuperset(TYPES) else reach_of(types),
        "way": profile.way,
        "max_transaction_entries": profile.max_entries,
        "max_conditional_entries": profile.max_conditional_entries,
        "search_lag_seconds": profile.search_lag_seconds,
        "types": {kind: profile.types[kind] for kind in TYPES if kind in profile.types},
        "left_out": {kind: profile.why_not(kind) for kind in TYPES if kind not in profile.types},
    }


def plan_words(name: str, number: str, attempt: Attempt, plan: Plan) -> dict[str, Any]:
    """The very pieces that the sender would make."""
    wanted = wanted_of(attempt, plan)
    how = {item.name: one for item, one in plan.items}
    there = len(plan.items) - len(wanted)
    return {
        "destination": name,
        "session": number,
        "reach": plan.reach,
        "way": plan.way,
        "note": plan.note or None,
        "first": _first(attempt, plan),
        "there_already": there,
        "pieces": [[_step(one, how[one.item.name]) for one in piece] for piece in pieces(attempt, plan, wanted)],
        "left_out": [{"resource": item.name, "reason": plan.why[item.name]} for item in plan.left_out],
    }


def _first(attempt: Attempt, plan: Plan) -> list[str]:
    """What is looked for before anything is written; what is found is not made again."""
    every = (*(item for item, _ in plan.items), *plan.left_out)
    patients = [item.name for item in every if item.resource_type == "Patient" and attempt.their_id(item) is None]
    unknown = {item.resource_type: how for item, how in plan.items if attempt.their_id(item) is None}
    else_ = "one is made" if attempt.ehr.destination.create_patients else "the delivery waits for a person"
    patient = f"is looked for by its identifiers: one of theirs is referred to and stays as it is; otherwise {else_}"
    searches = {"search": "are looked for by our identifier", "search-patient": "are looked for in the patient's list"}
    return [
        *(f"{name} {patient}" for name in patients),
        *(f"{kind}: earlier ones of ours {searches[how]}" for kind, how in unknown.items() if how in searches),
    ]


def _step(one: Write, how: str) -> dict[str, Any]:
    return {"resource": one.item.name, "how": how, "request": f"{one.method} {one.url}", "unless": one.condition}


def _now() -> datetime:
    return datetime.now(UTC)
