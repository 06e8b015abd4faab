"""The sessions of a course in the store: who tells whom, and who has not heard of it yet."""

from __future__ import annotations

from typing import Any

import pytest
from made_up import NOW, item, patient, retracted

from service.store import Place, Published, Store


def place(start: int, told: str = "x", course: str = "C", patient: str = "p1", heard: Any = ()) -> Place:
    return Place(patient, course, f"2026-03-{start:02d}T09:00:00.000000+00:00", told, tuple(heard))


def publish(store: Store, number: str, where: Place | None, content: bytes = b"{}") -> Published:
    """With what it is really told, unless ``where`` says what it heard."""
    revision = store.record(number, content, "clinic", NOW).revision
    if where is not None and not where.heard:
        heard = tuple((one.number, one.told) for one in store.earlier(number, where))
        where = Place(where.patient, where.course, where.start, where.told, heard)
    items = [patient(), item("Observation", f"o-{number}")]
    return store.publish(revision, items, (), (), retracted, NOW, where)


def outdated(store: Store) -> list[str]:
    return [revision.number for revision in store.outdated()]


def earlier(store: Store, number: str, where: Place) -> list[tuple[str, str, bytes]]:
    return [(one.number, one.told, one.content) for one in store.earlier(number, where)]


def test_earlier_sessions_come_in_order_with_their_documents(store: Store) -> None:
    publish(store, "S-2", place(2, "b"), b"2")
    publish(store, "S-1", place(1, "a"), b"1")
    publish(store, "S-4", place(4, "d"), b"4")
    assert earlier(store, "S-3", place(3)) == [("S-1", "a", b"1"), ("S-2", "b", b"2")]


@pytest.mark.parametrize("other", [place(1, course="D"), place(1, patient="p2"), place(1, told=""), place(3), None])
def test_what_tells_nothing(store: Store, other: Place | None) -> None:
    publish(store, "S-1", other)
    assert earlier(store, "S-2", place(2)) == []


def test_a_session_tells_itself_nothing(store: Store) -> None:
    publish(store, "S-1", place(1))
    assert earlier(store, "S-1", place(5)) == []


def test_of_those_that_start_at_once_the_number_decides(store: Store) -> None:
    publish(store, "S-1", place(1))
    publish(store, "S-2", place(1))
    assert [row[0] for row in earlier(store, "S-2", place(1))] == ["S-1"]
    assert earlier(store, "S-1", place(1)) == []


def test_in_order_nobody_is_outdated(store: Store) -> None:
    assert [publish(store, f"S-{day}", place(day)).outdates for day in (1, 2, 3)] == [False] * 3
    assert outdated(store) == []


def test_who_comes_late_outdates_those_after_it(store: Store) -> None:
    for day in (1, 3, 4):
        publish(store, f"S-{day}", place(day))
    assert publish(store, "S-2", place(2)).outdates
    assert outdated(store) == ["S-3", "S-4"]


def test_publishing_again_takes_the_mark_off(store: Store) -> None:
    publish(store, "S-2", place(2))
    publish(store, "S-1", place(1))
    assert outdated(store) == ["S-2"]
    assert not publish(store, "S-2", place(2)).outdates
    assert outdated(store) == []


def test_the_same_told_again_outdates_nobody(store: Store) -> None:
    publish(store, "S-1", place(1), b"1")
    publish(store, "S-2", place(2))
    assert not publish(store, "S-1", place(1), b"2").outdates
    assert publish(store, "S-1", place(1, "y"), b"3").outdates


@pytest.mark.parametrize("now", [None, place(1, course="D"), place(1, patient="p2"), place(1, told=""), place(9)])
def test_who_goes_is_missed(store: Store, now: Place | None) -> None:
    publish(store, "S-1", place(1), b"1")
    publish(store, "S-2", place(2))
    assert publish(store, "S-1", now, b"2").outdates
    assert outdated(store) == ["S-2"]


def test_who_tells_nothing_outdates_nobody_and_is_outdated_by_nobody(store: Store) -> None:
    publish(store, "S-3", place(3, told=""))
    assert not publish(store, "S-1", place(1)).outdates
    publish(store, "S-4", place(4))
    assert not publish(store, "S-2", place(2, told="")).outdates


def test_who_has_heard_something_else_is_outdated_itself(store: Store) -> None:
    """Between being asked and being published, an earlier session changed."""
    publish(store, "S-1", place(1, "new"))
    assert publish(store, "S-2", place(2, heard=[("S-1", "old")])).outdates
    assert outdated(store) == ["S-2"]


def test_a_parked_revision_leaves_the_published_one_in_its_place(store: Store) -> None:
    publish(store, "S-1", place(1), b"1")
    parked = store.record("S-1", b"2", "clinic", NOW).revision
    store.park(parked, ())
    assert earlier(store, "S-2", place(2)) == [("S-1", "x", b"1")]
    first = store.revision("S-1", 1)
    assert not store.publish(first, [patient()], (), (), retracted, NOW, place(1)).superseded
    assert store.revision("S-1").state == "parked"


def test_a_newer_published_revision_stands(store: Store) -> None:
    publish(store, "S-1", place(1), b"1")
    publish(store, "S-1", place(1), b"2")
    first = store.revision("S-1", 1)
    assert store.publish(first, [patient()], (), (), retracted, NOW, place(1)).superseded


def test_what_is_parked_does_not_wait_to_be_told(store: Store) -> None:
    """Publishing it again would park it again: a row of terminology comes first."""
    publish(store, "S-2", place(2))
    publish(store, "S-1", place(1))
    store.park(store.revision("S-2"), ())
    assert outdated(store) == []


def test_nothing_is_said_of_a_course_when_the_publication_fails(store: Store) -> None:
    publish(store, "S-2", place(2))
    revision = store.record("S-1", b"1", "clinic", NOW).revision
    with pytest.raises(ValueError, match="stamped"):
        store.publish(revision, [item("Observation", "o1"), _headless()], (), (), retracted, NOW, place(1))
    assert outdated(store) == []
    assert earlier(store, "S-3", place(3)) == [("S-2", "x", b"{}")]


def _headless() -> Any:
    found = item("Observation", "o2")
    return type(found)(found.resource_type, found.id, b"{}", (), False, found.as_of)
