"""Sessions of a course tell each other how it began: whatever the order of arrival, and whatever is corrected."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from courses import (
    DERIVED,
    change,
    derived,
    document,
    pipeline_on,
    rounds,
    send,
)
from golden_sessions import record

from mappings import load_clinic
from service.fhirjson import encode
from service.pipeline import Pipeline
from service.store import Store


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
