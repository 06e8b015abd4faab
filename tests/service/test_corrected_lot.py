"""A corrected lot: the Medication of the wrong one is entered in error, unless another session still gives from it."""

from __future__ import annotations

from typing import Any

from golden_sessions import record

from service.fhirjson import encode, read_json
from service.pipeline import Pipeline


def give(pipeline: Pipeline, number: str, lot: str, **parts: Any) -> None:
    medications = [{"drug": {"key": "ketamine"}, "lot": lot}]
    document = record(number=number, medications=medications, **parts)
    assert pipeline.receive(encode(document), "test").state == "published"


def lots(pipeline: Pipeline, number: str) -> dict[str, str | None]:
    """Lot → status of the Medications that are of a session."""
    found = [read_json(kept.content) for kept in pipeline.store.session_resources(number)]
    return {r["batch"]["lotNumber"]: r.get("status") for r in found if r["resourceType"] == "Medication"}


def test_the_wrong_lot_is_entered_in_error(pipeline: Pipeline) -> None:
    give(pipeline, "S-1", "WRONG")
    give(pipeline, "S-1", "RIGHT")
    assert lots(pipeline, "S-1") == {"WRONG": "entered-in-error", "RIGHT": None}


def test_a_lot_that_another_session_gives_from_stands(pipeline: Pipeline) -> None:
    give(pipeline, "S-1", "WRONG")
    give(pipeline, "S-2", "WRONG")
    give(pipeline, "S-1", "RIGHT")
    assert lots(pipeline, "S-2") == {"WRONG": None}
    give(pipeline, "S-2", "RIGHT")
    assert lots(pipeline, "S-2") == {"WRONG": "entered-in-error", "RIGHT": None}


def test_a_lot_that_was_right_after_all_stands_again(pipeline: Pipeline) -> None:
    for lot in ("RIGHT", "WRONG", "RIGHT"):
        give(pipeline, "S-1", lot)
    assert lots(pipeline, "S-1") == {"RIGHT": None, "WRONG": "entered-in-error"}


def test_a_session_in_error_leaves_the_lot_of_another(pipeline: Pipeline) -> None:
    give(pipeline, "S-1", "SAME")
    give(pipeline, "S-2", "SAME")
    give(pipeline, "S-2", "SAME", status="entered-in-error")
    assert lots(pipeline, "S-1") == {"SAME": None}
    give(pipeline, "S-1", "SAME", status="entered-in-error")
    assert lots(pipeline, "S-1") == {"SAME": "entered-in-error"}
