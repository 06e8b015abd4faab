"""Numbers and times for narratives and notes."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings.words import Clock, amount, fine, number, span, tame, time


@given(st.decimals(-(10**9), 10**9, places=6))
def test_no_digit_is_lost_and_no_zero_stands_at_the_end(value: Decimal) -> None:
    text = number(value)
    assert Decimal(text) == value
    assert "." not in text or not text.endswith(("0", "."))


@pytest.mark.parametrize(
    ("value", "ucum", "text"),
    [
        (Decimal("40.0"), "mg", "40 mg"),
        (Decimal("0.50"), "mg/kg", "0.5 mg/kg"),
        (12, "ug/kg/min", "12 mcg/kg/min"),
        (120, "mm[Hg]", "120 mmHg"),
        (98, "%", "98 %"),
        (72, "/min", "72 /min"),
        (Decimal("1E+2"), "mg", "100 mg"),
        (Decimal("1E+40"), "mg", "1E+40 mg"),
    ],
)
def test_amount(value: Decimal | int, ucum: str, text: str) -> None:
    assert amount(value, ucum) == text


def test_a_computed_dose_is_said_to_the_microgram() -> None:
    assert number(fine(Decimal("31.733333"))) == "31.733"
    assert number(fine(Decimal("0.000333"))) == "0.000333"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("2026-02-25T09:20:00-06:00", "2026-02-25 09:20 -06:00"),
        ("2026-02-25T09:20:30-06:00", "2026-02-25 09:20:30 -06:00"),
        ("2026-02-25T09:20:00.5+02:00", "2026-02-25 09:20:00.5 +02:00"),
        ("2026-02-25T09:20:00Z", "2026-02-25 09:20 UTC"),
        ("2026-02-25", "2026-02-25"),
        ("2026", "2026"),
    ],
)
def test_time(text: str, said: str) -> None:
    assert time(text) == said


@pytest.mark.parametrize(
    ("start", "end", "said"),
    [
        ("2026-02-25T09:20:00-06:00", "2026-02-25T10:00:00-06:00", "2026-02-25 09:20 to 10:00 -06:00"),
        ("2026-02-25T23:20:00-06:00", "2026-02-26T00:10:00-06:00", "2026-02-25 23:20 to 2026-02-26 00:10 -06:00"),
        (
            "2026-03-08T01:20:00-06:00",
            "2026-03-08T03:10:00-05:00",
            "2026-03-08 01:20 -06:00 to 2026-03-08 03:10 -05:00",
        ),
        ("2026-02-25T09:20:00Z", "2026-02-25T09:20:00Z", "2026-02-25 09:20 UTC"),
        ("2026-02-25", "2026-03-01", "2026-02-25 to 2026-03-01"),
        ("2026-02-25T09:20:00Z", None, "from 2026-02-25 09:20 UTC"),
        (None, "2026-02-25", "until 2026-02-25"),
        (None, None, ""),
    ],
)
def test_span(start: str | None, end: str | None, said: str) -> None:
    assert span(start, end) == said


def test_the_clock_is_the_clinic_s() -> None:
    clock = Clock(datetime.fromisoformat("2026-03-01T23:50:00-06:00"))
    assert clock.offset == "UTC-06:00"
    assert clock.at(datetime.fromisoformat("2026-03-02T05:55:30Z")) == "23:55:30"
    assert clock.at(datetime.fromisoformat("2026-03-02T06:10:00Z")) == "2026-03-02 00:10"


def test_what_turns_the_reading_order_or_shows_nothing_is_left_out() -> None:
    assert tame("a\u202eb\u2066c\x00\x1b\x85\ufffe\td\n\u0645") == "abc\td\n\u0645"
