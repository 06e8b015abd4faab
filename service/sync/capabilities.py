"""What a destination declares: fetched when this process first talks to it, daily, and when a person asks; stored."""

from __future__ import annotations

from datetime import datetime, timedelta

from service.fhirjson import encode, read_json
from service.store import Store
from service.sync.answers import MAX_ANSWER
from service.sync.destinations import Destination
from service.sync.ehr import Ehr
from service.sync.outcomes import Accepted, Outcome, Unavailable
from service.sync.profile import Profile, profile_of

GOOD_FOR = timedelta(days=1)


def profile_there(store: Store, ehr: Ehr, now: datetime, fresh: bool = False) -> Profile | Outcome:
    """The profile to plan by, or what was answered instead of a statement. ``fresh`` asks whatever is known."""
    known = store.known(ehr.destination.name)
    if fresh or not ehr.connected or known.fetched_at is None or now - known.fetched_at >= GOOD_FOR:
        return _fetched(store, ehr, now)
    if ehr.learnt is None or ehr.learnt[0] != known.fetched_at:  # another process may have asked since
        profile = stored_profile(store, ehr.destination)
        if profile is None:
            return _fetched(store, ehr, now)
        ehr.learnt = (known.fetched_at, profile)
    return ehr.learnt[1]


def stored_profile(store: Store, destination: Destination) -> Profile | None:
    """By what was last declared, without asking; None where nothing is known of this address."""
    if store.known(destination.name).base_url != destination.base_url:
        return None
    content = store.statement(destination.name) or b"null"
    return profile_of(read_json(content, max_bytes=MAX_ANSWER), destination.overrides)


def _fetched(store: Store, ehr: Ehr, now: datetime) -> Profile | Outcome:
    answer = ehr.capabilities()
    if not isinstance(answer, Accepted):
        return answer
    if not isinstance(answer.body, dict) or answer.body.get("resourceType") != "CapabilityStatement":
        return Unavailable(answer.status)
    store.save_statement(ehr.destination.name, ehr.destination.base_url, encode(answer.body), now)
    ehr.connected = True
    return profile_of(answer.body, ehr.destination.overrides)
