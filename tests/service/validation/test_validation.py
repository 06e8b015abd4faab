"""What our judgement refuses, at its place, with a cache and without."""

from __future__ import annotations

import copy
from decimal import Decimal
from typing import Any

import pytest
from damaged import damaged
from golden_sessions import fixture_sessions, session

from mappings import load_clinic, map_session
from service.validation import Validator, full_judgement

CLINIC = load_clinic()
SAMPLE = map_session(session(), CLINIC)


def one(kind: str, part: str = "") -> dict[str, Any]:
    return copy.deepcopy(next(r for r in SAMPLE if r["resourceType"] == kind and part in str(r)))


@pytest.mark.parametrize("name", fixture_sessions())
def test_every_fixture_resource_is_valid(name: str) -> None:
    for resource in map_session(fixture_sessions()[name], CLINIC):
        assert full_judgement(resource) == []


def damaged_one(kind: str, *changes: tuple[str, Any], part: str = "") -> dict[str, Any]:
    return damaged(one(kind, part), *changes)


DAMAGES: list[tuple[str, dict[str, Any], str, str]] = [
    ("a code outside a required binding", damaged_one("Observation", ("status", "banana")), "Observation.status", "code-invalid"),
    ("an end before its start", damaged_one("Encounter", ("period.end", "2020-01-01T00:00:00-06:00")), "Encounter.period", "invariant"),
    ("an end before its start by day", damaged_one("Encounter", ("period", {"start": "2026-03-02", "end": "2026-03-01"})), "Encounter.period", "invariant"),
    ("a dosage with neither dose nor rate", damaged_one("MedicationAdministration", ("dosage.dose", ...), ("dosage.rateQuantity", ...)), "MedicationAdministration", "invariant"),
    ("a subject of the wrong type", damaged_one("MedicationAdministration", ("subject.reference", "Device/1")), "MedicationAdministration.subject.reference", "value"),
    ("a patient as encounter", damaged_one("Procedure", ("encounter.reference", "Patient/1")), "Procedure.encounter.reference", "value"),
    ("a reference that is none", damaged_one("Observation", ("subject.reference", "the patient")), "Observation.subject.reference", "value"),
    ("a missing required element", damaged_one("Observation", ("code", ...)), "Observation.code", "required"),
    ("a missing status", damaged_one("Procedure", ("status", ...)), "Procedure.status", "required"),
    ("an unknown element", damaged_one("Observation", ("colour", "blue")), "Observation.colour", "structure"),
    ("an unknown element inside", damaged_one("Observation", ("code.colour", "blue")), "Observation.code.colour", "structure"),
    ("a number as text", damaged_one("Observation", ("valueQuantity.value", "70"), part="8867-4"), "Observation.valueQuantity.value", "value"),
    ("a boolean as number", damaged_one("Observation", ("valueQuantity.value", True), part="8867-4"), "Observation.valueQuantity.value", "value"),
    ("a text as number", damaged_one("Encounter", ("status", 5)), "Encounter.status", "value"),
    ("a whole number with a fraction", damaged_one("MedicationAdministration", ("extension.0.valuePositiveInt", Decimal("1.5"))), "MedicationAdministration.extension[0].valuePositiveInt", "value"),
    ("zero as positive", damaged_one("MedicationAdministration", ("extension.0.valuePositiveInt", 0)), "MedicationAdministration.extension[0].valuePositiveInt", "value"),
    ("a list where one is meant", damaged_one("Observation", ("code", [{}])), "Observation.code", "structure"),
    ("one where a list is meant", damaged_one("Observation", ("category", {"text": "x"})), "Observation.category", "structure"),
    ("an empty list", damaged_one("Observation", ("category", [])), "Observation.category", "structure"),
    ("an empty object", damaged_one("Observation", ("code", {})), "Observation.code", "structure"),
    ("an empty text", damaged_one("Observation", ("code.text", "")), "Observation.code.text", "value"),
    ("null", damaged_one("Observation", ("code.text", None)), "Observation.code.text", "value"),
    ("an id with a space", damaged_one("Observation", ("id", "a b")), "Observation.id", "value"),
    ("an id of 65 characters", damaged_one("Observation", ("id", "a" * 65)), "Observation.id", "value"),
    ("a URI with a space", damaged_one("Observation", ("identifier.0.system", "http://a b")), "Observation.identifier[0].system", "value"),
    ("a day that is not in the calendar", damaged_one("Patient", ("birthDate", "2026-02-30")), "Patient.birthDate", "value"),
    ("a time without offset", damaged_one("Observation", ("effectiveDateTime", "2026-03-02T10:00:00")), "Observation.effectiveDateTime", "value"),
    ("hour 25", damaged_one("Observation", ("effectiveDateTime", "2026-03-02T25:00:00Z")), "Observation.effectiveDateTime", "value"),
    ("two values", damaged_one("Observation", ("valueString", "x"), part="8867-4"), "Observation", "invalid"),
    ("a value and a reason for none", damaged_one("Observation", ("dataAbsentReason", {"text": "x"}), part="8867-4"), "Observation", "invariant"),
    ("a code without its system", damaged_one("Observation", ("valueQuantity.system", ...), part="8867-4"), "Observation.valueQuantity", "invariant"),
    ("an extension with nothing", damaged_one("MedicationAdministration", ("extension", [{"url": "http://x"}])), "MedicationAdministration.extension[0]", "invariant"),
    ("an extension with both", damaged_one("MedicationAdministration", ("extension", [{"url": "http://x", "valueCode": "a", "extension": [{"url": "http://y", "valueCode": "b"}]}])), "MedicationAdministration.extension[0]", "invariant"),
    ("an error with clinical status", damaged_one("Condition", ("verificationStatus.coding.0.code", "entered-in-error")), "Condition", "invariant"),
    ("what has abated is active", damaged_one("Condition", ("abatementDateTime", "2026-03-02")), "Condition", "invariant"),
    ("a clinical status of another kind", damaged_one("Condition", ("clinicalStatus.coding.0.code", "sleeping")), "Condition.clinicalStatus", "code-invalid"),
    ("a telecom without system", damaged_one("Patient", ("telecom", [{"value": "555"}])), "Patient.telecom[0]", "invariant"),
    ("a contact with nothing", damaged_one("Patient", ("contact", [{"gender": "male"}])), "Patient", "invariant"),
    ("an organisation without name or identifier", damaged_one("Organization", ("name", ...), ("identifier", ...)), "Organization", "invariant"),
    ("half a ratio", damaged_one("Medication", ("ingredient.0.strength.denominator", ...)), "Medication.ingredient[0].strength", "invariant"),
    ("a duration without unit", damaged_one("MedicationRequest", ("dosageInstruction.0.timing.repeat.durationUnit", ...)), "MedicationRequest.dosageInstruction[0].timing.repeat", "invariant"),
    ("codes that are none", damaged_one("Condition", ("verificationStatus.coding", None)), "Condition.verificationStatus", "structure"),
    ("a range upside down", damaged_one("Observation", ("valueQuantity", ...), ("valueRange", {"low": {"value": 7}, "high": {"value": 6}}), part="8867-4"), "Observation.valueRange", "invariant"),
    ("an end before its start in what is contained", damaged_one("Patient", ("contained", [{"resourceType": "Organization", "id": "o", "identifier": [{"system": "urn:x", "value": "1", "period": {"start": "2026-03-02", "end": "2026-03-01"}}]}])), "Patient.contained[0].identifier[0].period", "invariant"),
    ("a nameless organisation contained", damaged_one("Patient", ("contained", [{"resourceType": "Organization", "id": "o", "active": True}])), "Patient.contained[0]", "invariant"),
    ("a gender R4 does not know", damaged_one("Patient", ("gender", "f")), "Patient.gender", "code-invalid"),
]  # fmt: skip


@pytest.mark.parametrize(("resource", "place", "code"), [d[1:] for d in DAMAGES], ids=[d[0] for d in DAMAGES])
def test_damage_is_found_at_its_place(resource: dict[str, Any], place: str, code: str) -> None:
    found = [(issue.expression[0], issue.code) for issue in full_judgement(resource)]
    assert any(where.startswith(place) for where, _ in found), found
    if code not in ("invalid",):
        assert code in [kind for where, kind in found if where.startswith(place)], found


@pytest.mark.parametrize("resource", [d[1] for d in DAMAGES], ids=[d[0] for d in DAMAGES])
def test_damage_is_found_by_a_warm_cache_too(resource: dict[str, Any]) -> None:
    validator = Validator()
    for good in SAMPLE:
        assert validator.validate(good) == []
    assert validator.validate(resource) == full_judgement(resource)


def test_a_range_is_looked_at_again_whatever_was_seen_of_its_shape() -> None:
    def ranged(low: int) -> dict[str, Any]:
        return damaged_one("Observation", ("valueQuantity", ...), ("valueRange", {"low": {"value": low}, "high": {"value": 6}}), part="8867-4")  # fmt: skip

    validator = Validator()
    assert validator.validate(ranged(5)) == []
    assert validator.validate(ranged(7)) == full_judgement(ranged(7)) != []


@pytest.mark.parametrize("letter", ["\u00a0", "\u2028", "\u3000", "\x85", "é", "\U0001f600"])
def test_every_letter_that_r4_allows_is_taken(letter: str) -> None:
    """A no-break space in a name is white space to many regular expressions, and a fine string to FHIR."""
    assert full_judgement(damaged_one("Patient", ("name.0.family", f"A{letter}B"))) == []


def test_faults_at_one_place_are_all_said() -> None:
    both = {"low": {"value": 7, "code": "mg"}, "high": {"value": 6}}
    texts = {i.text[:5] for i in full_judgement(damaged_one("Observation", ("valueQuantity", ...), ("valueRange", both), ("dataAbsentReason", {"text": "x"}), part="8867-4"))}  # fmt: skip
    assert {"rng-2", "qty-3", "obs-6"} <= texts


def test_nesting_without_end_is_an_issue_not_a_crash() -> None:
    deep: dict[str, Any] = {"url": "http://x", "valueCode": "a"}
    for _ in range(600):
        deep = {"url": "http://x", "extension": [deep]}
    for judge in (Validator(), Validator(cached=False)):
        try:
            issues = judge.validate(damaged_one("Patient", ("extension", [deep])))
        except RecursionError:
            pytest.fail("nesting must become an issue")
        assert issues


def test_an_unknown_contained_type_is_an_issue() -> None:
    assert full_judgement(damaged_one("Patient", ("contained", [{"resourceType": "Zebra", "id": "z"}])))


def test_no_issue_holds_a_value() -> None:
    mark = "MARKED VALUE"
    for path in ("status", "code.text", "subject.reference", "effectiveDateTime", "id"):
        for issue in full_judgement(damaged_one("Observation", (path, mark + "\x00"))):
            assert mark not in issue.text
