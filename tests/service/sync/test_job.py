"""What an attempt writes into the store: whatever happens, the delivery stays visible and alive."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import httpx
import pytest
from made_up import NOW, item, publish

from service.store import Delivery, Store
from service.sync import Destination
from service.sync.attempt import Result
from service.sync.ehr import Ehr
from service.sync.job import MOST_DETAIL, Job, Jobs, detail_of
from service.sync.outcomes import Accepted, Refused, Unavailable, Unknown

DESTINATION = Destination(name="north", base_url="https://ehr.example/fhir")
JOB = Job("north", "S-1", 1, 1)


@pytest.fixture
def queued(store: Store) -> Store:
    """One session, published for ``north``."""
    publish(store, "S-1", [item("Organization", "o1")], destinations=["north"])
    return store


def state(store: Store, revision: int = 1) -> Delivery:
    return next(d for d in store.deliveries(number="S-1", destination="north") if d.revision == revision)


class Broken(httpx.BaseTransport):
    """Fails in a way that no table foresees."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        raise ZeroDivisionError("Mustermann")


@pytest.fixture
def broken() -> Iterator[Ehr]:
    with closing(Ehr(DESTINATION, Broken())) as ehr:
        yield ehr


def test_what_nobody_foresaw_is_tried_again_and_says_nothing_of_the_patient(
    queued: Store, broken: Ehr, capsys: pytest.CaptureFixture[str]
) -> None:
    following = Jobs(queued, {"north": broken}).attempt(JOB, 1)
    assert (following.state, following.code) == ("unknown", "timeout")
    found = state(queued)
    assert (found.state, found.attempts) == ("unknown", 1)
    assert found.detail == "internal error; sent, and nobody knows yet whether it was taken: ZeroDivisionError"
    assert found.next_attempt_at is not None
    said = capsys.readouterr()
    assert "Mustermann" not in said.out + said.err


def test_a_secret_that_is_missing_is_said_and_waited_for(queued: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_SUCH", raising=False)
    named = Destination.model_validate({**DESTINATION.model_dump(), "auth": "bearer", "secret_env": "NO_SUCH"})
    with closing(Ehr(named, Broken())) as ehr:
        assert Jobs(queued, {"north": ehr}).attempt(JOB, 1).state == "retrying"
    assert "the secret of destination north is not where the file says" in str(state(queued).detail)


def test_a_destination_that_is_gone_from_the_file_waits(queued: Store) -> None:
    assert Jobs(queued, {}).attempt(JOB, 1).state == "retrying"
    assert "the destination is not configured" in str(state(queued).detail)


def test_an_older_revision_is_not_attempted(queued: Store, broken: Ehr) -> None:
    publish(queued, "S-1", [item("Organization", "o1", name="New")], b'{"a":1}', destinations=["north"])
    jobs = Jobs(queued, {"north": broken})
    assert jobs.attempt(JOB, 2).state == "superseded"
    assert [(d.revision, d.state) for d in queued.deliveries(number="S-1")] == [(2, "pending"), (1, "superseded")]
    assert (jobs.is_live(JOB), jobs.is_live(Job("north", "S-1", 2, 1))) == (False, True)


def test_an_older_round_is_not_attempted(queued: Store, broken: Ehr) -> None:
    queued.redeliver("north", "S-1", NOW)
    assert Jobs(queued, {"north": broken}).attempt(JOB, 2).state == "superseded"
    assert (state(queued).state, state(queued).round) == ("pending", 2)


class Overtaken(httpx.BaseTransport):
    """While the request is on its way, a newer revision is published."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        publish(self._store, "S-1", [item("Organization", "o1", name="New")], b'{"a":1}', destinations=["north"])
        return httpx.Response(503)


def test_what_was_overtaken_on_its_way_leaves_the_newer_one_alone(queued: Store) -> None:
    with closing(Ehr(DESTINATION, Overtaken(queued))) as ehr:
        assert Jobs(queued, {"north": ehr}).attempt(JOB, 1).state == "superseded"
    assert [(d.revision, d.state) for d in queued.deliveries(number="S-1")] == [(2, "pending"), (1, "superseded")]


@pytest.mark.parametrize(
    ("result", "detail"),
    [
        (Result(Accepted(200)), None),
        (Result(Refused(422, "invalid")), "answered 422"),
        (Result(Unavailable()), "no connection"),
        (Result(Unknown("ReadTimeout")), "sent, and nobody knows yet whether it was taken: ReadTimeout"),
        (Result(Accepted(200), "", ("A", "B")), "left out, as the destination does not take them: A, B"),
        (Result(Unavailable(503), "why"), "why; answered 503"),
    ],
)
def test_the_detail_says_what_a_person_should_know(result: Result, detail: str | None) -> None:
    assert detail_of(result) == detail


def test_a_detail_has_an_end() -> None:
    assert len(detail_of(Result(Accepted(200), "x" * 2000)) or "") == MOST_DETAIL
