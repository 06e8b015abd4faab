"""Totals that cannot be, beside the items of their instrument or alone, are remarked at their place."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from golden_sessions import at, session

from mappings import check_session, load_clinic

CLINIC = load_clinic()
OUTSIDE = "the total is outside of the range of this instrument"
UNFIT = "the total does not fit the items that were answered"
DIFFERS = "the stated total differs from the sum of the items; the sum is published"


def said(instrument: str, **parts: Any) -> list[tuple[str, str, str, tuple[str, ...]]]:
    found = check_session(
        session(events=[at(0, "note", text="x"), at(5, "score", instrument=instrument, **parts)]), CLINIC
    )
    return [(issue.severity, issue.code, issue.text, issue.expression) for issue in found]


ONE_MISSING = [3, 3, 3, 3, None, 0, 0, 0, 0]


@pytest.mark.parametrize(
    ("instrument", "parts", "text"),
    [
        ("phq9", {"items": ONE_MISSING, "total": 2}, UNFIT),
        ("phq9", {"items": ONE_MISSING, "total": 11}, UNFIT),
        ("phq9", {"items": ONE_MISSING, "total": 16}, UNFIT),
        ("phq9", {"items": ONE_MISSING, "total": 28}, OUTSIDE),
        ("phq9", {"total": 99}, OUTSIDE),
        ("phq9", {"total": -5}, OUTSIDE),
        ("phq9", {"total": Decimal("27.5")}, OUTSIDE),
        ("gad7", {"total": 22}, OUTSIDE),
        ("phq9", {"items": [0] * 9, "total": 99}, DIFFERS),
    ],
)
def test_a_total_that_cannot_be_is_remarked(instrument: str, parts: dict[str, Any], text: str) -> None:
    assert said(instrument, **parts) == [("warning", "business-rule", text, ("events[1].total",))]


@pytest.mark.parametrize(
    ("instrument", "parts"),
    [
        ("phq9", {"items": ONE_MISSING, "total": 12}),
        ("phq9", {"items": ONE_MISSING, "total": 15}),
        ("phq9", {"items": ONE_MISSING}),
        ("phq9", {"items": [None] * 9, "total": 27}),
        ("phq9", {"total": 0}),
        ("phq9", {"total": 27}),
        ("gad7", {"total": 21}),
        ("madrs", {"total": 99}),  # how far it goes is not in the terminology
    ],
)
def test_a_total_that_can_be_is_not(instrument: str, parts: dict[str, Any]) -> None:
    assert said(instrument, **parts) == []
