"""Terminology is data and is tested like code: check digits, sources, and nothing that was not verified."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from golden_sessions import ROOT

from mappings.clinic import SYSTEMS, ClinicFault, Row, load_clinic

CLINIC = load_clinic()
CODES = Path(os.environ.get("INFUSION_BRIDGE_SHARED_CODES", ROOT.parent / "shared" / "codes" / "codes.csv"))


def codes(name: str) -> Iterator[tuple[str, str]]:
    """(row, code) of every code of one code system."""
    for table, rows in CLINIC.tables.items():
        for key, row in rows.items():
            code = getattr(row, name)
            if code is not None:
                yield f"{table}.{key}", code


def mod10(digits: str) -> int:
    """LOINC's check digit: Luhn over what stands before the dash, letters (``LA…``) by their place after 0 in ASCII."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = ord(digit) - ord("0")
        total += 2 * value - value // 5 * 9 if place % 2 == 0 else value
    return -total % 10


D = [[0, 1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 2, 3, 4, 0, 6, 7, 8, 9, 5], [2, 3, 4, 0, 1, 7, 8, 9, 5, 6],
     [3, 4, 0, 1, 2, 8, 9, 5, 6, 7], [4, 0, 1, 2, 3, 9, 5, 6, 7, 8], [5, 9, 8, 7, 6, 0, 4, 3, 2, 1],
     [6, 5, 9, 8, 7, 1, 0, 4, 3, 2], [7, 6, 5, 9, 8, 2, 1, 0, 4, 3], [8, 7, 6, 5, 9, 3, 2, 1, 0, 4],
     [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]]  # fmt: skip
P = [[0, 1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 5, 7, 6, 2, 8, 3, 0, 9, 4], [5, 8, 0, 3, 7, 9, 6, 1, 4, 2],
     [8, 9, 1, 6, 0, 4, 3, 5, 2, 7], [9, 4, 5, 3, 1, 2, 6, 8, 7, 0], [4, 2, 8, 6, 5, 7, 3, 9, 0, 1],
     [2, 7, 9, 3, 8, 0, 6, 4, 1, 5], [7, 0, 4, 6, 9, 1, 3, 2, 5, 8]]  # fmt: skip


def verhoeff(number: str) -> bool:
    """SNOMED CT's check digit."""
    check = 0
    for place, digit in enumerate(reversed(number)):
        check = D[check][P[place % 8][int(digit)]]
    return check == 0


def test_the_check_digits_catch_a_typing_mistake() -> None:
    assert mod10("8480") == 6
    assert mod10("69689") != 9
    assert verhoeff("14152002")
    assert not verhoeff("14152003")


@pytest.mark.parametrize(("row", "code"), list(codes("loinc")))
def test_loinc_check_digit(row: str, code: str) -> None:
    number, _, check = code.partition("-")
    assert mod10(number) == int(check)


@pytest.mark.parametrize(("row", "code"), list(codes("snomed")))
def test_snomed_check_digit(row: str, code: str) -> None:
    assert verhoeff(code)


def test_every_row_is_verified_in_the_shared_table() -> None:
    """A code stands in codes.csv as verified (V), or as seen once (V1) beside a verified coding of the same row."""
    if not CODES.exists():
        if os.environ.get("CI"):
            pytest.fail("the shared code table is missing")
        pytest.skip("the shared code table is not here: lay shared/ beside the project")
    with CODES.open(newline="") as file:
        status = {(r["system"], r["code"]): (r["status"], r["display"]) for r in csv.DictReader(file) if r["code"]}
    for rows in CLINIC.tables.values():
        for row in rows.values():
            found = {
                name: status.get((system, getattr(row, name))) for name, system in SYSTEMS.items() if getattr(row, name)
            }
            assert None not in found.values()
            assert all(s[0] in ("V", "V1") for s in found.values() if s)
            assert not found or any(s and s[0] == "V" for s in found.values())
            for name, s in found.items():
                assert s
                assert row.display[name] == s[1].split("|")[0]


@pytest.mark.parametrize("table", CLINIC.tables)
def test_every_row_has_words_and_a_source(table: str) -> None:
    for row in CLINIC.tables[table].values():
        assert row.text
        assert row.source
        assert row.local or any(getattr(row, name) for name in SYSTEMS)


def test_items_of_instruments_have_rows() -> None:
    for row in CLINIC.tables["instrument"].values():
        assert all(item in CLINIC.tables["item"] for item in row.items)


def test_an_overlay_adds_and_replaces_rows(tmp_path: Path) -> None:
    file = tmp_path / "clinic.toml"
    file.write_text(
        '[clinic]\nkey = "north"\nname = "North"\n[drug.esketamine]\ntext = "Esketamine"\nlocal = "esketamine"\nsource = "ours"\n'
    )
    found = load_clinic(file)
    assert found.identity.name == "North"
    assert isinstance(found.row("drug", "esketamine"), Row)
    assert found.row("drug", "ketamine") == CLINIC.row("drug", "ketamine")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("[clinic", "clinic.toml"),
        ("[clinic]\nname = 5\n", "[clinic] name"),
        ("[clinic]\ncolour = 'x'\n", "[clinic] colour"),
        ("[drug.x]\ntext = 'x'\n", "[drug.x] source"),
        ("[drug]\nx = 5\n", "[drug.x]"),
        ("drug = 5\n", "[drug]"),
    ],
)
def test_a_wrong_file_stops_with_file_table_and_key(tmp_path: Path, text: str, place: str) -> None:
    file = tmp_path / "clinic.toml"
    file.write_text(text)
    with pytest.raises(ClinicFault) as caught:
        load_clinic(file)
    assert str(file) in str(caught.value)
    assert place in str(caught.value)
