"""The place of a session in its course, as an Observation of that session."""

from __future__ import annotations

from typing import Any

from mapped_sessions import COURSE, local, mapped, of_type, only, pointer

from mappings import Resource


def places(found: list[Resource]) -> list[Resource]:
    return [r for r in of_type(found, "Observation") if local(r["code"]) == ["session-course"]]


def parts(place: Resource) -> dict[str, Any]:
    names = ("valueInteger", "valueCodeableConcept")
    return {local(c["code"])[0]: next(c[n] for n in names if n in c) for c in place.get("component", [])}


def test_course_phase_number_and_planned() -> None:
    found = mapped(course=COURSE)
    (place,) = places(found)
    assert place["valueString"] == "C-1"
    told = parts(place)
    assert local(told["course-phase"]) == ["induction"]
    assert (told["course-number"], told["course-planned"]) == (2, 6)
    assert place["effectiveDateTime"] == "2026-03-02T10:00:00-06:00"
    assert place["partOf"] == [{"reference": pointer(only(found, "Procedure"))}]


def test_what_is_not_said_of_the_course_is_left_out() -> None:
    (bare,) = places(mapped(course={"id": "C-1"}))
    assert bare["valueString"] == "C-1"
    assert "component" not in bare
    assert set(parts(places(mapped(course={"id": "C-1", "number": 3}))[0])) == {"course-number"}


def test_it_belongs_to_the_session() -> None:
    (one,), (two,) = places(mapped(course=COURSE)), places(mapped(number="T-2", course=COURSE))
    assert one["id"] != two["id"]


def test_no_course_no_place() -> None:
    assert places(mapped()) == []


def test_the_procedure_has_no_note_of_it() -> None:
    assert "note" not in only(mapped(course=COURSE), "Procedure")
