"""Terminology is data and is tested like code: check digits, sources, and nothing that was not verified."""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from golden_sessions import ROOT, at
from mapped_sessions import mapped, of_type

from mappings import Clinic, load_clinic
from mappings.check_digits import is_loinc, is_snomed
from mappings.clinic import SYSTEMS

CLINIC = load_clinic()
EXAMPLE = load_clinic(ROOT / "fixtures" / "clinics" / "example.toml")
CODES = Path(os.environ.get("INFUSION_BRIDGE_SHARED_CODES", ROOT.parent / "shared" / "codes" / "codes.csv"))


def codes(name: str) -> Iterator[tuple[str, str]]:
    """(row, code) of every code of one code system."""
    for table, rows in CLINIC.tables.items():
        for key, row in rows.items():
            code = getattr(row, name)
            if code is not None:
                yield f"{table}.{key}", code


@pytest.mark.parametrize(("row", "code"), list(codes("loinc")))
def test_loinc_check_digit(row: str, code: str) -> None:
    assert is_loinc(code)


@pytest.mark.parametrize(("row", "code"), list(codes("snomed")))
def test_snomed_check_digit(row: str, code: str) -> None:
    assert is_snomed(code)


@pytest.mark.parametrize("clinic", [CLINIC, EXAMPLE], ids=["shared", "example"])
def test_every_row_is_verified_in_the_shared_table(clinic: Clinic) -> None:
    """A code stands in codes.csv as verified (V), or as seen once (V1) beside a verified coding of the same row."""
    if not CODES.exists():
        if os.environ.get("CI"):
            pytest.fail("the shared code table is missing")
        pytest.skip("the shared code table is not here: lay shared/ beside the project")
    with CODES.open(newline="") as file:
        status = {(r["system"], r["code"]): (r["status"], r["display"]) for r in csv.DictReader(file) if r["code"]}
    for rows in clinic.tables.values():
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


PRODUCT = re.compile(r"\d|\[|inject|solution|tablet", re.IGNORECASE)
DRUGS = CLINIC.tables["drug"]
PRODUCTS = [key for key, row in DRUGS.items() if key != "ketamine" and PRODUCT.search(row.display.get("rxnorm", ""))]


@pytest.mark.parametrize("key", PRODUCTS)
def test_a_form_a_strength_or_a_brand_has_a_key_of_its_own(key: str) -> None:
    """The plain key beside it says the drug alone, also where the product was not what was given."""
    row = DRUGS[key]
    plain = [DRUGS[other] for other in DRUGS if key.startswith(f"{other}-")]
    assert [PRODUCT.search(f"{other.text} {other.display.get('rxnorm', '')}") for other in plain] == [None]
    brand = re.search(r"\[(.+)\]", row.display["rxnorm"])
    assert not brand or (brand[1] in row.text and key.endswith(f"-{brand[1].lower()}"))


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("clonidine", "Clonidine"),
        ("glycopyrronium", "Glycopyrronium"),
        ("hydralazine", "Hydralazine"),
        ("ketorolac", "Ketorolac"),
        ("lorazepam", "Lorazepam"),
        ("magnesium-sulfate", "Magnesium sulfate"),
        ("midazolam", "Midazolam"),
        ("ondansetron", "Ondansetron"),
        ("sodium-chloride", "Sodium chloride"),
    ],
)
def test_a_drug_without_a_verified_code_of_its_own_has_a_local_one(key: str, text: str) -> None:
    given = at(1, "medication", drug={"key": key}, dose={"value": 8, "unit": "mg"}, route="oral", purpose="other")
    administration = next(found for found in of_type(mapped(events=[given]), "MedicationAdministration"))
    assert administration["medicationCodeableConcept"] == {
        "coding": [{"system": CLINIC.systems.local_codes, "code": key, "display": text}],
        "text": text,
    }
