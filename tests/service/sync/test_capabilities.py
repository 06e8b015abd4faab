"""What a destination declares is asked for when a process first talks to it, daily, and when a person asks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from typing import Any

import httpx
import pytest
from made_up import NOW

from service.sandbox.behaviour import Declared, capability_statement
from service.store import Store
from service.sync import Destination
from service.sync.capabilities import profile_there, stored_profile
from service.sync.ehr import Ehr
from service.sync.outcomes import Unavailable
from service.sync.profile import Profile

NORTH = Destination(name="north", base_url="https://ehr.example/fhir")
LATER = NOW + timedelta(hours=23)
DAY_LATER = NOW + timedelta(hours=24)


class Declaring(httpx.BaseTransport):
    """Counts how often it is asked."""

    def __init__(self) -> None:
        self.asked = 0
        self.declared = Declared()
        self.answer: Any = None

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        assert request.url.path == "/fhir/metadata"
        self.asked += 1
        found = self.answer or httpx.Response(200, json=capability_statement(self.declared))
        assert isinstance(found, httpx.Response)
        return found


@pytest.fixture
def there() -> Declaring:
    return Declaring()


@pytest.fixture
def ehr(there: Declaring) -> Iterator[Ehr]:
    with closing(Ehr(NORTH, there)) as made:
        yield made


def test_it_is_asked_once_and_again_after_a_day(store: Store, ehr: Ehr, there: Declaring) -> None:
    for at, asked in ((NOW, 1), (NOW, 1), (LATER, 1), (DAY_LATER, 2), (DAY_LATER + timedelta(hours=1), 2)):
        assert isinstance(profile_there(store, ehr, at), Profile)
        assert there.asked == asked


def test_another_process_asks_for_itself(store: Store, ehr: Ehr, there: Declaring) -> None:
    profile_there(store, ehr, NOW)
    with closing(Ehr(NORTH, there)) as other:
        profile_there(store, other, NOW)
    assert there.asked == 2


def test_what_another_process_learnt_is_used_at_once(store: Store, ehr: Ehr, there: Declaring) -> None:
    assert profile_there(store, ehr, NOW) == profile_there(store, ehr, NOW)
    there.declared = Declared(transaction=False)
    with closing(Ehr(NORTH, there)) as other:
        profile_there(store, other, LATER, fresh=True)
    found = profile_there(store, ehr, LATER)
    assert isinstance(found, Profile)
    assert (found.way, there.asked) == ("single", 2)


def test_a_person_asks_whatever_is_known(store: Store, ehr: Ehr, there: Declaring) -> None:
    for asked in (1, 2, 3):
        profile_there(store, ehr, NOW, fresh=True)
        assert there.asked == asked


def test_what_another_address_declared_is_not_believed(store: Store, ehr: Ehr) -> None:
    assert stored_profile(store, NORTH) is None
    profile_there(store, ehr, NOW)
    assert stored_profile(store, NORTH) is not None
    assert stored_profile(store, NORTH.model_copy(update={"base_url": "https://other.example/fhir"})) is None


def test_overrides_are_those_of_today(store: Store, ehr: Ehr) -> None:
    profile_there(store, ehr, NOW)
    today = Destination.model_validate({**NORTH.model_dump(), "overrides": {"rung": "batch"}})
    found = stored_profile(store, today)
    assert found is not None
    assert found.way == "batch"


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (httpx.Response(503), Unavailable(503)),
        (httpx.Response(200, json={"resourceType": "OperationOutcome"}), Unavailable(200)),
        (httpx.Response(200, json=["CapabilityStatement"]), Unavailable(200)),
        (httpx.Response(200), Unavailable(200)),
    ],
)
def test_what_is_no_statement_is_not_kept(
    store: Store, ehr: Ehr, there: Declaring, answer: httpx.Response, outcome: Any
) -> None:
    there.answer = answer
    assert profile_there(store, ehr, NOW) == outcome
    assert store.known("north").fetched_at is None


def test_what_is_known_is_stored_with_its_time(store: Store, ehr: Ehr) -> None:
    profile_there(store, ehr, NOW)
    assert (store.known("north").fetched_at, store.known("north").base_url) == (NOW, NORTH.base_url)
    assert b'"CapabilityStatement"' in (store.statement("north") or b"")
    assert store.statement("south") is None


def test_a_pause_keeps_who_and_when_and_what_was_learnt(store: Store, ehr: Ehr) -> None:
    store.pause("north", "ada", NOW)
    store.pause("north", "bob", LATER)
    profile_there(store, ehr, NOW)
    known = store.known("north")
    assert (known.paused_by, known.paused_at, known.fetched_at) == ("ada", NOW, NOW)
    store.resume("north")
    assert (store.known("north").paused_at, store.known("north").fetched_at) == (None, NOW)
    assert store.known("south").paused_at is None
