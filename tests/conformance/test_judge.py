"""The judge judges: what is right passes, and each kind of wrong is called an error."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from conformance.validator.judge import Finding, Judge

pytestmark = pytest.mark.conformance

US_CORE = "http://hl7.org/fhir/us/core/StructureDefinition/"
Resource = dict[str, Any]


def patient(**changes: Any) -> Resource:
    return {
        "resourceType": "Patient",
        "id": "p1",
        "meta": {"profile": [US_CORE + "us-core-patient"]},
        "identifier": [{"system": "https://clinic.example/id/mrn", "value": "SYN-1"}],
        "name": [{"family": "Synthetic-One", "given": ["Ada"]}],
        "gender": "female",
        "birthDate": "1980-02-29",
        **changes,
    }


def coded(system: str, code: str) -> Resource:
    return {"coding": [{"system": system, "code": code}]}


def quantity(value: str, unit: str) -> Resource:
    return {"value": msgspec.Raw(value.encode()), "unit": unit, "system": "http://unitsofmeasure.org", "code": unit}


def blood_pressure(unit: str = "mm[Hg]", **changes: Any) -> Resource:
    return {
        "resourceType": "Observation",
        "id": "bp1",
        "meta": {"profile": [US_CORE + "us-core-blood-pressure"]},
        "status": "final",
        "category": [coded("http://terminology.hl7.org/CodeSystem/observation-category", "vital-signs")],
        "code": coded("http://loinc.org", "85354-9"),
        "subject": {"reference": "Patient/p1"},
        "effectiveDateTime": "2026-03-02T10:15:00-05:00",
        "component": [
            {"code": coded("http://loinc.org", "8480-6"), "valueQuantity": quantity("128.0", unit)},
            {"code": coded("http://loinc.org", "8462-4"), "valueQuantity": quantity("79", unit)},
        ],
        **changes,
    }


def administration(dosage: Resource) -> Resource:
    return {
        "resourceType": "MedicationAdministration",
        "id": "ma1",
        "status": "completed",
        "medicationCodeableConcept": {"text": "Ketamine"},
        "subject": {"reference": "Patient/p1"},
        "effectiveDateTime": "2026-03-02T10:00:00-05:00",
        "dosage": dosage,
    }


def bundle(*resources: Resource) -> Resource:
    entries = [
        {"fullUrl": f"https://clinic.example/fhir/{r['resourceType']}/{r['id']}", "resource": r} for r in resources
    ]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}


def said(findings: list[Finding]) -> str:
    return "\n".join(map(str, findings))


@pytest.mark.parametrize(
    "right",
    [
        pytest.param(patient(), id="patient"),
        pytest.param(blood_pressure(), id="us-core-blood-pressure"),
        pytest.param(administration({"dose": quantity("20.0", "mg"), "text": "over 40 min"}), id="administration"),
        pytest.param(bundle(patient(), blood_pressure()), id="bundle"),
    ],
)
def test_what_is_right_passes(judge: Judge, right: Resource) -> None:
    errors = judge.errors(right)
    assert not errors, said(errors)


@pytest.mark.parametrize(
    ("wrong", "message_id", "location"),
    [
        pytest.param(blood_pressure(status="banana"), "Terminology_TX_NoValid_16", "Observation.status", id="status"),
        pytest.param(
            patient(name=[{"family": "X", "period": {"start": "2026-02-01", "end": "2026-01-01"}}]),
            "http://hl7.org/fhir/StructureDefinition/Period#per-1",
            "Patient.name[0].period",
            id="end-before-start",
        ),
        pytest.param(
            blood_pressure(subject={"reference": "Medication/m1"}),
            "Reference_REF_BadTargetType2",
            "Observation.subject",
            id="reference-to-the-wrong-type",
        ),
        pytest.param(
            {name: value for name, value in patient().items() if name != "gender"},
            "Validation_VAL_Profile_Minimum",
            "Patient",
            id="missing-in-us-core",
        ),
        pytest.param(patient(favouriteColour="blue"), "", "Patient", id="unknown-element"),
        pytest.param(
            administration({"text": "neither dose nor rate"}),
            "http://hl7.org/fhir/StructureDefinition/MedicationAdministration#mad-1",
            "MedicationAdministration.dosage",
            id="dosage-without-dose-or-rate",
        ),
        pytest.param(
            administration({"dose": quantity("20.0", "milligrammes")}),
            "UCUM",
            "MedicationAdministration.dosage.dose",
            id="unit-that-is-not-ucum",
        ),
        pytest.param(
            patient(text={"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml"><script/></div>'}),
            "XHTML_XHTML_Element_Illegal",
            "Patient.text.div",
            id="script-in-narrative",
        ),
    ],
)
def test_what_is_wrong_is_an_error(judge: Judge, wrong: Resource, message_id: str, location: str) -> None:
    errors = judge.errors(wrong)
    assert (message_id, location) in {(error.message_id, error.location) for error in errors}, said(errors)


def test_references_in_a_bundle_are_followed(judge: Judge) -> None:
    """The patient is there, and is not what US Core asks of the subject of a blood pressure."""
    without_name = {name: value for name, value in patient().items() if name not in {"name", "meta"}}
    assert judge.errors(bundle(patient(), blood_pressure())) == []
    errors = judge.errors(bundle(without_name, blood_pressure()))
    assert any(error.location.endswith("/.subject") for error in errors), said(errors)


def test_a_profile_may_be_asked_for(judge: Judge) -> None:
    claims_nothing = {name: value for name, value in patient().items() if name not in {"gender", "meta"}}
    assert judge.errors(claims_nothing) == []
    errors = judge.errors(claims_nothing, profiles=[US_CORE + "us-core-patient"])
    assert [error.message_id for error in errors] == ["Validation_VAL_Profile_Minimum"], said(errors)


def test_a_profile_it_does_not_know_is_an_error(judge: Judge) -> None:
    assert [error.severity for error in judge.errors(patient(), profiles=["https://clinic.example/nobody"])] == [
        "fatal"
    ]


def test_what_is_not_json_is_an_error(judge: Judge) -> None:
    assert [error.severity for error in judge.errors(b'{"resourceType": "Patient"')] == ["fatal"]


def test_digits_reach_the_judge_as_they_were_written(judge: Judge) -> None:
    """A reader that turned numbers into floats would not notice 1.0e400."""
    huge = msgspec.json.encode(administration({"dose": quantity("1.0e400", "mg")}))
    assert b"1.0e400" in huge
    judge.validate(huge)
