"""Rows of a clinic file beside each other: codes tell them apart, systems are the clinic's own, the PHQ-9 is whole."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from golden_sessions import at, session

from mappings import load_clinic, map_session
from mappings.clinic import ClinicFault
from mappings.reading import read_session

ROW = "text = 'x'\nsource = 'x'\n"
INSTRUMENT = f"[instrument.x]\n{ROW}local = 'x'\n"
ALIKE = "its code is that of"
OTHERS = "a system of somebody else"
PHQ9 = f"[instrument.phq9]\n{ROW}local = 'x'\nanswers = ['no', 'yes']\ntop = 1\n"


def load(folder: Path, text: str) -> Any:
    file = folder / "clinic.toml"
    file.write_text(text)
    return load_clinic(file)


def flags(clinic: Any, instrument: str, items: list[int]) -> list[str]:
    found = map_session(session(events=[at(0, "score", instrument=instrument, items=items)]), clinic)
    return [resource["code"]["text"] for resource in found if resource["resourceType"] == "Flag"]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (
            f"{INSTRUMENT}items = ['phq9-1']\nanswers = ['no', 'no', 'yes']\ntop = 2\n",
            "[instrument.x]: `answers` names",
        ),
        (
            f"{INSTRUMENT}items = ['a', 'b']\nanswers = ['no', 'yes']\ntop = 1\n"
            f"[item.a]\n{ROW}local = 'x'\n[item.b]\n{ROW}local = 'x'\n",
            "[instrument.x] items: a and b have one code",
        ),
        (f"{PHQ9}items = ['phq9-1', 'phq9-2']\n", "[instrument.phq9] items: phq9-9 is not among them"),
        (
            f"[severity.mild]\n{ROW}local = 'x'\n[severity.moderate]\n{ROW}local = 'x'\n",
            f"[severity.moderate]: {ALIKE} severity.mild",
        ),
        (
            f"[outcome.resolved]\n{ROW}local = 'oral'\n[route.oral]\n{ROW}snomed = '47625008'\n",
            f"[route.oral]: {ALIKE}",
        ),
        (f"[answer.si]\n{ROW}loinc = 'LA33-6'\n", f"[answer.si]: {ALIKE} answer.yes"),
        (f"[answer.no]\n{ROW}loinc = 'LA33-6'\n", f"[answer.no]: {ALIKE} answer.yes"),
        (f"[instrument.y]\n{ROW}loinc = '8867-4'\n", f"[instrument.y]: {ALIKE} vital.heart-rate"),
        (
            f"[drug.x]\n{ROW}rxnorm = '372528'\ndisplay = {{ rxnorm = 'ketamine Injectable Solution' }}\n",
            f"[drug.x]: {ALIKE} drug.ketamine",
        ),
        ("[systems]\nlocal_codes = 'http://loinc.org'\n", f"[systems] local_codes: {OTHERS}"),
        ("[systems]\nlocal_codes = 'https://snomed.info/sct'\n", f"[systems] local_codes: {OTHERS}"),
        (
            "[systems]\nlocal_codes = 'http://www.nlm.nih.gov/research/umls/rxnorm'\n",
            f"[systems] local_codes: {OTHERS}",
        ),
        (
            "[systems]\nextension = 'http://hl7.org/fhir/us/core/StructureDefinition'\n",
            f"[systems] extension: {OTHERS}",
        ),
        ("[systems]\nstaff = 'http://hl7.org/fhir/sid/us-npi'\n", f"[systems] staff: {OTHERS}"),
        ("[systems]\nstaff = 'urn:oid:2.16.840.1.113883.4.6'\n", f"[systems] staff: {OTHERS}"),
        ("[systems]\nstaff = 'http://TERMINOLOGY.HL7.org/CodeSystem/v2-0203'\n", f"[systems] staff: {OTHERS}"),
        (
            "[systems]\nlocal_codes = 'https://demo-clinic.example/id/mrn'\n",
            "[systems]: two kinds of identifiers or codes",
        ),
        ("[systems]\nextension = 'https://demo-clinic.example/CodeSystem/infusion'\n", "[systems]: two kinds of"),
        ("[clinic]\nkey = 'north'\n", "[systems]: this table is missing"),
    ],
)
def test_what_would_be_read_as_something_else_is_refused(tmp_path: Path, text: str, fault: str) -> None:
    with pytest.raises(ClinicFault) as caught:
        load(tmp_path, text)
    lines = str(caught.value).splitlines()
    assert [line for line in lines if f"clinic.toml: {fault}" in line], lines


def test_finer_words_may_share_a_code(tmp_path: Path) -> None:
    row = "text = 'PTSD of childhood'\nicd10cm = 'F43.11'\nsnomed = '47505003'\nsource = 'x'\n"
    vial = "text = 'Our vial'\nrxnorm = '372528'\nlocal = 'our-vial'\nsource = 'x'\n"
    found = load(tmp_path, f"[indication.ptsd-acute]\n{row}[drug.our-vial]\n{vial}")
    assert found.row("indication", "ptsd-acute").snomed == found.row("indication", "ptsd").snomed


def test_systems_of_a_hospital_are_its_own(tmp_path: Path) -> None:
    """An OID of an organisation, and a host that only ends like a publisher's."""
    text = "[systems]\npatient = 'urn:oid:2.16.840.1.113883.3.1234'\nstaff = 'https://nothl7.org/id/staff'\n"
    assert load(tmp_path, text).systems.staff == "https://nothl7.org/id/staff"


LAST_FIRST = ["phq9-9", *(f"phq9-{place}" for place in range(1, 9))]


def test_the_question_for_thoughts_of_death_is_known_by_its_key(tmp_path: Path) -> None:
    answers = [f"frequency-{points}" for points in range(4)]
    asked = f"{ROW}loinc = '44261-6'\nunit = '{{score}}'\nitems = {LAST_FIRST}\nanswers = {answers}\ntop = 3\n"
    clinic = load(tmp_path, f"[instrument.phq9]\n{asked}")
    assert [text[-15:] for text in flags(clinic, "phq9", [3, *[0] * 8])] == ["answered 3 of 3"]
    assert flags(clinic, "phq9", [*[0] * 8, 3]) == []


def test_an_instrument_of_ones_own_that_asks_for_thoughts_of_death_raises_the_flag(tmp_path: Path) -> None:
    asked = "items = ['phq9-2', 'phq9-9']\nanswers = ['no', 'yes']\ntop = 1\n"
    clinic = load(tmp_path, f"{INSTRUMENT}{asked}")
    assert [text[-15:] for text in flags(clinic, "x", [0, 1])] == ["answered 1 of 1"]


def test_an_answer_with_two_codes_reads_back(tmp_path: Path) -> None:
    """A QuestionnaireResponse holds one coding of it alone."""
    clinic = load(tmp_path, f"[answer.frequency-2]\n{ROW}loinc = 'LA6570-1'\nlocal = 'more-than-half'\n")
    given = session(events=[at(0, "score", instrument="phq9", items=[2, 0, 1, 3, 2, 0, 0, 0, 0])])
    assert read_session(map_session(given, clinic), clinic).events == given.events


def test_a_role_with_two_codes_reads_back(tmp_path: Path) -> None:
    clinic = load(tmp_path, f"[role.administering]\n{ROW}snomed = '224535009'\nlocal = 'administering'\n")
    found = session()
    assert read_session(map_session(found, clinic), clinic).staff == found.staff
