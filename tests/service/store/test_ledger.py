"""The ledger, attempts, decisions, workers and leases on each kind of database."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from threading import Thread

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from made_up import NOW, item, patient, publish

from service.errors import NotFound
from service.store import Act, Link, Store
from service.store.attempts import TAKEN, UNWANTED
from service.store.workers import STALE_SECONDS

LATER = NOW + timedelta(seconds=STALE_SECONDS + 1)


def never(_process: str) -> bool:
    return False


LINK = Link(
    "hospital", "Patient", "p1", "their-1", "2", "hash", "conflict", "answered", "intent", NOW, "conflict", b"{}"
)


def test_a_row_is_kept_as_it_was_written(store: Store) -> None:
    store.save_links([LINK, replace(LINK, id="p2", their_id=None, theirs=None, intent_at=None)], NOW)
    assert store.link("hospital", "Patient", "p1") == LINK
    assert store.links("hospital", [("Patient", "p1"), ("Observation", "p2"), ("Patient", "none")]) == [LINK]
    store.save_links([replace(LINK, state="delivered")], NOW)
    found = store.link("hospital", "Patient", "p1")
    assert found is not None
    assert found.state == "delivered"
    store.forget_link("hospital", "Patient", "p1")
    assert store.link("hospital", "Patient", "p1") is None


def test_more_rows_than_a_statement_takes_are_found(store: Store) -> None:
    many = [replace(LINK, id=f"p{n}") for n in range(1000)]
    store.save_links(many, NOW)
    assert len(store.links("hospital", [("Patient", f"p{n}") for n in range(1000)])) == 1000


def test_what_is_known_of_a_session_comes_in_its_order(store: Store) -> None:
    publish(store, "S-1", [patient("p1"), item("Observation", "o1")], destinations=["hospital"])
    store.save_links([replace(LINK, resource_type="Observation", id="o1"), LINK], NOW)
    assert [link.name for link in store.session_links("hospital", "S-1")] == ["Patient/p1", "Observation/o1"]
    assert store.session_links("registry", "S-1") == []


states = st.sampled_from(["pending", "in-flight", "unknown", "delivered", "kept", "conflict", "held", "dead"])
rows = st.builds(
    lambda id_, state, sent: Link("hospital", "Patient", id_, None, None, sent, state),
    st.sampled_from(["a", "b", "c"]),
    states,
    st.none() | st.sampled_from(["", "x", "y"]),
)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches=st.lists(st.lists(rows, min_size=1, max_size=4), max_size=5))
def test_the_latest_word_stands(store: Store, batches: list[list[Link]]) -> None:
    for id_ in "abc":
        store.forget_link("hospital", "Patient", id_)
    expected: dict[str, Link] = {}
    for batch in batches:
        store.save_links(batch, NOW)
        expected |= {link.id: link for link in batch}
    assert {link.id: link for link in store.links("hospital", [("Patient", id_) for id_ in "abc"])} == expected


def begin(store: Store, owner: str | None = None, round_: int = 1, at: object = NOW, revision: int = 1) -> int:
    return store.begin_attempt("hospital", "S-1", revision, round_, 1, owner, at)  # type: ignore[arg-type]


def end(store: Store, key: int, state: str = "delivered") -> bool:
    return store.end_attempt(key, state=state, code=None, detail=None, next_attempt_at=None, sent=3, now=NOW)


@pytest.fixture
def queued(store: Store) -> Store:
    publish(store, "S-1", [patient("p1")], destinations=["hospital"])
    return store


def test_an_attempt_is_written_when_it_begins_and_when_it_ends(queued: Store) -> None:
    key = begin(queued)
    (one,) = queued.attempts("hospital", "S-1")
    assert (one.nth, one.ended_at, one.state) == (1, None, None)
    assert queued.deliveries("S-1")[0].state == "in-flight"
    assert queued.deliveries("S-1")[0].since == NOW
    assert end(queued, key)
    (one,) = queued.attempts("hospital", "S-1")
    assert (one.state, one.sent, one.ended_at) == ("delivered", 3, NOW)


def test_what_something_newer_took_the_place_of_is_not_begun(queued: Store) -> None:
    assert begin(queued, round_=2) == UNWANTED
    publish(queued, "S-1", [patient("p1", name="x")], b"2", destinations=["hospital"])
    assert begin(queued) == UNWANTED


def test_what_was_overtaken_on_its_way_says_so_and_changes_nothing(queued: Store) -> None:
    key = begin(queued, "a")
    publish(queued, "S-1", [patient("p1", name="x")], b"2", destinations=["hospital"])
    assert not end(queued, key)
    assert [(d.revision, d.state) for d in queued.deliveries("S-1")] == [(2, "pending"), (1, "superseded")]
    assert queued.attempts("hospital", "S-1")[0].state == "delivered"


def test_one_process_at_a_time_is_at_a_session(queued: Store) -> None:
    """Until it ends, or is dead: then another one takes it up."""
    for token in ("a", "b"):
        queued.workers.claim(token, "", never, NOW)
    key = begin(queued, "a")
    assert begin(queued, "b") == TAKEN
    assert begin(queued, "a") > 0
    end(queued, key)
    assert begin(queued, "b") > 0
    assert begin(queued, "a") == TAKEN
    assert begin(queued, "a", at=LATER) > 0


def test_names_are_taken_in_order_and_those_of_the_dead_again(store: Store) -> None:
    claim = store.workers.claim
    assert [claim(token, f"process-{token}", never, NOW) for token in "abc"] == ["worker-1", "worker-2", "worker-3"]
    assert claim("d", "process-d", lambda process: process == "process-b", NOW) == "worker-2"
    store.workers.leave("a")
    assert claim("e", "", never, NOW) == "worker-1"


def test_a_process_that_comes_back_under_its_name_gives_up_the_turns_of_the_dead_one(store: Store) -> None:
    """Else a new patient waited for the turn's end, while the one who had it was dead."""
    later = NOW + timedelta(minutes=2)
    store.workers.claim("a", "process-a", never, NOW)
    assert store.patients.take_turn("hospital", "patient", "a", later, NOW)
    assert not store.patients.take_turn("hospital", "patient", "b", later, NOW)
    assert store.workers.claim("b", "process-b", lambda process: process == "process-a", NOW) == "worker-1"
    assert store.patients.take_turn("hospital", "patient", "b", later, NOW)


def test_who_is_not_heard_of_is_buried_once(store: Store) -> None:
    store.workers.claim("a", "", never, NOW)
    store.workers.claim("b", "", never, NOW)
    assert store.workers.bury(never, NOW) == []
    assert store.workers.beat("b", LATER)
    assert store.workers.bury(never, LATER, silent_too=False) == []
    assert store.workers.bury(never, LATER) == ["worker-1"]
    assert store.workers.bury(never, LATER) == []
    assert not store.workers.beat("a", LATER)
    assert [worker.executor for worker in store.workers.living()] == ["worker-2"]


def test_a_lease_ends_with_its_owner_or_its_time(store: Store) -> None:
    lease = store.workers.lease
    for token in ("a", "b"):
        store.workers.claim(token, "", never, NOW)
    assert lease("turn", "a", NOW)
    assert not lease("turn", "b", NOW)
    store.workers.release("turn", "b")
    assert not lease("turn", "b", NOW)
    store.workers.release("turn", "a")
    assert lease("turn", "b", NOW)
    store.workers.beat("a", LATER)
    assert lease("turn", "a", LATER)  # b was not heard of
    assert lease("probe", "a", NOW, 5)
    assert not lease("probe", "a", NOW + timedelta(seconds=4), 5)
    assert lease("probe", "a", NOW + timedelta(seconds=5), 5)


def test_a_turn_whose_end_could_not_be_written_is_had_again(store: Store) -> None:
    """The process lives on, and asks when it is at none: nobody else would ever have it."""
    store.workers.claim("a", "", never, NOW)
    for _ in range(2):
        assert store.workers.lease("turn", "a", NOW)


def test_of_many_that_ask_at_once_one_has_it(store: Store) -> None:
    for n in range(4):
        store.workers.claim(f"t{n}", "", never, NOW)
    answers: list[bool] = []
    threads = [Thread(target=lambda n=n: answers.append(store.workers.lease("turn", f"t{n}", NOW))) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [False, False, False, True]


def act(what: str = "purge") -> Act:
    return Act(NOW, "somebody", what, "hospital", "S-1", 1, "sent by fax")


def test_a_delivery_is_purged_with_a_reason_and_only_when_it_stopped(queued: Store) -> None:
    with pytest.raises(NotFound):
        queued.purge(act(), NOW)
    queued.set_delivery("hospital", "S-1", 1, state="dead", attempts=9, now=NOW)
    queued.purge(act(), NOW)
    assert queued.deliveries("S-1")[0].state == "purged"
    assert queued.acts("S-1") == [act()]
    assert begin(queued) == UNWANTED
    publish(queued, "S-1", [patient("p1", name="x")], b"2", destinations=["hospital"])
    assert [(d.revision, d.state) for d in queued.deliveries("S-1")] == [(2, "pending"), (1, "purged")]


def test_a_correction_goes_everywhere_the_session_went(queued: Store) -> None:
    """Also to a destination that is no longer in the file."""
    queued.save_links([LINK], NOW)
    publish(queued, "S-1", [patient("p1", name="x")], b"2", destinations=["registry"])
    found = {(d.destination, d.revision, d.state) for d in queued.deliveries("S-1")}
    assert found == {("hospital", 1, "superseded"), ("hospital", 2, "pending"), ("registry", 2, "pending")}


def test_a_report_is_kept(store: Store) -> None:
    store.save_report("hospital", "S-1", 1, b"first", NOW)
    store.save_report("hospital", "S-1", 1, b"second", NOW)
    assert store.report("hospital", "S-1", 1) == b"second"
    assert store.report("hospital", "S-1", 2) is None


def test_counting_the_queue_changes_nothing(queued: Store) -> None:
    queued.count_queue()
    assert queued.deliveries("S-1")[0].state == "pending"
