"""What was published is read back as the bytes that were validated."""

from __future__ import annotations

from threading import Thread

import pytest
from made_up import item, patient, publish

from service.errors import NotFound
from service.store import Store


def test_reading_by_type_and_id(store: Store) -> None:
    publish(store, "S-1", [patient("same"), item("Observation", "same")])
    assert store.read("Patient", "same").resource_type == "Patient"
    assert store.read("Observation", "same").resource_type == "Observation"


@pytest.mark.parametrize(("kind", "id_"), [("Patient", "p2"), ("Observation", "p1"), ("patient", "p1"), ("", "")])
def test_what_is_not_there_is_not_found(store: Store, kind: str, id_: str) -> None:
    publish(store, "S-1", [patient("p1")])
    with pytest.raises(NotFound):
        store.read(kind, id_)


@pytest.mark.parametrize("version", [0, 2, -1])
def test_a_version_that_never_was_is_not_found(store: Store, version: int) -> None:
    publish(store, "S-1", [patient("p1")])
    with pytest.raises(NotFound):
        store.read_version("Patient", "p1", version)


def test_a_session_yields_its_resources_in_mapping_order(store: Store) -> None:
    order = [patient(), item("Encounter", "e"), item("Observation", "b"), item("Observation", "a")]
    publish(store, "S-1", order)
    assert [r.id for r in store.session_resources("S-1")] == ["p1", "e", "b", "a"]
    assert store.session_resources("S-2") == []


def test_a_read_sees_what_was_committed_before_it(store: Store) -> None:
    for n in range(5):
        publish(store, "S-1", [item("Observation", "o1", note=n)], b"%d" % n)
        assert store.read("Observation", "o1").version == n + 1


def test_each_thread_reads_and_closing_lets_go_of_all_connections(store: Store) -> None:
    publish(store, "S-1", [patient()])
    found: list[int] = []
    threads = [Thread(target=lambda: found.append(store.read("Patient", "p1").version)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    store.close()
    assert found == [1] * 8
    assert store.read("Patient", "p1").version == 1  # a closed store opens again when it is asked
