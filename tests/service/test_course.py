"""Sessions of a course tell each other how it began: whatever the order of arrival, corrections, crashes and races."""

from __future__ import annotations

import shutil
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from golden_sessions import record
from hypothesis import HealthCheck, settings
from hypothesis import given as given_any
from hypothesis import strategies as st

from mappings import Clinic, load_clinic, map_session, parse_session
from mappings.resource import Resource
from service.errors import Issue, Unavailable
from service.fhirjson import encode, read_json
from service.pipeline import Pipeline
from service.store import Revision, Store, open_store
from service.validation import Validator

NOW = datetime(2026, 3, 3, tzinfo=UTC)
CLINIC = load_clinic()
DERIVED = ("score-change", "response", "remission")


def pipeline_on(store: Any, clinic: Clinic = CLINIC, validator: Validator | None = None) -> Pipeline:
    ticks = iter(range(1_000_000))
    return Pipeline(store, clinic, validator or Validator(), ("ehr",), lambda: NOW + timedelta(seconds=next(ticks)))


@pytest.fixture
def pipeline(store: Store) -> Pipeline:
    return pipeline_on(store)


def document(day: int, total: int | None, **changes: Any) -> dict[str, Any]:
    """A session of course C with a PHQ-9, or without one."""
    time = f"2026-03-{day:02d}T10:00:00-06:00"
    events = [] if total is None else [{"type": "score", "time": time, "instrument": "phq9", "total": total}]
    found = {"number": f"C-{day}", "start": time, "end": None, "course": {"id": "C"}, "events": events}
    return record(**(found | changes))


def send(pipeline: Pipeline, day: int, total: int | None, **changes: Any) -> Any:
    return pipeline.receive(encode(document(day, total, **changes)), "test")


def derived(store: Store, number: str) -> dict[str, Resource]:
    """The Observations that hang on the course, by code, those taken back among them."""
    found = [read_json(r.content) for r in store.session_resources(number) if r.resource_type == "Observation"]
    return {code: r for r in found if (code := r["code"].get("coding", [{}])[0].get("code")) in DERIVED}


def change(store: Store, number: str) -> tuple[int, int] | None:
    """(change in points, version), None where nothing is said of a change."""
    found = derived(store, number).get("score-change")
    if found is None or found["status"] == "entered-in-error":
        return None
    return int(found["valueQuantity"]["value"]), int(found["meta"]["versionId"])


def rounds(store: Store) -> dict[str, int]:
    """How often each session was queued."""
    return {d.number: d.round for d in store.deliveries() if d.state == "pending"}


def test_in_order_each_session_is_published_once(pipeline: Pipeline, store: Store) -> None:
    for day, total in ((1, 20), (2, 15), (3, 9)):
        send(pipeline, day, total)
    assert [change(store, f"C-{day}") for day in (1, 2, 3)] == [None, (-5, 1), (-11, 1)]
    assert rounds(store) == {"C-1": 1, "C-2": 1, "C-3": 1}
    assert store.outdated() == []


def test_a_baseline_that_comes_late_reaches_the_sessions_after_it(pipeline: Pipeline, store: Store) -> None:
    send(pipeline, 3, 9)
    send(pipeline, 2, 15)
    assert [change(store, f"C-{day}") for day in (2, 3)] == [None, (-6, 1)]
    send(pipeline, 1, 20)
    assert [change(store, f"C-{day}") for day in (1, 2, 3)] == [None, (-5, 1), (-11, 2)]
    assert rounds(store) == {"C-1": 1, "C-2": 2, "C-3": 3}


def test_a_corrected_baseline_changes_what_hangs_on_it_and_nothing_else(pipeline: Pipeline, store: Store) -> None:
    for day, total in ((1, 20), (2, 15), (3, 10)):
        send(pipeline, day, total)
    before = {r.id: r.version for r in store.session_resources("C-3")}
    assert derived(store, "C-3")["response"]["valueBoolean"] is True
    send(pipeline, 1, 18)
    assert [change(store, f"C-{day}") for day in (2, 3)] == [(-3, 2), (-8, 2)]
    found = derived(store, "C-3")
    assert found["response"]["valueBoolean"] is False
    after = {r.id: r.version for r in store.session_resources("C-3")}
    changed = {id_ for id_ in after if after[id_] != before.get(id_)}
    assert changed == {found["score-change"]["id"], found["response"]["id"]}
    assert rounds(store) == {"C-1": 1, "C-2": 2, "C-3": 2}


def test_a_correction_of_anything_else_does_not_reach_them(pipeline: Pipeline, store: Store) -> None:
    for day, total in ((1, 20), (2, 15)):
        send(pipeline, day, total)
    send(pipeline, 1, 20, end="2026-03-01T12:00:00-06:00")
    assert change(store, "C-2") == (-5, 1)
    assert rounds(store) == {"C-1": 1, "C-2": 1}


def test_a_session_between_that_is_not_the_baseline_changes_nothing(pipeline: Pipeline, store: Store) -> None:
    for day, total in ((1, 20), (3, 9), (2, 15)):
        send(pipeline, day, total)
    assert [change(store, f"C-{day}") for day in (2, 3)] == [(-5, 1), (-11, 1)]
    assert rounds(store) == {"C-1": 1, "C-2": 1, "C-3": 1}


def test_a_baseline_in_error_is_taken_back_everywhere(pipeline: Pipeline, store: Store) -> None:
    for day, total in ((1, 20), (2, 15), (3, 9)):
        send(pipeline, day, total)
    send(pipeline, 1, 20, status="entered-in-error")
    assert [change(store, f"C-{day}") for day in (2, 3)] == [None, (-6, 2)]
    assert {r["status"] for r in derived(store, "C-2").values()} == {"entered-in-error"}
    send(pipeline, 1, 20)
    assert [change(store, f"C-{day}") for day in (2, 3)] == [(-5, 3), (-11, 3)]


@pytest.mark.parametrize(
    "moved",
    [{"course": None}, {"course": {"id": "D"}}, {"patient": record()["patient"] | {"mrn": "OTHER"}},
     {"start": "2026-03-09T10:00:00-06:00"}],
    ids=["no course", "another course", "another patient", "a later day"],
)  # fmt: skip
def test_a_session_that_goes_elsewhere_is_missed(pipeline: Pipeline, store: Store, moved: dict[str, Any]) -> None:
    for day, total in ((1, 20), (2, 15), (3, 9)):
        send(pipeline, day, total)
    corrected = document(1, 20, **moved)
    corrected["events"] = [{**event, "time": corrected["start"]} for event in corrected["events"]]
    pipeline.receive(encode(corrected), "test")
    assert [change(store, f"C-{day}") for day in (2, 3)] == [None, (-6, 2)]
    assert (change(store, "C-1") == (5, 1)) == ("start" in moved)


def test_a_session_that_joins_a_course_is_heard(pipeline: Pipeline, store: Store) -> None:
    send(pipeline, 1, 20, course=None)
    send(pipeline, 2, 15)
    assert change(store, "C-2") is None
    send(pipeline, 1, 20)
    assert change(store, "C-2") == (-5, 1)


def test_a_parked_correction_leaves_the_published_one_in_the_course(pipeline: Pipeline, store: Store) -> None:
    for day, total in ((1, 20), (2, 15)):
        send(pipeline, day, total)
    assert send(pipeline, 2, 14, indications=[{"key": "burnout"}]).state == "parked"
    send(pipeline, 3, 9)
    send(pipeline, 1, 25)
    assert [change(store, f"C-{day}") for day in (2, 3)] == [(-10, 2), (-16, 2)]
    assert [row.state for row in store.sessions(None, 9)] == ["published", "parked", "published"]
    assert (store.revision("C-2").revision, store.revision("C-2").state) == (2, "parked")


def test_a_parked_baseline_is_heard_once_it_is_published(pipeline: Pipeline, store: Store, tmp_path: Path) -> None:
    send(pipeline, 1, 20, indications=[{"key": "burnout"}])
    send(pipeline, 2, 15)
    assert change(store, "C-2") is None
    overlay = tmp_path / "clinic.toml"
    overlay.write_text('[indication.burnout]\ntext = "Burn-out"\nlocal = "burnout"\nsource = "ours"\n')
    pipeline_on(store, load_clinic(overlay)).remap([store.revision("C-1")])
    assert change(store, "C-2") == (-5, 1)


def test_the_same_content_again_writes_nothing(pipeline: Pipeline, store: Store) -> None:
    for day, total in ((1, 20), (2, 15)):
        send(pipeline, day, total)
    before = {r.id: r.version for r in store.session_resources("C-2")}
    for day, total in ((1, 20), (2, 15)):
        assert not send(pipeline, day, total).changed
    pipeline.remap([store.revision("C-1"), store.revision("C-2")])
    assert {r.id: r.version for r in store.session_resources("C-2")} == before
    assert rounds(store) == {"C-1": 1, "C-2": 1}


def test_a_dry_run_knows_the_course(pipeline: Pipeline) -> None:
    send(pipeline, 1, 20)
    found = pipeline.dry_run(encode(document(2, 10)))
    codes = [str(r.get("code")) for r in found.resources]
    assert [name for name in DERIVED if any(name in code for code in codes)] == list(DERIVED)


# Crashes and races


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


# Whatever happens


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


def is_derived(resource: Resource) -> bool:
    return resource["resourceType"] == "Observation" and any(
        c["code"] in DERIVED for c in resource["code"].get("coding", [])
    )


def bare(resource: Resource) -> bytes:
    meta = {k: v for k, v in resource["meta"].items() if k not in ("versionId", "lastUpdated")}
    return encode({**resource, "meta": meta})
