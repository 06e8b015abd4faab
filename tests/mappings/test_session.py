"""The border: what is a session, and which place is wrong when it is not."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from golden_sessions import at, record

from mappings import InvalidSession, parse_session


def faults(data: Any) -> dict[str, str]:
    """place → IssueType"""
    with pytest.raises(InvalidSession) as caught:
        parse_session(data)
    return {issue.expression[0]: issue.code for issue in caught.value.issues}


def test_only_four_fields_are_required() -> None:
    assert faults({}) == {"number": "required", "status": "required", "patient": "required", "start": "required"}


@pytest.mark.parametrize(
    ("changes", "place", "code"),
    [
        ({"colour": "blue"}, "colour", "structure"),
        ({"status": "finished"}, "status", "code-invalid"),
        ({"number": "a b"}, "number", "value"),
        ({"number": 5}, "number", "structure"),
        ({"start": "2026-03-02T10:00:00"}, "start", "value"),
        ({"start": "2026-03-02"}, "start", "value"),
        ({"end": "2026-03-02T09:00:00-06:00"}, "end", "business-rule"),
        ({"status": "stopped"}, "status_reason", "required"),
        ({"status": "not-done"}, "status_reason", "required"),
        ({"medications": [{"drug": {}}]}, "medications[0].drug", "value"),
        ({"medications": [{"drug": {"system": "http://loinc.org"}}]}, "medications[0].drug", "value"),
        ({"preparation": {"weight": {"value": 0, "unit": "kg"}}}, "preparation.weight.value", "value"),
        ({"preparation": {"weight": {"value": 80, "unit": "stone"}}}, "preparation.weight.unit", "code-invalid"),
        ({"preparation": {"weight": {"value": "80", "unit": "kg"}}}, "preparation.weight.value", "value"),
        ({"preparation": {"asa_class": 7}}, "preparation.asa_class", "value"),
        ({"events": [{"type": "magic", "time": "x"}]}, "events[0]", "code-invalid"),
        ({"events": [{}]}, "events[0]", "required"),
        ({"events": [at(0, "vital-signs")]}, "events[0]", "value"),
        ({"events": [at(0, "vital-signs", oxygen_saturation=101)]}, "events[0].oxygen_saturation", "value"),
        ({"events": [at(0, "vital-signs", heart_rate=True)]}, "events[0].heart_rate", "value"),
        ({"events": [at(0, "bolus", dose={"value": -1, "unit": "mg"})]}, "events[0].dose.value", "value"),
        ({"events": [at(0, "bolus", dose={"value": 1, "unit": "spoon"})]}, "events[0].dose.unit", "code-invalid"),
        ({"events": [at(0, "pause")]}, "events[0].type", "business-rule"),
        ({"events": [at(0, "infusion-stop")]}, "events[0].type", "business-rule"),
        (
            {"events": [at(0, "bolus", dose={"value": 1, "unit": "mg"}, medication="other")]},
            "events[0].medication",
            "value",
        ),
        ({"patient": {"family": "X", "birth_date": "1980-01-01", "sex": "male"}}, "patient", "required"),
        ({"end": "2026-03-02T10:44:00-06:00"}, "events[3].time", "business-rule"),
        ({"start": "2026-03-02T10:06:00-06:00"}, "events[1].time", "business-rule"),
        ({"status": "not-done", "status_reason": "no escort"}, "events[1].type", "business-rule"),
        ({"staff": [{"family": "X", "npi": "1234567890", "role": "ordering"}]}, "staff[0].npi", "value"),
        ({"staff": [{"family": "X", "npi": "123456789", "role": "ordering"}]}, "staff[0].npi", "value"),
    ],
)
def test_each_fault_names_its_place(changes: dict[str, Any], place: str, code: str) -> None:
    assert faults(record(**changes)).get(place) == code


def test_infusion_events_out_of_order_are_refused() -> None:
    start = at(30, "infusion-start", rate={"value": 60, "unit": "mg/h"})
    assert faults(record(events=[start, at(10, "infusion-stop")])) == {"events[1].time": "business-rule"}


@pytest.mark.parametrize("known", ["1980", "1980-05", "1980-05-17"])
def test_a_birth_date_is_as_exact_as_it_is_known(known: str) -> None:
    found = record()
    found["patient"]["birth_date"] = known
    assert parse_session(found).patient.birth_date == known


@pytest.mark.parametrize("wrong", ["80", "1980-13", "1980-5", "1980-02-30", "1980-05-17T00:00:00Z", 1980, None, "2999"])
def test_a_birth_date_that_is_none_is_refused(wrong: Any) -> None:
    found = record()
    found["patient"]["birth_date"] = wrong
    assert list(faults(found)) == ["patient.birth_date"]


def test_an_npi_is_taken_with_its_check_digit() -> None:
    staff = [{"family": "X", "npi": "1234567893", "role": "ordering"}]
    assert parse_session(record(staff=staff)).staff[0].npi == "1234567893"


def test_no_fault_text_holds_a_value() -> None:
    """A marked value is put into every kind of field; no text of any issue repeats it."""
    mark = "MARKED-VALUE"
    bad = record(status=mark, number=f"{mark} !", start=mark, events=[{"type": mark}, at(0, "note", text=5, note=mark)])
    bad["patient"] = {"mrn": 5, "family": [mark], "birth_date": mark, "sex": mark, mark.lower(): mark}
    with pytest.raises(InvalidSession) as caught:
        parse_session(bad)
    assert len(caught.value.issues) > 6
    assert not [issue.text for issue in caught.value.issues if mark in issue.text]


def test_units_as_clinics_write_them_become_ucum() -> None:
    found = parse_session(record())
    assert found.events[1].rate.unit == "mg/kg/h"  # type: ignore[union-attr]


def test_digits_and_offsets_are_kept() -> None:
    found = parse_session(record())
    assert str(found.order.dose.value) == "0.50"  # type: ignore[union-attr]
    assert found.start.isoformat() == "2026-03-02T10:00:00-06:00"


def test_a_session_cannot_be_changed() -> None:
    found = parse_session(record())
    with pytest.raises(ValueError, match="frozen"):
        found.number = "other"  # type: ignore[misc]


def test_a_number_given_as_text_is_refused() -> None:
    data = record(preparation={"weight": {"value": Decimal("80"), "unit": "kg"}, "asa_class": "2"})
    assert faults(data) == {"preparation.asa_class": "value"}
