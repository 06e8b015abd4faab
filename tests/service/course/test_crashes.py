"""A course in crashes and races, and whatever is sent: the end is what the last documents say."""

from __future__ import annotations

import shutil
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from courses import (
    CLINIC,
    bare,
    change,
    derived,
    document,
    is_derived,
    pipeline_on,
    send,
)
from hypothesis import HealthCheck, settings
from hypothesis import given as given_any
from hypothesis import strategies as st

from mappings import map_session, parse_session
from service.errors import Issue, Unavailable
from service.fhirjson import encode, read_json
from service.pipeline import Pipeline
from service.store import Revision, Store, open_store
from service.validation import Validator


@dataclass
class Dying:
    """A store whose process dies at the n-th publication, before or after it is durable."""

    store: Store
    publications: int
    done: int = field(default=0)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.store, name)

    def publish(self, *parts: Any) -> Any:
        if self.done == self.publications:
            raise Unavailable("the process is gone")
        self.done += 1
        return self.store.publish(*parts)


@pytest.mark.parametrize("publications", [1, 2, 3])
def test_what_a_crash_leaves_outdated_is_published_at_start(store: Store, publications: int) -> None:
    whole = pipeline_on(store)
    for day, total in ((1, 20), (2, 15), (3, 9), (4, 5)):
        send(whole, day, total)
    with pytest.raises(Unavailable):
        send(pipeline_on(Dying(store, publications)), 1, 24)
    assert len(store.outdated()) == 4 - publications
    assert len(pipeline_on(store).recover()) == 4 - publications
    assert [change(store, f"C-{day}") for day in (2, 3, 4)] == [(-9, 2), (-15, 2), (-19, 2)]
    assert pipeline_on(store).recover() == []


def test_sending_again_finishes_it_too(store: Store) -> None:
    """The clinic had no answer, so it tries again; the record is there already."""
    for day, total in ((1, 20), (2, 15)):
        send(pipeline_on(store), day, total)
    with pytest.raises(Unavailable):
        send(pipeline_on(Dying(store, 1)), 1, 24)
    assert not send(pipeline_on(store), 1, 24).changed
    assert change(store, "C-2") == (-9, 2)


class Slow(Validator):
    """While it judges, another process publishes."""

    def __init__(self, store: Store, *meanwhile: tuple[int, int]) -> None:
        super().__init__()
        self._other, self._meanwhile = pipeline_on(store), list(meanwhile)

    def validate(self, resource: dict[str, Any]) -> list[Issue]:
        if self._meanwhile:
            send(self._other, *self._meanwhile.pop())
        return super().validate(resource)


def test_a_baseline_published_while_a_later_session_is_mapped_is_heard(store: Store) -> None:
    send(pipeline_on(store, validator=Slow(store, (1, 20))), 2, 15)
    assert change(store, "C-2") == (-5, 1)
    assert store.outdated() == []


def test_a_baseline_corrected_while_a_later_session_is_mapped_is_heard(store: Store) -> None:
    send(pipeline_on(store), 1, 20)
    send(pipeline_on(store, validator=Slow(store, (1, 24))), 2, 15)
    assert change(store, "C-2") == (-9, 2)
    assert store.outdated() == []


class Unasked:
    """A store that must not be asked about courses."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def __getattr__(self, name: str) -> Any:
        assert name not in ("earlier", "outdated")
        return getattr(self.store, name)


def test_without_a_course_nothing_is_asked(store: Store) -> None:
    pipeline = pipeline_on(Unasked(store))
    send(pipeline, 1, 20, course=None)
    send(pipeline, 1, 21, course=None)
    send(pipeline, 1, 21, course=None)
    assert store.revision("C-1").revision == 2


def test_what_an_older_release_took_counts_for_nothing(store: Store, pipeline: Pipeline) -> None:
    """A published document that is no session any more does not stop the course."""
    send(pipeline, 1, 20)
    _forget_patient(store, store.revision("C-1"))
    assert send(pipeline, 2, 15).state == "published"
    assert change(store, "C-2") is None


def _forget_patient(store: Store, revision: Revision) -> None:
    old = encode({**read_json(revision.content), "patient": {}})
    with store.engine.begin() as connection:
        place = "?" if store.embedded else "%s"
        connection.exec_driver_sql(f"UPDATE revisions SET content = {place} WHERE pk = {place}", (old, revision.pk))


@dataclass(frozen=True)
class Sent:
    day: int
    total: int | None
    error: bool
    course: str | None


acts = st.lists(
    st.builds(
        Sent,
        st.integers(1, 4),
        st.one_of(st.none(), st.integers(0, 27)),
        st.booleans(),
        st.sampled_from(["C", "C", "D", None]),
    ),
    min_size=2,
    max_size=8,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given_any(acts)
def test_whatever_is_sent_the_end_is_what_the_last_documents_say(
    migrated_file: Path, tmp_path: Path, acts: list[Sent]
) -> None:
    """As if only the last document of each session had been sent, in order of time."""
    shutil.copy(migrated_file, tmp_path / "any.sqlite3")
    latest = {}
    with closing(open_store(f"sqlite:///{tmp_path / 'any.sqlite3'}")) as store:
        pipeline = replace(pipeline_on(store), destinations=())
        for act in acts:
            status = "entered-in-error" if act.error else "completed"
            course = act.course and {"id": act.course}
            found = document(act.day, act.total, status=status, course=course)
            pipeline.receive(encode(found), "test")
            latest[act.day] = parse_session(found)
        assert store.outdated() == []
        for session in latest.values():
            expected = [r for r in map_session(session, CLINIC, tuple(latest.values())) if is_derived(r)]
            stored = derived(store, session.number).values()
            kept = [r for r in stored if r["status"] != "entered-in-error" or session.status == r["status"]]
            if session.status != "entered-in-error":
                assert sorted(map(bare, kept)) == sorted(map(bare, expected))
            else:
                assert {r["status"] for r in kept} <= {"entered-in-error"}
    for file in tmp_path.glob("any.sqlite3*"):
        file.unlink()
