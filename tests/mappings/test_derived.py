"""Where a vital sign began, how far it went and when it came back; and that none of it is mistaken for a reading."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest
from golden_sessions import ROOT, at, fixture_sessions, session
from hypothesis import given
from hypothesis import strategies as st

from mappings import InfusionSession, check_session, load_clinic, map_session
from mappings.clinic import Baseline
from mappings.derived import SIGNS, Excursion, excursions, readings
from service.fhirjson import encode
from service.validation import Validator

CLINIC = load_clinic()
SESSIONS = fixture_sessions()
INFUSION = (at(5, "infusion-start", rate={"value": 60, "unit": "mg/h"}), at(45, "infusion-stop"))


def infused(*readings: tuple[int, int], sign: str = "systolic", begins: int = 5) -> InfusionSession:
    """Readings of one vital sign as (minute, value), the infusion beginning at a minute."""
    start = at(begins, "infusion-start", rate={"value": 60, "unit": "mg/h"})
    charted = [at(minute, "vital-signs", **{sign: value}) for minute, value in readings]
    return session(end=None, events=[start, *charted])


def excursion(given: InfusionSession) -> Excursion:
    (found,) = excursions(given, readings(given), CLINIC.baseline)
    return found


def told(found: Excursion) -> dict[str, tuple[int, int]]:
    """As (minute, value)."""
    parts = {"baseline": found.baseline, "peak": found.peak, "returned": found.returned}
    return {name: ((r.time.hour - 10) * 60 + r.time.minute, int(r.value)) for name, r in parts.items() if r is not None}


@pytest.mark.parametrize(
    ("readings", "expected"),
    [
        ([(0, 118), (5, 120), (20, 150), (30, 140), (40, 132), (60, 121)],
         {"baseline": (5, 120), "peak": (20, 150), "returned": (40, 132)}),
        ([(0, 120), (20, 150), (30, 133)], {"baseline": (0, 120), "peak": (20, 150)}),
        ([(20, 150), (30, 170), (40, 150)], {"baseline": (20, 150), "peak": (30, 170), "returned": (40, 150)}),
        ([(0, 120)], {"baseline": (0, 120)}),
        ([(0, 110), (3, 120)], {"baseline": (3, 120)}),
        ([(20, 150)], {"baseline": (20, 150)}),
        ([(0, 120), (20, 150), (30, 150), (40, 120)], {"baseline": (0, 120), "peak": (20, 150), "returned": (40, 120)}),
        ([(0, 120), (20, 125), (30, 124)], {"baseline": (0, 120), "peak": (20, 125), "returned": (20, 125)}),
        ([(0, 120), (20, 150), (30, 90), (40, 125)], {"baseline": (0, 120), "peak": (20, 150), "returned": (40, 125)}),
        ([(0, 120), (10, 121), (20, 150)], {"baseline": (0, 120), "peak": (20, 150)}),
    ],
    ids=["to and fro", "never back", "none before", "one alone", "none after", "one, late", "twice as high",
         "never away", "beyond, below", "near before the peak"],
)  # fmt: skip
def test_by_hand(readings: list[tuple[int, int]], expected: dict[str, tuple[int, int]]) -> None:
    assert told(excursion(infused(*readings))) == expected


@pytest.mark.parametrize("sign", ["oxygen_saturation", "respiratory_rate"])
def test_what_is_dangerous_when_it_falls_has_its_peak_at_the_lowest(sign: str) -> None:
    found = excursion(infused((0, 98), (10, 99), (20, 80), (30, 97), sign=sign))
    assert told(found) == {"baseline": (0, 98), "peak": (20, 80), "returned": (30, 97)}


def test_saturation_is_back_only_when_it_is_really_near() -> None:
    """A tenth of 98 % would be 89 %."""
    found = excursion(infused((0, 98), (20, 85), (30, 91), (40, 96), sign="oxygen_saturation"))
    assert told(found)["returned"] == (40, 96)


def test_the_tolerance_is_the_clinics() -> None:
    given = infused((0, 100), (20, 150), (30, 120), (40, 110))
    (found,) = excursions(given, readings(given), Baseline(tolerance_percent=20))
    assert told(found)["returned"] == (30, 120)


def test_a_bolus_begins_it_too() -> None:
    readings = [at(0, "vital-signs", heart_rate=70), at(10, "vital-signs", heart_rate=80)]
    late = at(20, "infusion-start", rate={"value": 60, "unit": "mg/h"})
    bolus = at(5, "bolus", dose={"value": 5, "unit": "mg"})
    assert told(excursion(session(end=None, events=[*readings, bolus, late]))) == {
        "baseline": (0, 70), "peak": (10, 80),
    }  # fmt: skip


def test_without_an_infusion_the_first_reading_is_the_baseline() -> None:
    readings = [at(minute, "vital-signs", heart_rate=value) for minute, value in ((10, 90), (0, 70), (20, 72))]
    assert told(excursion(session(events=readings))) == {"baseline": (0, 70), "peak": (10, 90), "returned": (20, 72)}


def test_of_a_session_that_was_not_done_nothing_is_derived() -> None:
    charted = [at(minute, "vital-signs", heart_rate=70 + minute) for minute in (0, 10)]
    given = session(status="not-done", status_reason="pressure too high", events=charted)
    assert list(excursions(given, readings(given), CLINIC.baseline)) == []


values = st.lists(st.tuples(st.integers(0, 90), st.integers(1, 250)), min_size=1, max_size=12, unique_by=lambda r: r[0])


@given(values, st.integers(0, 60), st.sampled_from(["systolic", "respiratory_rate"]), st.integers(1, 50))
def test_what_holds_whatever_was_read(charted_as: list[tuple[int, int]], begins: int, sign: str, percent: int) -> None:
    read = infused(*charted_as, sign=sign, begins=begins)
    (found,) = excursions(read, readings(read), Baseline(tolerance_percent=percent))
    parts, charted = told(found), sorted(charted_as)
    before, after = [r for r in charted if r[0] <= begins], [r for r in charted if r[0] > begins]
    assert parts["baseline"] == (before[-1] if before else charted[0])
    first = parts["baseline"][1]
    if "peak" not in parts:
        assert [r for r in after if r != parts["baseline"]] == []
        return
    extreme = (min if SIGNS[sign][1] else max)(value for _, value in after)
    assert parts["peak"] == next(r for r in after if r[1] == extreme)
    near = [r for r in after if r[0] >= parts["peak"][0] and 100 * abs(r[1] - first) <= percent * first]
    assert parts.get("returned") == (near[0] if near else None)


# As Observations


def observations(given: InfusionSession) -> dict[str, dict[str, Any]]:
    return {
        r["code"]["coding"][0]["code"]: r
        for r in map_session(given, CLINIC)
        if r["resourceType"] == "Observation" and r["code"]["coding"][0]["code"] in CLINIC.tables["derived"]
    }


READ = infused((0, 120), (20, 150), (40, 125))


def test_baseline_and_peak_have_the_value_and_the_time_of_their_reading() -> None:
    found = observations(READ)
    assert set(found) == {"systolic-baseline", "systolic-peak", "systolic-return"}
    peak = found["systolic-peak"]
    assert (peak["valueQuantity"]["value"], peak["valueQuantity"]["code"]) == (150, "mm[Hg]")
    assert peak["effectiveDateTime"] == "2026-03-02T10:20:00-06:00"
    assert found["systolic-return"]["valueDateTime"] == "2026-03-02T10:40:00-06:00"
    assert found["systolic-return"]["component"][0]["valueQuantity"]["value"] == 10


def test_they_are_no_readings() -> None:
    for found in observations(READ).values():
        assert [c["code"] for c in found["category"][0]["coding"]] == ["procedure"]
        assert [c["system"] for c in found["code"]["coding"]] == [CLINIC.systems.local_codes]


@pytest.mark.parametrize("name", SESSIONS)
def test_they_are_derived_from_readings_of_the_same_value_and_time(name: str) -> None:
    by_name = {f"{r['resourceType']}/{r['id']}": r for r in map_session(SESSIONS[name], CLINIC)}
    for key, found in observations(SESSIONS[name]).items():
        reading = by_name[found["derivedFrom"][-1]["reference"]]
        assert reading["effectiveDateTime"] == found["effectiveDateTime"]
        assert reading["category"][0]["coding"][0]["code"] == "vital-signs"
        if "valueQuantity" in found:
            assert str(found["valueQuantity"]["value"]) in re.findall(r'"value":([0-9.]+)', encode(reading).decode()), (
                key
            )


def test_a_mean_that_was_read_alone_is_derived_from_it() -> None:
    found = observations(infused((0, 90), (20, 110), sign="mean"))
    assert set(found) == {"mean-baseline", "mean-peak"}


def test_two_sets_of_one_time_are_kept_apart() -> None:
    readings = [
        at(0, "vital-signs", systolic=110),
        at(0, "vital-signs", systolic=120),
        at(20, "vital-signs", systolic=150),
    ]
    given = session(end=None, events=[*INFUSION[:1], *readings])
    by_name = {f"{r['resourceType']}/{r['id']}": r for r in map_session(given, CLINIC)}
    (source,) = observations(given)["systolic-baseline"]["derivedFrom"]
    assert by_name[source["reference"]]["component"][0]["valueQuantity"]["value"] == 120


def test_while_the_session_goes_on_they_are_preliminary() -> None:
    going = observations(infused((0, 120), (20, 150)).model_copy(update={"status": "in-progress"}))
    assert {found["status"] for found in going.values()} == {"preliminary"}
    assert {found["status"] for found in observations(READ).values()} == {"final"}


@pytest.mark.parametrize("name", SESSIONS)
def test_they_are_valid(name: str) -> None:
    validator = Validator()
    assert [issue for found in observations(SESSIONS[name]).values() for issue in validator.validate(found)] == []


def test_the_plain_session_by_hand() -> None:
    """Read off the file by a person: 120/… at 09:40, 146 at 10:10, and back near 120 afterwards."""
    found = observations(fixture_sessions()["01-plain-40-minutes"])
    assert found["systolic-baseline"]["valueQuantity"]["value"] == 120
    assert found["systolic-peak"]["valueQuantity"]["value"] == 146
    assert found["systolic-peak"]["effectiveDateTime"].endswith("T10:10:00-06:00")


# Longer than ordered


@pytest.mark.parametrize(
    ("ordered", "is_said"), [(40, False), ("36.4", False), ("36.36", True), (36, True), (20, True)]
)
def test_more_than_a_tenth_over_the_ordered_time_is_said(ordered: int | str, is_said: bool) -> None:
    order = {"dose": {"value": 40, "unit": "mg"}, "duration_minutes": Decimal(ordered)}
    found = check_session(session(order=order), CLINIC)
    assert [i.expression for i in found] == ([("order.duration_minutes",)] if is_said else [])


def test_pauses_do_not_count() -> None:
    events = [INFUSION[0], at(15, "pause"), at(75, "resume"), at(105, "infusion-stop")]
    assert check_session(session(end=None, events=events), CLINIC) == []


def test_the_example_clinic_is_more_lenient() -> None:
    lenient = load_clinic(ROOT / "fixtures" / "clinics" / "example.toml")
    given = infused((0, 100), (20, 150), (30, 114), (40, 105))
    (found,) = excursions(given, readings(given), lenient.baseline)
    assert told(found)["returned"] == (30, 114)
