"""A session that is not plainly completed says so before anything else."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from golden_sessions import at, fixture_sessions, record, session

SESSIONS = fixture_sessions()


def state(page: Any) -> str:
    (found,) = [e for e in page.root.all("p") if "state" in (e.attributes.get("class") or "").split()]
    return str(found.text)


def test_completed_has_no_box(show: Any) -> None:
    page = show(session())
    assert state(page) == "Completed"
    assert page.boxes == []


def test_never_started(show: Any) -> None:
    page = show(SESSIONS["06-not-done"])
    assert state(page) == "Not done"
    assert page.boxes[0].startswith("Not done. Nothing was infused. Blood pressure above the limit for starting")
    assert page.doses == ["Ketamine injectable solution: no infusion was charted"]
    assert page.table("Weight 88.5 kg")["given"][:3] == ["nothing charted", "\u2013", "\u2013"]
    assert page.table("Vital sign")[""] == ["first", "highest", "lowest", "last"]


def test_stopped_for_a_reaction(show: Any) -> None:
    page = show(SESSIONS["05-stopped-for-reaction"])
    assert state(page) == "Stopped early"
    assert page.boxes[0] == "Stopped early. Panic attack with severe dissociation, infusion stopped after 16 minutes"
    assert page.doses == ["Ketamine injectable solution: 15 mg (0.20 mg/kg) over 16 min"]
    assert page.table("Weight 75 kg")["given"][0] == "15 mg 40 % of the order"
    assert "14:31 stop stopped early: Panic attack with severe dissociation" in page.text


def test_entered_in_error(show: Any) -> None:
    page = show(session(status="entered-in-error", status_reason="Charted for another patient"))
    assert state(page) == "Entered in error"
    assert page.boxes == [
        "Entered in error. This record is void. Nothing on this page may be relied on. Reason: Charted for another patient"
    ]
    assert page.root.all("body")[0].attributes["class"] == "void"


def test_void_scores_raise_no_alarm(show: Any) -> None:
    answered = at(1, "score", instrument="phq9", total=3, items=[0] * 8 + [3])
    page = show(session(status="entered-in-error", events=[answered]))
    assert not any("Warning" in box for box in page.boxes)
    assert "No scores were recorded." in page.text


def test_corrected_says_so_and_replaces(show: Any) -> None:
    page = show(SESSIONS["07-corrected.2"], revision=2)
    assert state(page) == "Completed, corrected"
    assert page.boxes[0].startswith("Corrected record, revision 2. It replaces everything")
    assert "91" not in page.table("Vital sign")["SpO\u2082, %"][2]


def test_record_that_contradicts_itself_is_called_out_with_both_numbers(show: Any) -> None:
    page = show(SESSIONS["07-corrected.1"])
    assert (
        "Check the record. The dose given does not match the recorded dose: computed 31.733 mg, recorded 43 mg."
        in " ".join(page.boxes)
    )
    assert "31.733 mg (0.467 mg/kg)" in page.doses[0]


def test_an_infusion_over_its_time_is_called_out_with_both_numbers(show: Any) -> None:
    order = {"dose": {"value": 40, "unit": "mg"}, "duration_minutes": 30}
    (box,) = show(session(order=order)).boxes
    assert "The infusion ran longer than ordered: ordered 30 min, ran 40 min." in box


def test_in_progress(show: Any) -> None:
    page = show(session(status="in-progress", end=None, events=record()["events"][:-1]))
    assert state(page) == "In progress"
    assert page.boxes == ["In progress. This record is not complete yet."]
    assert page.doses == ["Ketamine injectable solution: dose cannot be computed, end of the infusion not recorded"]


def test_discharge_against_criteria_stands_out(show: Any) -> None:
    page = show(session(events=[at(80, "discharge", criteria_met=False, criteria="Left early")]))
    assert "Discharged at 11:20, criteria NOT met: Left early" in page.text


def test_minimal_record_says_what_is_missing(show: Any) -> None:
    page = show(SESSIONS["10-minimal"])
    assert page.doses == ["No infusion was charted."]
    for said in ("No vital signs were charted.", "No reactions were recorded.", "No scores were recorded."):
        assert said in page.text
    assert page.root.all("svg") == []


def test_dose_without_weight_is_in_mg_only(show: Any) -> None:
    rate = {"value": 60, "unit": "mg/hr"}
    events = [at(0, "infusion-start", rate=rate), at(40, "infusion-stop")]
    page = show(session(preparation={}, order=None, events=events))
    assert page.doses == ["Ketamine injectable solution: 40 mg over 40 min"]
    assert "No order was recorded." in page.text


def test_weight_in_pounds_is_given_in_kilograms_too(show: Any) -> None:
    weight = {"value": Decimal("176.4"), "unit": "lb"}
    assert "Weight 176.4 lb (80.014 kg)" in show(session(preparation={"weight": weight})).text


@pytest.mark.parametrize(("unit", "shown"), [("°C", "°C"), ("F", "°F")])
def test_temperature_alone_is_a_vital_sign(unit: str, shown: str, show: Any) -> None:
    reading = at(0, "vital-signs", temperature={"value": Decimal("37.5"), "unit": unit})
    page = show(session(events=[reading]))
    assert page.table("Vital sign")[f"Temperature, {shown}"][0] == "37.5 10:00"
    assert "No vital signs" not in page.text


def test_times_of_another_day_carry_their_date(show: Any) -> None:
    late = {"type": "note", "time": "2026-03-03T07:15:30-06:00", "text": "Called"}
    assert "Note at 2026-03-03 07:15:30: Called" in show(session(events=[late])).text
