"""Every publication queues one delivery per destination in its own transaction, and the queue holds names only."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from made_up import NOW, item, patient, publish

from service.errors import NotFound
from service.store import Link, Store


def queue(store: Store) -> list[Any]:
    """The engine's own rows, in the order in which they would leave."""
    table = "workflow_status" if store.embedded else "dbos.workflow_status"
    columns = "workflow_uuid, status, name, queue_name, queue_partition_key, application_version, priority, inputs"
    with store.engine.connect() as connection:
        return list(connection.execute(sa.text(f"SELECT {columns} FROM {table} ORDER BY priority, created_at")))


def test_a_publication_queues_one_delivery_for_each_destination(store: Store) -> None:
    publish(store, "S-1", [patient("p1")], destinations=("hospital", "registry"))
    assert [(d.destination, d.revision, d.state, d.attempts, d.round) for d in store.deliveries("S-1")] == [
        ("hospital", 1, "pending", 0, 1),
        ("registry", 1, "pending", 0, 1),
    ]
    first = queue(store)[0]
    assert first.workflow_uuid == "hospital:S-1:1:1"
    assert (first.status, first.name, first.queue_name) == ("ENQUEUED", "deliver", "deliver-hospital")
    assert (first.queue_partition_key, first.application_version) == ("p1", "1")


def test_the_queue_holds_no_patient_data(store: Store) -> None:
    publish(store, "S-1", [patient("p1", name="Mustermann")], b'{"name":"Mustermann"}', ("hospital",))
    assert all("Mustermann" not in str(row) for row in queue(store))


def test_deliveries_leave_in_the_order_in_which_they_were_recorded(store: Store) -> None:
    for number in ("S-10", "S-9", "S-8"):  # within one millisecond, or with the clock set back, time cannot tell
        publish(store, number, [patient()], destinations=("hospital",))
    assert [row.workflow_uuid.split(":")[1] for row in queue(store)] == ["S-10", "S-9", "S-8"]
    assert [row.priority for row in queue(store)] == sorted({row.priority for row in queue(store)})


def test_what_is_queued_again_leaves_behind_what_was_recorded_since(store: Store) -> None:
    """It may refer to that: to the score that its course began with."""
    for number in ("S-2", "S-1"):
        publish(store, number, [patient(), item("Observation", number)], destinations=("hospital",))
    publish(store, "S-2", [patient(), item("Observation", "S-2", note="a")], destinations=("hospital",))
    assert [row.workflow_uuid for row in queue(store)] == ["hospital:S-2:1:1", "hospital:S-1:1:1", "hospital:S-2:1:2"]


def test_a_publication_that_fails_queues_nothing(store: Store) -> None:
    revision = store.record("S-1", b"{}", "clinic", NOW).revision
    with pytest.raises(RuntimeError):
        store.publish(revision, [patient()], (), Broken(("hospital",)), lambda _: None, NOW)
    assert store.deliveries() == []
    assert queue(store) == []


def test_a_newer_revision_supersedes_what_waits(store: Store) -> None:
    publish(store, "S-1", [item("Observation", "o", note="a")], b"1", ("hospital",))
    publish(store, "S-1", [item("Observation", "o", note="b")], b"2", ("hospital",))
    assert [(d.revision, d.state) for d in store.deliveries("S-1")] == [(2, "pending"), (1, "superseded")]


def test_what_arrived_stays_delivered_when_a_newer_revision_comes(store: Store) -> None:
    publish(store, "S-1", [item("Observation", "o", note="a")], b"1", ("hospital",))
    store.set_delivery("hospital", "S-1", 1, state="delivered", attempts=1, now=NOW)
    publish(store, "S-1", [item("Observation", "o", note="b")], b"2", ("hospital",))
    assert [(d.revision, d.state) for d in store.deliveries("S-1")] == [(2, "pending"), (1, "delivered")]


def test_a_remap_that_changes_nothing_is_not_sent_again_but_one_that_does_is(store: Store) -> None:
    publish(store, "S-1", [item("Observation", "o")], b"1", ("hospital",))
    store.set_delivery("hospital", "S-1", 1, state="delivered", attempts=1, now=NOW)
    publish(store, "S-1", [item("Observation", "o")], b"1", ("hospital",))
    assert [d.state for d in store.deliveries("S-1")] == ["delivered"]
    publish(store, "S-1", [item("Observation", "o", note="new words")], b"1", ("hospital",))
    assert [(d.state, d.round, d.attempts) for d in store.deliveries("S-1")] == [("pending", 2, 0)]
    assert len(queue(store)) == 2


def test_a_new_destination_is_served_at_the_next_remap(store: Store) -> None:
    publish(store, "S-1", [patient()], b"1")
    publish(store, "S-1", [patient()], b"1", ("hospital",))
    assert [d.destination for d in store.deliveries("S-1")] == ["hospital"]


def test_how_a_delivery_stands_is_written_and_found(store: Store) -> None:
    later = NOW + timedelta(minutes=5)
    for number in ("S-1", "S-2"):
        publish(store, number, [patient()], destinations=("hospital", "registry"))
    store.set_delivery(
        "hospital", "S-1", 1, state="retrying", attempts=2, now=NOW, code="timeout", detail="HTTP 503",
        next_attempt_at=later,
    )  # fmt: skip
    (one,) = store.deliveries(states=("retrying", "held"))
    assert (one.number, one.destination, one.attempts, one.code) == ("S-1", "hospital", 2, "timeout")
    assert (one.detail, one.next_attempt_at, one.updated_at) == ("HTTP 503", later, NOW)
    assert len(store.deliveries(destination="registry")) == 2
    assert len(store.deliveries(limit=3)) == 3


def test_delivering_again_is_a_new_round_of_the_latest_published_revision(store: Store) -> None:
    publish(store, "S-1", [patient()], b"1", ("hospital",))
    store.set_delivery("hospital", "S-1", 1, state="failed", attempts=9, now=NOW, code="value")
    store.record("S-1", b"2", "clinic", NOW)  # recorded, not published: there is nothing of it to send
    again = store.redeliver("hospital", "S-1", NOW)
    assert (again.revision, again.round, again.state, again.attempts, again.code) == (1, 2, "pending", 0, None)
    assert [row.workflow_uuid for row in queue(store)] == ["hospital:S-1:1:1", "hospital:S-1:1:2"]
    assert {row.queue_partition_key for row in queue(store)} == {"p1"}


def test_nothing_published_cannot_be_delivered_again(store: Store) -> None:
    store.record("S-1", b"1", "clinic", NOW)
    for number in ("S-1", "S-9"):
        with pytest.raises(NotFound):
            store.redeliver("hospital", number, NOW)


def test_the_ledger_keeps_the_latest_answer_of_each_destination(store: Store) -> None:
    first = Link("hospital", "Patient", "p1", "their-1", "1", "hash")
    store.save_links([first, Link("hospital", "Observation", "o1", "their-2", None, None)], NOW)
    store.save_links([Link("hospital", "Patient", "p1", "their-1", "2", "hash2")], NOW)
    assert store.link("hospital", "Patient", "p1") == Link("hospital", "Patient", "p1", "their-1", "2", "hash2")
    assert store.link("hospital", "Observation", "o1") == Link("hospital", "Observation", "o1", "their-2", None, None)
    assert store.link("registry", "Patient", "p1") is None


class Broken(tuple[str, ...]):
    """Destinations that end in a fault after all have been queued."""

    __slots__ = ()

    def __iter__(self) -> Iterator[str]:
        yield from super().__iter__()
        raise RuntimeError("at the very end")
