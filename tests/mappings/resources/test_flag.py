"""Flag: what must not be overlooked, one per session and kind."""

from __future__ import annotations

from typing import Any

import pytest
from golden_sessions import at
from mapped_sessions import codes, mapped, of_type


def flags(*events: dict[str, Any], **changes: Any) -> list[dict[str, Any]]:
    return of_type(mapped(events=list(events), **changes), "Flag")


def phq9(minute: int, death: int | None, **parts: Any) -> dict[str, Any]:
    return at(minute, "score", instrument="phq9", items=[1, None, 1, 1, 1, 1, 1, 1, death], **parts)


def cssrs(*items: int | None, **parts: Any) -> dict[str, Any]:
    return at(3, "score", instrument="cssrs-screener", **({"items": list(items)} if items else {}), **parts)


def test_thoughts_of_death_stand_until_a_person_takes_them_away() -> None:
    (found,) = flags(phq9(2, 1), phq9(50, 3))
    assert found["status"] == "active"
    assert codes(found["category"][0]) == {"safety"}
    assert codes(found["code"]) == {"phq9-item-9"}
    assert found["code"]["text"] == "Thoughts of death or self-harm (PHQ-9 item 9): answered 3 of 3"
    assert found["period"] == {"start": "2026-03-02T10:02:00-06:00"}
    assert found["author"]["reference"].startswith("Organization/")


@pytest.mark.parametrize(
    "event",
    [
        phq9(2, 0),
        phq9(2, None),
        at(2, "score", instrument="phq9", total=20),
        at(2, "score", instrument="gad7", items=[3] * 7),
        cssrs(0, 0, 0, 0, 0, 0, 0),
        cssrs(None, None, None, None, None, None, None),
        cssrs(total=0),
    ],
)
def test_no_sign_no_flag(event: dict[str, Any]) -> None:
    assert flags(event) == []


def test_any_question_of_the_screener_answered_yes() -> None:
    (found,) = flags(cssrs(0, None, 0, 0, 0, 1, 0))
    assert codes(found["code"]) == {"cssrs-screener-positive"}
    assert found["code"]["text"].endswith(": Preparatory acts or suicidal behavior (ever)")
    assert flags(cssrs(total=1))[0]["code"]["text"].endswith(": stated as positive")


VITALS = [
    ("systolic", 181, 180, "systolic-above", "Systolic blood pressure above 180 mmHg: highest 181 mmHg"),
    ("systolic", 89, 90, "systolic-below", "Systolic blood pressure below 90 mmHg: lowest 89 mmHg"),
    ("diastolic", 111, 110, "diastolic-above", "Diastolic blood pressure above 110 mmHg: highest 111 mmHg"),
    ("heart_rate", 131, 130, "heart-rate-above", "Heart rate above 130 /min: highest 131 /min"),
    ("heart_rate", 44, 45, "heart-rate-below", "Heart rate below 45 /min: lowest 44 /min"),
    ("oxygen_saturation", 89, 90, "oxygen-saturation-below", "Oxygen saturation below 90 %: lowest 89 %"),
    ("respiratory_rate", 7, 8, "respiratory-rate-below", "Respiratory rate below 8 /min: lowest 7 /min"),
    ("end_tidal_co2", 56, 55, "end-tidal-co2-above", "End-tidal carbon dioxide above 55 mmHg: highest 56 mmHg"),
]


@pytest.mark.parametrize(("field", "beyond", "at_limit", "code", "text"), VITALS)
def test_a_limit_is_passed_beyond_it_and_not_at_it(
    field: str, beyond: int, at_limit: int, code: str, text: str
) -> None:
    (found,) = flags(at(2, "vital-signs", **{field: beyond}))
    assert (codes(found["code"]), found["code"]["text"]) == ({code}, text)
    assert codes(found["category"][0]) == {"clinical"}
    assert flags(at(2, "vital-signs", **{field: at_limit})) == []


def test_one_flag_since_the_first_time_with_the_worst_reading_whatever_the_order_written() -> None:
    readings = [(30, 190), (20, 182), (40, 195), (50, 120)]
    (found,) = flags(*(at(minute, "vital-signs", systolic=value) for minute, value in readings))
    assert found["period"] == {"start": "2026-03-02T10:20:00-06:00", "end": "2026-03-02T11:30:00-06:00"}
    assert found["code"]["text"].endswith("highest 195 mmHg")
    assert found["status"] == "inactive"


def test_while_the_session_runs_its_flags_are_active() -> None:
    (found,) = flags(at(2, "vital-signs", systolic=190), status="in-progress", end=None)
    assert (found["status"], found["period"]) == ("active", {"start": "2026-03-02T10:02:00-06:00"})


def test_a_session_without_an_end_is_over_all_the_same() -> None:
    (found,) = flags(at(2, "vital-signs", systolic=190), end=None)
    assert (found["status"], found["period"]) == ("inactive", {"start": "2026-03-02T10:02:00-06:00"})


def test_a_reading_after_the_end_makes_no_period_that_runs_backwards() -> None:
    (found,) = flags(at(120, "vital-signs", systolic=190))
    assert found["period"]["start"] == found["period"]["end"]


def test_more_than_the_ceiling() -> None:
    order = {"dose": {"value": 1, "unit": "mg"}, "ceiling": {"value": 25, "unit": "mg"}}
    given = [at(minute, "bolus", dose={"value": 10, "unit": "mg"}) for minute in (10, 20, 30)]
    (found,) = flags(*given, order=order)
    assert found["code"]["text"] == "More given than the order's ceiling: 30 mg, ceiling 25 mg"
    assert found["period"]["start"] == "2026-03-02T10:30:00-06:00"
    assert flags(*given[:2], order=order) == []


def test_the_ids_are_of_the_kind_and_not_of_the_reading() -> None:
    one, two = flags(at(2, "vital-signs", systolic=190)), flags(at(9, "vital-signs", systolic=200))
    assert one[0]["id"] == two[0]["id"]
