"""CarePlan: one per course, phase and planned number, so that none says another thing in the next session."""

from __future__ import annotations

from typing import Any

import pytest
from mapped_sessions import CLINIC, COURSE, local, mapped, of_type, only, pointer, words

from mappings import retract


def plan(**changes: Any) -> dict[str, Any]:
    return only(mapped(**{"course": COURSE, **changes}), "CarePlan")


def test_what_the_record_says_of_the_plan() -> None:
    found = mapped(course=COURSE)
    planned = only(found, "CarePlan")
    assert planned["identifier"][0] == {"system": CLINIC.systems.course, "value": "C-1"}
    assert planned["category"][0]["coding"][0]["code"] == "assess-plan"
    assert local(planned["category"][1]) == ["induction"]
    assert planned["activity"][0]["detail"]["scheduledTiming"] == {"repeat": {"count": 6}}
    assert planned["subject"]["reference"] == pointer(only(found, "Patient"))
    assert planned["supportingInfo"] == [{"reference": pointer(only(found, "EpisodeOfCare"))}]
    assert planned["meta"]["profile"][0].endswith("us-core-careplan")


def test_the_procedure_is_part_of_it() -> None:
    found = mapped(course=COURSE)
    assert only(found, "Procedure")["basedOn"] == [{"reference": pointer(only(found, "CarePlan"))}]


@pytest.mark.parametrize(
    ("course", "title"),
    [
        (COURSE, "Course of infusions: induction, 6 planned"),
        ({"id": "C-1", "phase": "booster"}, "Course of infusions: booster"),
        ({"id": "C-1", "planned": 6}, "Course of infusions: 6 planned"),
    ],
)
def test_a_person_reads_the_same(course: dict[str, Any], title: str) -> None:
    found = plan(course=course)
    assert found["title"] == title
    assert found["text"]["status"] == "generated"
    assert f"<p>{title}</p>" in found["text"]["div"]


def test_sessions_of_a_phase_share_the_plan() -> None:
    assert plan() == plan(number="T-2", course={**COURSE, "number": 3}, indications=[])


@pytest.mark.parametrize("change", [{"phase": "maintenance"}, {"planned": 8}, {"id": "C-2"}])
def test_what_is_planned_anew_is_another_plan(change: dict[str, Any]) -> None:
    assert plan()["id"] != plan(course={**COURSE, **change})["id"]


@pytest.mark.parametrize("course", [None, {"id": "C-1"}, {"id": "C-1", "number": 2}])
def test_nothing_planned_no_plan(course: dict[str, Any] | None) -> None:
    found = mapped(course=course)
    assert of_type(found, "CarePlan") == []
    assert "basedOn" not in only(found, "Procedure")


def test_a_retracted_plan_says_so_to_readers_too() -> None:
    form = retract(plan())
    assert form is not None
    assert form["status"] == "entered-in-error"
    assert words(form).startswith("<p>Entered in error</p>")
