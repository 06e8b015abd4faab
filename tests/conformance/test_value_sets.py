"""Codes of the terminology are members of the value sets that list theirs: R4's, and US Core's."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path
from typing import Any

import pytest
from conformance.validator import packages

from mappings import load_clinic
from mappings.quantities import Height, Temperature, Weight

pytestmark = pytest.mark.conformance
CLINIC = load_clinic()
LOINC = "http://loinc.org"
# Rows that claim a US Core vital-signs profile
PROFILED = [
    "blood-pressure", "systolic", "diastolic", "heart-rate", "respiratory-rate", "temperature", "weight", "height",
    "oxygen-saturation", "oxygen-saturation-arterial",
]  # fmt: skip


class Published:
    """What HL7 published: R4 and US Core 6.1.0, by file name."""

    def __init__(self, home: Path) -> None:
        self._core = home / ".fhir" / "packages" / "hl7.fhir.r4.core#4.0.1" / "package"

    def r4(self, name: str) -> dict[str, Any]:
        return dict(json.loads((self._core / f"{name}.json").read_text()))

    def us_core(self, name: str) -> dict[str, Any]:
        with tarfile.open(packages.SHARED_DATA / "packages" / packages.US_CORE["6.1.0"]) as archive:
            file = archive.extractfile(f"package/{name}.json")
            assert file is not None
            return dict(json.load(file))

    def codes(self, value_set: dict[str, Any]) -> set[str]:
        """Those that are listed, also by value sets of R4 that it includes."""
        found: set[str] = set()
        for include in value_set["compose"]["include"]:
            found |= {concept["code"] for concept in include.get("concept", [])}
            for url in include.get("valueSet", []):
                found |= self.codes(self.r4("ValueSet-" + url.rpartition("/")[2]))
        return found


@pytest.fixture(scope="module")
def published(hl7_is_here: None) -> Published:
    return Published(packages.prepare())


def test_vital_signs_are_those_of_us_core(published: Published) -> None:
    members = published.codes(published.us_core("ValueSet-us-core-vital-signs"))
    codes = {row: CLINIC.row("vital", row).loinc for row in PROFILED}
    # The parts of a panel stand under the panel, which is a member
    assert {row for row, code in codes.items() if code not in members} <= {"oxygen-saturation-arterial"}


def test_units_of_vital_signs_are_those_of_r4(published: Published) -> None:
    members = published.codes(published.r4("ValueSet-ucum-vitals-common"))
    units = {CLINIC.row("vital", row).unit for row in PROFILED} - {None}
    accepted = (Height.UNITS - {"m"}) | Temperature.UNITS | Weight.UNITS
    assert (units | accepted) - members == set()


def test_phq9_is_the_published_questionnaire(published: Published) -> None:
    form = published.us_core("example/Questionnaire-phq-9-example")
    items = [item["linkId"] for item in form["item"]][:9]
    row = CLINIC.row("instrument", "phq9")
    assert [f"/{CLINIC.row('item', key).loinc}" for key in row.items] == items
    options = [option["valueCoding"]["code"] for option in form["item"][0]["answerOption"]]
    assert [CLINIC.row("answer", key).loinc for key in row.answers] == options


def test_the_note_is_a_clinical_note_of_us_core(published: Published) -> None:
    members = published.codes(published.us_core("ValueSet-us-core-clinical-note-type"))
    assert CLINIC.row("document", "session-note").loinc in members
