"""Numbers as clinicians read them: no trailing zero, no lost digit, no hyphen for a minus."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.summaries.words import amount, dose, number, signed, unit


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("40.0", "40"),
        ("0.50", "0.5"),
        ("33.600", "33.6"),
        ("100", "100"),
        ("0", "0"),
        ("-3", "\u22123"),
        ("1E+2", "100"),
    ],
)
def test_number(value: str, text: str) -> None:
    assert number(Decimal(value)) == text


@given(st.decimals(-(10**9), 10**9, places=6))
def test_no_digit_is_lost(value: Decimal) -> None:
    text = number(value)
    assert Decimal(text.replace("\u2212", "-")) == value
    assert not text.endswith(".")
    assert "." not in text or not text.endswith("0")


@pytest.mark.parametrize(
    ("mg", "text"),
    [("31.733333", "31.733"), ("40.000", "40"), ("8.625", "8.625"), ("0.0004", "0.0004"), ("0.333333", "0.333333")],
)
def test_dose_is_shown_to_the_microgram(mg: str, text: str) -> None:
    assert dose(Decimal(mg)) == f"{text}\u00a0mg"


def test_unknown_dose_says_so() -> None:
    assert dose(None) == "unknown"


@pytest.mark.parametrize(
    ("value", "ucum", "text"), [("0.5", "mg/kg", "0.50 mg/kg"), ("1.686", "mg/kg", "1.686 mg/kg"), ("12.5", "ug/kg/min", "12.5 mcg/kg/min")]
)  # fmt: skip
def test_amount(value: str, ucum: str, text: str) -> None:
    assert amount(Decimal(value), ucum).replace("\u00a0", " ") == text


def test_microgram_is_never_written_with_a_greek_letter() -> None:
    assert unit("ug/kg/min") == "mcg/kg/min"


@pytest.mark.parametrize(("change", "text"), [(3, "+3"), (0, "0"), (-13, "\u221213")])
def test_signed(change: int, text: str) -> None:
    assert signed(change) == text
