"""Transaction 1 keeps what a clinic said, once per content, and knows what became of it."""

from __future__ import annotations

from datetime import timedelta, timezone

import pytest
from made_up import NOW, item, patient, publish

from service.errors import Issue, NotFound
from service.store import Store

WARNING = Issue("warning", "code-invalid", "no code for this drug", ("medication.drug",))
FAULT = Issue("error", "not-supported", "no row for this concept", ("events[2].concept",))


def test_a_new_session_is_its_first_revision(store: Store) -> None:
    recorded = store.record("S-1", b'{"a":1}', "clinic", NOW)
    assert recorded.is_new
    assert recorded.revision == store.revision("S-1")
    found = store.revision("S-1", 1)
    assert (found.revision, found.state, found.sender, found.content) == (1, "received", "clinic", b'{"a":1}')
    assert found.received_at == NOW


def test_the_same_content_again_writes_nothing(store: Store) -> None:
    first = store.record("S-1", b"{}", "clinic", NOW)
    again = store.record("S-1", b"{}", "another", NOW + timedelta(days=1))
    assert not again.is_new
    assert again.revision == first.revision


def test_other_content_is_another_revision_and_the_first_stays(store: Store) -> None:
    store.record("S-1", b"1", "clinic", NOW)
    assert store.record("S-1", b"2", "clinic", NOW).revision.revision == 2
    assert store.record("S-1", b"1", "clinic", NOW).revision.revision == 3  # back again: a third word
    assert [store.revision("S-1", n).content for n in (1, 2, 3)] == [b"1", b"2", b"1"]


def test_times_are_kept_as_instants_whatever_their_offset(store: Store) -> None:
    here = NOW.astimezone(timezone(timedelta(hours=-6)))
    assert store.record("S-1", b"{}", "clinic", here).revision.received_at == NOW
    assert store.revision("S-1").received_at == NOW


def test_what_is_not_there_is_not_found(store: Store) -> None:
    store.record("S-1", b"{}", "clinic", NOW)
    for number, revision in (("S-2", None), ("S-1", 2), ("S-1", 0)):
        with pytest.raises(NotFound):
            store.revision(number, revision)


def test_a_parked_revision_keeps_its_issues_and_can_be_published_later(store: Store) -> None:
    revision = store.record("S-1", b"{}", "clinic", NOW).revision
    store.park(revision, [FAULT])
    parked = store.revision("S-1")
    assert (parked.state, parked.issues) == ("parked", (FAULT,))
    assert store.unpublished() == []
    store.publish(parked, [patient()], [WARNING], (), lambda _: None, NOW)
    published = store.revision("S-1")
    assert (published.state, published.issues) == ("published", (WARNING,))


def test_unpublished_are_the_latest_revisions_that_a_crash_left_oldest_first(store: Store) -> None:
    store.record("S-2", b"1", "clinic", NOW)
    store.record("S-1", b"1", "clinic", NOW)
    store.record("S-2", b"2", "clinic", NOW)
    publish(store, "S-3", [patient()])
    assert [(r.number, r.revision) for r in store.unpublished()] == [("S-1", 1), ("S-2", 2)]


def test_sessions_are_listed_by_number_page_by_page(store: Store) -> None:
    for n in range(5):
        store.record(f"S-{n}", b"{}", "clinic", NOW)
    store.park(store.revision("S-3"), [FAULT])
    first = store.sessions(None, 3)
    assert [row.number for row in first] == ["S-0", "S-1", "S-2"]
    assert [row.number for row in store.sessions(first[-1].number, 3)] == ["S-3", "S-4"]
    assert [(row.number, row.state) for row in store.sessions(None, 9, "parked")] == [("S-3", "parked")]


def test_a_list_shows_the_latest_revision(store: Store) -> None:
    publish(store, "S-1", [patient()], b"1")
    store.record("S-1", b"2", "clinic", NOW + timedelta(hours=1))
    (row,) = store.sessions(None, 9)
    assert (row.revision, row.state, row.received_at) == (2, "received", NOW + timedelta(hours=1))


def test_a_late_verdict_on_an_old_revision_leaves_the_list_alone(store: Store) -> None:
    old = store.record("S-1", b"1", "clinic", NOW).revision
    store.record("S-1", b"2", "clinic", NOW)
    store.park(old, [FAULT])
    assert [row.state for row in store.sessions(None, 9)] == ["received"]
    assert store.revision("S-1", 1).state == "parked"


def test_the_sessions_of_one_patient_are_found_from_any_of_them(store: Store) -> None:
    for number, who in (("S-1", "p1"), ("S-2", "p2"), ("S-3", "p1")):
        publish(store, number, [patient(who), item("Observation", f"o-{number}")])
    assert store.sessions_of_patient("S-3") == ["S-1", "S-3"]
    assert store.sessions_of_patient("S-9") == []
