"""record → map → validate → store: each outcome a clinic may meet, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from golden_sessions import at, record

from mappings import RESOURCES, load_clinic
from mappings.context import SessionContext
from mappings.resource import Resource, ResourceMapping, SearchParam
from service.errors import NotFound, Rejected
from service.fhirjson import encode, read_json
from service.pipeline import Pipeline
from service.store import Store, TokenCriterion, open_store
from service.validation import Validator

NOW = datetime(2026, 3, 3, tzinfo=UTC)


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    found = open_store(database_url)
    found.migrate()
    yield found
    found.close()


@pytest.fixture
def pipeline(store: Store) -> Pipeline:
    ticks = iter(range(1_000_000))
    return Pipeline(store, load_clinic(), Validator(), ("ehr",), lambda: NOW + timedelta(seconds=next(ticks)))


def send(pipeline: Pipeline, **changes: Any) -> Any:
    return pipeline.receive(encode(record(**changes)), "test")


def current(store: Store, number: str = "T-1") -> dict[str, dict[str, Any]]:
    return {f"{r.resource_type}/{r.id}": read_json(r.content) for r in store.session_resources(number)}


def test_a_session_is_published_and_queued(pipeline: Pipeline, store: Store) -> None:
    receipt = send(pipeline)
    assert (receipt.revision, receipt.state, receipt.created, receipt.changed) == (1, "published", True, True)
    assert [(d.destination, d.revision, d.state) for d in store.deliveries()] == [("ehr", 1, "pending")]


def test_the_same_content_again_changes_nothing(pipeline: Pipeline, store: Store) -> None:
    send(pipeline)
    before = current(store)
    receipt = send(pipeline)
    assert (receipt.revision, receipt.changed, receipt.created) == (1, False, False)
    assert current(store) == before
    assert len(store.deliveries()) == 1


def test_a_revision_changes_only_what_changed(pipeline: Pipeline, store: Store) -> None:
    send(pipeline)
    before = current(store)
    events = [
        *record()["events"][:2],
        at(20, "vital-signs", systolic=150, diastolic=92, heart_rate=88, oxygen_saturation=97),
        at(45, "infusion-stop"),
    ]
    receipt = send(pipeline, events=events)
    after = current(store)
    assert receipt.revision == 2
    changed = [key for key in after if after[key] != before[key]]
    told = {"Composition", "DiagnosticReport", "DocumentReference"}  # what tells of the readings
    kinds = {key.split("/")[0] for key in changed}
    assert kinds == {*told, "Observation"}
    assert sorted(after[key]["code"]["text"] for key in changed if key.startswith("Observation/")) == [
        "Blood pressure",
        "Highest systolic blood pressure since the infusion began",
    ]
    assert {after[key]["meta"]["versionId"] for key in changed} == {"2"}
    assert [d.state for d in store.deliveries()] == ["pending", "superseded"]


def test_what_a_revision_no_longer_yields_is_entered_in_error(pipeline: Pipeline, store: Store) -> None:
    send(pipeline)
    send(pipeline, events=[e for e in record()["events"] if e["type"] != "vital-signs"])
    gone = [r for r in current(store).values() if r.get("status") == "entered-in-error"]
    assert len(gone) == 6 + 9  # the readings, and what was derived of them
    assert {r["meta"]["versionId"] for r in gone} == {"2"}
    send(
        pipeline, end="2026-03-02T11:45:00-06:00", events=[e for e in record()["events"] if e["type"] != "vital-signs"]
    )
    assert [r for r in current(store).values() if r.get("status") == "entered-in-error"] == gone


def test_what_comes_back_is_valid_again(pipeline: Pipeline, store: Store) -> None:
    send(pipeline)
    send(pipeline, indications=[])
    condition = next(r for r in current(store).values() if r["resourceType"] == "Condition")
    assert "clinicalStatus" not in condition
    send(pipeline)
    condition = next(r for r in current(store).values() if r["resourceType"] == "Condition")
    assert (condition["meta"]["versionId"], "clinicalStatus" in condition) == ("3", True)


def test_a_condition_that_another_session_yields_stays(pipeline: Pipeline, store: Store) -> None:
    send(pipeline)
    send(pipeline, number="T-2")
    send(pipeline, indications=[])
    assert not [r for r in current(store).values() if r["resourceType"] == "Condition"]
    other = next(r for r in current(store, "T-2").values() if r["resourceType"] == "Condition")
    assert "clinicalStatus" in other


def test_an_older_session_does_not_overwrite_what_a_later_one_says_of_the_patient(
    pipeline: Pipeline, store: Store
) -> None:
    later = record(number="T-2", start="2026-04-02T10:00:00-06:00", end=None, events=[])
    later["patient"]["family"] = "Synthetic-Married"
    pipeline.receive(encode(later), "test")
    send(pipeline)
    patient = next(r for r in current(store).values() if r["resourceType"] == "Patient")
    assert patient["name"][0]["family"] == "Synthetic-Married"


def test_a_session_in_error_takes_back_its_own_and_leaves_what_others_yield(pipeline: Pipeline, store: Store) -> None:
    send(pipeline)
    send(pipeline, number="T-2", start="2026-03-02T12:00:00-06:00", end=None, events=[])
    send(pipeline, number="T-2", start="2026-03-02T12:00:00-06:00", end=None, events=[], status="entered-in-error")
    condition = next(r for r in current(store).values() if r["resourceType"] == "Condition")
    assert "clinicalStatus" in condition
    assert {r["status"] for r in current(store, "T-2").values() if r["resourceType"] == "Procedure"} == {
        "entered-in-error"
    }


def test_a_concept_without_a_row_parks_the_session_and_a_row_publishes_it(
    pipeline: Pipeline, store: Store, tmp_path: Path
) -> None:
    receipt = send(pipeline, indications=[{"key": "burnout"}])
    assert receipt.state == "parked"
    assert [(i.code, i.expression) for i in receipt.issues] == [("code-invalid", ("indications[0]",))]
    assert store.session_resources("T-1") == []
    overlay = tmp_path / "clinic.toml"
    overlay.write_text('[indication.burnout]\ntext = "Burn-out"\nlocal = "burnout"\nsource = "ours"\n')
    mended = replace(pipeline, clinic=load_clinic(overlay))
    assert [r.state for r in mended.remap([store.revision("T-1")])] == ["published"]
    assert [d.state for d in store.deliveries()] == ["pending"]


def test_what_is_not_a_session_is_refused_and_not_recorded(pipeline: Pipeline, store: Store) -> None:
    with pytest.raises(Rejected):
        pipeline.receive(b"{}", "test")
    with pytest.raises(Rejected):
        pipeline.receive(encode(record()), "test", "other-number")
    assert store.sessions(None, 10) == []


def test_what_a_crash_left_between_the_transactions_is_published_at_start(pipeline: Pipeline, store: Store) -> None:
    store.record("T-1", encode(record()), "test", NOW)
    assert store.revision("T-1").state == "received"
    assert [r.state for r in pipeline.recover()] == ["published"]
    assert pipeline.recover() == []


def test_a_dry_run_stores_nothing(pipeline: Pipeline, store: Store) -> None:
    found = pipeline.dry_run(encode(record()))
    assert len(found.resources) > 15
    assert found.issues == ()
    assert store.sessions(None, 10) == []


def test_a_newer_revision_wins_over_an_older_publication(pipeline: Pipeline, store: Store) -> None:
    store.record("T-1", encode(record()), "test", NOW)
    old = store.revision("T-1")
    send(pipeline, end=None)
    pipeline.publish(old)
    assert store.revision("T-1").revision == 2
    assert "end" not in next(r for r in current(store).values() if r["resourceType"] == "Encounter")["period"]


def _made_up(context: SessionContext) -> Iterator[Resource]:
    yield context.own("Basic", "made-up", code={"text": "made up"}, subject=context.patient)


MADE_UP = ResourceMapping(
    "Basic",
    _made_up,
    search=(SearchParam("patient", "reference", ("subject",), target=("Patient",)),),
)


def test_a_made_up_mapping_is_published_searched_and_queued(pipeline: Pipeline, store: Store) -> None:
    """A new type needs one file and one line in RESOURCES; everything else follows from it."""
    wider = replace(pipeline, mappings=(*RESOURCES, MADE_UP))
    wider.receive(encode(record()), "test")
    made_up = next(r for r in store.session_resources("T-1") if r.resource_type == "Basic")
    patient = next(r for r in store.session_resources("T-1") if r.resource_type == "Patient")
    page = store.search("Basic", [TokenCriterion("patient", (("Patient", patient.id),))], 10)
    assert [row.id for row in page.rows] == [made_up.id]
    assert store.read("Basic", made_up.id).content == made_up.content
    assert store.deliveries()[0].state == "pending"


def test_reading_what_is_not_there(store: Store) -> None:
    with pytest.raises(NotFound):
        store.read("Patient", "nobody")
