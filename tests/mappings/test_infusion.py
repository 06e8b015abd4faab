"""Dose arithmetic: what the segments add up to is what was given, exactly."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest
from golden_sessions import at, session
from hypothesis import given
from hypothesis import strategies as st

from mappings.infusion import RESOLUTION, dose_per_kg, plain, rounded, segments, total_dose_mg


def rate(value: str, unit: str = "mg/h") -> dict[str, Any]:
    return {"value": Decimal(value), "unit": unit}


def test_half_a_milligram_per_kilogram_over_forty_minutes() -> None:
    """0.75 mg/kg/h for 40 minutes at 80 kg is 40 mg, 0.5 mg/kg."""
    assert total_dose_mg(session(), "infusion") == Decimal(40)
    assert dose_per_kg(session(), "infusion") == Decimal("0.5")


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        ("60", "mg/h", "40"),
        ("1", "mg/min", "40"),
        ("1000", "mcg/min", "40"),
        ("12.5", "mcg/kg/min", "40"),
        ("0.75", "mg/kg/hr", "40"),
        ("6", "mL/h", "40"),
        ("0.1", "ml/min", "40"),
        ("60000", "ug/hour", "40"),
    ],
)
def test_every_unit_of_rate_gives_the_same_dose(value: str, unit: str, expected: str) -> None:
    found = session(events=[at(0, "infusion-start", rate=rate(value, unit)), at(40, "infusion-stop")])
    assert total_dose_mg(found, "infusion") == Decimal(expected)


def test_pounds_are_converted_exactly() -> None:
    found = session(
        preparation={"weight": {"value": 200, "unit": "lb"}},
        events=[at(0, "bolus", dose={"value": 1, "unit": "mg/kg"})],
    )
    assert total_dose_mg(found, "infusion") == Decimal("90.718474")


def test_a_pause_is_a_gap_and_resumes_at_the_old_rate() -> None:
    found = segments(
        session(
            events=[
                at(0, "infusion-start", rate=rate("60")),
                at(10, "pause", reason="dizzy"),
                at(30, "resume"),
                at(40, "infusion-stop"),
            ]
        )
    )
    assert [(s.start.minute, s.end and s.end.minute, s.dose_mg) for s in found] == [(0, 10, 10), (30, 40, 10)]
    assert found[0].end_reason == "dizzy"


def test_a_bolus_does_not_interrupt_the_infusion() -> None:
    found = segments(
        session(
            events=[
                at(0, "infusion-start", rate=rate("60")),
                at(10, "bolus", dose={"value": 5, "unit": "mg"}),
                at(40, "infusion-stop"),
            ]
        )
    )
    assert [(s.kind, s.dose_mg) for s in found] == [("infusion", 40), ("bolus", 5)]


@pytest.mark.parametrize(
    "changes",
    [
        {"preparation": {}},
        {
            "medications": [{"drug": {"key": "ketamine"}}],
            "events": [at(0, "infusion-start", rate=rate("6", "mL/h")), at(40, "infusion-stop")],
        },
        {"end": None, "events": [at(0, "infusion-start", rate=rate("60"))]},
    ],
    ids=["no weight", "no concentration", "no end"],
)
def test_a_dose_that_cannot_be_known_is_not_guessed(changes: dict[str, Any]) -> None:
    assert total_dose_mg(session(**changes), "infusion") is None


rates = st.decimals(min_value="0.001", max_value="900", places=3)
minutes = st.lists(st.integers(1, 500), min_size=2, max_size=12, unique=True).map(sorted)


@given(st.lists(rates, min_size=12, max_size=12), minutes, st.decimals(min_value="30", max_value="200", places=1))
def test_the_doses_of_the_segments_are_the_rounded_true_dose(
    values: list[Decimal], times: list[int], weight: Decimal
) -> None:
    """Whatever the rates: Σ segments = rate × time summed as fractions and rounded once."""
    changes = [
        at(t, "rate-change", rate=rate(str(v), "ug/kg/min")) for t, v in zip(times[1:-1], values[1:], strict=False)
    ]
    first = at(times[0], "infusion-start", rate=rate(str(values[0]), "ug/kg/min"))
    found = session(
        preparation={"weight": {"value": weight, "unit": "kg"}},
        end=None,
        events=[first, *changes, at(times[-1], "infusion-stop")],
    )
    spans = zip(values, [b - a for a, b in pairwise(times)], strict=False)
    true = sum((Fraction(v) * Fraction(weight) * span / 1000 for v, span in spans), Fraction(0))
    assert sum((s.dose_mg or Decimal(0) for s in segments(found)), Decimal(0)) == rounded(true)


@given(st.decimals(min_value="0", max_value="100000", places=6))
def test_plain_changes_the_writing_not_the_number(value: Decimal) -> None:
    assert plain(value) == value
    assert "E" not in str(plain(value))


def test_the_resolution_is_a_nanogram() -> None:
    assert Decimal("0.000001") == RESOLUTION
