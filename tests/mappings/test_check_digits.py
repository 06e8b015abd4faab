"""A typing mistake in a code is caught: every wrong digit, and most digits that changed places."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings.check_digits import is_loinc, is_npi, is_snomed, mod10
from mappings.ucum import is_ucum

digits = st.text("0123456789", min_size=1, max_size=7)


@pytest.mark.parametrize("code", ["8480-6", "44261-6", "LA6568-5", "LA32-8", "69689-8"])
def test_loinc(code: str) -> None:
    assert is_loinc(code)


@pytest.mark.parametrize("code", ["8480-5", "69689-9", "8480", "8480-", "-6", "84806", "XX8480-6", "8480-6 ", "٨480-6"])
def test_not_loinc(code: str) -> None:
    assert not is_loinc(code)


@pytest.mark.parametrize("code", ["14152002", "44054006", "261000119107"])
def test_snomed(code: str) -> None:
    assert is_snomed(code)


@pytest.mark.parametrize("code", ["14152003", "41152002", "01415200", "5", "", "1415200x", "1" * 19])
def test_not_snomed(code: str) -> None:
    assert not is_snomed(code)


def test_a_description_is_not_a_concept() -> None:
    """Its check digit is right: its partition says what it is."""
    assert not is_snomed("680946014")


@pytest.mark.parametrize("npi", ["1234567893", "1999999992"])
def test_npi(npi: str) -> None:
    assert is_npi(npi)


@pytest.mark.parametrize("npi", ["1234567890", "123456789", "12345678933", "", "123456789x"])
def test_not_npi(npi: str) -> None:
    assert not is_npi(npi)


@given(digits, st.integers(0, 6), st.integers(1, 9))
def test_one_wrong_digit_is_always_caught(number: str, place: int, by: int) -> None:
    place %= len(number)
    wrong = str((int(number[place]) + by) % 10)
    changed = number[:place] + wrong + number[place + 1 :]
    assert is_loinc(f"{number}-{mod10(number)}")
    assert not is_loinc(f"{changed}-{mod10(number)}")


@pytest.mark.parametrize(
    "unit",
    ["mg", "ug/kg/min", "mm[Hg]", "/min", "%", "Cel", "{score}", "kg/m2", "[lb_av]", "meq", "10*3/uL", "mg{total}/d"],
)
def test_ucum(unit: str) -> None:
    assert is_ucum(unit)


@pytest.mark.parametrize("unit", ["mcg", "hr", "mmHg", "", "/", "mg//h", "mg/", "{a b}", "C", "kg/(m2)", "bpm", "mg h"])
def test_not_ucum(unit: str) -> None:
    assert not is_ucum(unit)
