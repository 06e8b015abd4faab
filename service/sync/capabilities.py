"""What a destination declares: fetched when this process first talks to it, daily, and when a person asks; stored."""

from __future__ import annotations

from datetime import datetime, timedelta

from service.fhirjson import encode, read_json
from service.store import Known, Store
from service.sync.answers import MAX_ANSWER
from service.sync.ehr import Ehr
from service.sync.outcomes import Accepted, Outcome, Unavailable
from service.sync.profile import Profile, profile_of

GOOD_FOR = timedelta(days=1)


def profile_there(store: Store, ehr: Ehr, now: datetime, fresh: bool = False) -> Profile | Outcome:
    """The profile to plan by, or what was answered instead of a statement. ``fresh`` asks whatever is known."""
    known = store.known(ehr.destination.name)
    if fresh or not ehr.connected or not _is_good(ehr, known, now):
        return _fetched(store, ehr, now)
    return stored_profile(store, ehr) or _fetched(store, ehr, now)


def stored_profile(store: Store, ehr: Ehr) -> Profile | None:
    """By what was last declared, without asking; None where nothing is known of this address."""
    known = store.known(ehr.destination.name)
    if known.fetched_at is None or known.base_url != ehr.destination.base_url:
        return None
    if ehr.learnt is None or ehr.learnt[0] != known.fetched_at:  # another process may have asked since
        content = store.statement(ehr.destination.name)
        found = profile_of(read_json(content or b"null", max_bytes=MAX_ANSWER), ehr.destination.overrides)
        ehr.learnt = (known.fetched_at, found)
    return ehr.learnt[1]


def _is_good(ehr: Ehr, known: Known, now: datetime) -> bool:
    fetched = known.fetched_at
    return fetched is not None and known.base_url == ehr.destination.base_url and now - fetched < GOOD_FOR


def _fetched(store: Store, ehr: Ehr, now: datetime) -> Profile | Outcome:
    answer = ehr.capabilities()
    if not isinstance(answer, Accepted):
        return answer
    if not isinstance(answer.body, dict) or answer.body.get("resourceType") != "CapabilityStatement":
        return Unavailable(answer.status)
    store.save_statement(ehr.destination.name, ehr.destination.base_url, encode(answer.body), now)
    ehr.connected = True
    return profile_of(answer.body, ehr.destination.overrides)
