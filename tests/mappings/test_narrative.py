"""Narratives: every resource says in a line what it says in elements, whatever was typed into it."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest
from golden_sessions import at, fixture_sessions, session
from hypothesis import given
from hypothesis import strategies as st
from mapped_sessions import CLINIC, HOSTILE, mapped, words

from mappings import RESOURCES, map_session, retract
from mappings.narrative import LONGEST, describe, narrated, narrative
from service.fhirjson import encode, read_json
from service.validation import Validator
from service.validation.narrative import narrative_fault

SESSIONS = fixture_sessions()
BEGIN = '<div xmlns="http://www.w3.org/1999/xhtml">'


def told(**elements: Any) -> str:
    """What is said of a resource with these elements."""
    return words({"text": describe(elements)})


def quantity(value: str, unit: str) -> dict[str, Any]:
    return {"value": Decimal(value), "unit": unit, "code": unit}


PERIOD = {"start": "2026-02-23T14:15:00-06:00", "end": "2026-02-23T14:31:00-06:00"}
READING = {"resourceType": "Observation", "status": "final", "effectiveDateTime": "2026-02-25T09:20:00-06:00"}


@pytest.mark.parametrize(
    ("resource", "text"),
    [
        (
            {**READING, "code": {"text": "Heart rate"}, "valueQuantity": quantity("72", "/min")},
            "Heart rate: 72 /min, 2026-02-25 09:20 -06:00",
        ),
        (
            {
                **READING,
                "code": {"text": "Blood pressure"},
                "component": [
                    {"code": {"text": "Systolic"}, "valueQuantity": quantity("120.0", "mm[Hg]")},
                    {"code": {"text": "Diastolic"}, "dataAbsentReason": {"coding": [{"display": "Unknown"}]}},
                ],
            },
            "Blood pressure: Systolic 120 mmHg, Diastolic Unknown, 2026-02-25 09:20 -06:00",
        ),
        (
            {**READING, "code": {"text": "PHQ-9"}, "valueQuantity": quantity("0", "{score}")},
            "PHQ-9: 0, 2026-02-25 09:20 -06:00",
        ),
        ({**READING, "code": {"text": "Consent"}, "valueBoolean": False}, "Consent: no, 2026-02-25 09:20 -06:00"),
        (
            {
                "resourceType": "MedicationAdministration",
                "status": "stopped",
                "statusReason": [{"text": "Panic attack"}],
                "medicationReference": {"reference": "Medication/1", "display": "Ketamine"},
                "effectivePeriod": PERIOD,
                "dosage": {
                    "route": {"text": "Intravenous"},
                    "dose": quantity("15", "mg"),
                    "rateQuantity": quantity("12.50", "ug/kg/min"),
                },
            },
            "Medication administration: Ketamine, 15 mg at 12.5 mcg/kg/min, Intravenous, "
            "2026-02-23 14:15 to 14:31 -06:00, stopped, Panic attack",
        ),
        (
            {
                "resourceType": "MedicationRequest",
                "status": "active",
                "medicationCodeableConcept": {"coding": [{"code": "6130", "display": "ketamine"}]},
                "dosageInstruction": [
                    {
                        "timing": {"repeat": {"duration": 40, "durationUnit": "min"}},
                        "doseAndRate": [{"doseQuantity": quantity("0.50", "mg/kg")}],
                        "maxDosePerAdministration": quantity("60", "mg"),
                    }
                ],
            },
            "Medication request: ketamine, 0.5 mg/kg over 40 min, at most 60 mg, active",
        ),
        (
            {"resourceType": "Patient", "name": [{"text": "Ada Elm"}], "gender": "female", "birthDate": "1984-05"},
            "Patient: Ada Elm, female, born 1984-05",
        ),
        (
            {
                "resourceType": "Medication",
                "code": {"text": "Ketamine"},
                "ingredient": [
                    {"strength": {"numerator": quantity("50", "mg"), "denominator": quantity("1", "mL")}},
                    {"itemCodeableConcept": {"text": "Water"}},
                ],
                "batch": {"lotNumber": "L1"},
            },
            "Medication: Ketamine, 50 mg/mL, lot L1",
        ),
        ({"resourceType": "Encounter", "status": "in-progress"}, "Encounter: in progress"),
        ({"resourceType": "Encounter", "type": [{"id": "x"}], "status": "finished"}, "Encounter: finished"),
        (
            {"resourceType": "EpisodeOfCare", "status": "active", "period": {"start": "2026-02-01"}},
            "Episode of care: from 2026-02-01, active",
        ),
        (
            {"resourceType": "QuestionnaireResponse", "item": [{"answer": [{}]}, {}], "authored": "2026-02-25"},
            "Questionnaire response: 1 answer, 2026-02-25",
        ),
        (
            {"resourceType": "Device", "deviceName": [{"name": "Pump 3"}], "status": "active"},
            "Device: Pump 3, active",
        ),
        (
            {
                "resourceType": "PractitionerRole",
                "practitioner": {"display": "Ada Elm"},
                "code": [{"text": "ordering"}, {"text": "witness"}],
            },
            "Practitioner role: ordering; witness, Ada Elm",
        ),
    ],
)  # fmt: skip
def test_what_is_said(resource: dict[str, Any], text: str) -> None:
    assert words({"text": describe(resource)}) == f"<p>{text}</p>"


@pytest.mark.parametrize("kind", [*(mapping.type for mapping in RESOURCES), "Location", "CarePlan", "Basic"])
def test_of_what_holds_nothing_its_kind_is_said(kind: str) -> None:
    found = describe({"resourceType": kind})
    assert narrative_fault(found["div"]) is None


def test_it_is_escaped_and_cannot_turn_the_reading_order() -> None:
    found = narrative(HOSTILE)["div"]
    assert found.startswith(f"{BEGIN}<p>&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; &amp; ")
    assert "\u0645\u0631\u062d\u0628\u0627" in found
    assert not {"\u202e", "\u202c", "\ufffe"} & set(found)
    assert narrative_fault(found) is None


@given(st.text())
def test_whatever_is_typed_the_narrative_is_a_narrative(text: str) -> None:
    found = describe({**READING, "code": {"text": text}, "valueString": text})
    assert narrative_fault(found["div"]) is None


def test_free_text_is_cut_at_a_space_and_numbers_never() -> None:
    long = told(**READING, code={"text": "Note"}, valueString="word " * 200)
    assert len(long) < LONGEST + 100
    assert "word … " in long or "word …," in long
    parts = [{"code": {"text": f"Part {n}"}, "valueQuantity": quantity("123456.789", "mg")} for n in range(40)]
    assert told(**READING, code={"text": "x"}, component=parts).count("123456.789 mg") == 40


@pytest.mark.parametrize("name", SESSIONS)
def test_every_resource_has_one_behind_its_meta(name: str) -> None:
    for resource in map_session(SESSIONS[name], CLINIC):
        assert list(resource)[:4] == ["resourceType", "id", "meta", "text"]
        assert resource["text"]["status"] == "generated"
        assert not re.search(r"http|[0-9a-f]{8}-[0-9a-f]{4}", words(resource)), "a code dump"


def test_a_narrative_that_a_mapping_wrote_stands() -> None:
    own = narrative("Ours")
    assert narrated({"resourceType": "Basic", "id": "1", "meta": {}, "code": {}, "text": own})["text"] == own


@pytest.mark.parametrize("name", ["03-rate-lowered-for-pressure", "05-stopped-for-reaction", "07-corrected.1"])
def test_what_is_entered_in_error_says_that_first(name: str) -> None:
    """Also as it comes back from the store; and saying it again changes nothing."""
    for resource in map_session(SESSIONS[name], CLINIC):
        form = retract(read_json(encode(resource)))
        if form is not None:
            assert words(form).startswith("<p>Entered in error</p>")
            assert list(form)[:4] == ["resourceType", "id", "meta", "text"]
            assert retract(read_json(encode(form))) == form
            assert Validator(cached=False).validate(form) == []


def test_one_that_was_stored_without_a_narrative_gets_one_in_error() -> None:
    bare = {name: value for name, value in mapped()[-2].items() if name != "text"}
    form = retract(bare)
    assert form is not None
    assert list(form)[:4] == ["resourceType", "id", "meta", "text"]


def test_hostile_words_everywhere_are_valid_and_cannot_run() -> None:
    """In every free text of a session that ends up in an element."""
    found = map_session(
        session(
            patient={"mrn": HOSTILE[:200], "family": HOSTILE, "birth_date": "1980-05-17", "sex": "female"},
            status="stopped",
            status_reason=HOSTILE,
            indications=[{"text": HOSTILE}],
            staff=[{"family": HOSTILE, "role": "administering"}],
            location={"name": HOSTILE},
            medications=[{"drug": {"text": HOSTILE}, "lot": HOSTILE, "recorded_dose": {"value": 1, "unit": "mg"}}],
            order={"dose": {"value": 1, "unit": "mg"}, "ceiling": {"value": 2, "unit": "mg"}},
            events=[
                at(1, "bolus", dose={"value": 5, "unit": "mg"}, reason=HOSTILE),
                at(2, "reaction", reaction={"text": HOSTILE}, severity="severe", action=HOSTILE, outcome="ongoing"),
                at(3, "note", text=HOSTILE),
                at(4, "dissociation", level="mild", note=HOSTILE),
                at(5, "discharge", criteria_met=True, criteria=HOSTILE, escort=HOSTILE),
            ],
            after={"instructions": HOSTILE},
        ),
        CLINIC,
    )
    for resource in found:
        assert Validator(cached=False).validate(resource) == []
        assert "<script" not in re.sub(r'"(?!div)\w+":"(?:[^"\\]|\\.)*"', "", encode(resource).decode())
