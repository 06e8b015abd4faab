"""From a session to its resources: the same bytes every time, and what a reader must be able to rely on."""

from __future__ import annotations

import re
from collections import Counter
from decimal import Decimal
from typing import Any

import pytest
from golden_sessions import ROOT, at, fixture_sessions, session

from mappings import RESOURCES, check_session, load_clinic, map_session, retract
from service.fhirjson import encode
from tools.goldens import bundle

CLINIC = load_clinic()
SESSIONS = fixture_sessions()


def mapped(**changes: Any) -> list[dict[str, Any]]:
    return map_session(session(**changes), CLINIC)


def of_type(resources: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [r for r in resources if r["resourceType"] == kind]


@pytest.mark.parametrize("name", SESSIONS)
def test_the_golden_is_current(name: str) -> None:
    """After a change of mapping: `make goldens`, then read the diff."""
    assert (ROOT / "fixtures" / "fhir" / f"{name}.json").read_bytes() == bundle(SESSIONS[name])


def test_every_golden_has_its_session() -> None:
    assert {path.stem for path in (ROOT / "fixtures" / "fhir").glob("*.json")} == set(SESSIONS)


@pytest.mark.parametrize("name", SESSIONS)
def test_mapping_twice_gives_the_same_bytes(name: str) -> None:
    first, second = (encode(map_session(SESSIONS[name], load_clinic())) for _ in range(2))
    assert first == second


@pytest.mark.parametrize("name", SESSIONS)
def test_every_reference_points_to_something_that_came_before(name: str) -> None:
    """So that a server which checks references takes them in this order."""
    seen: set[str] = set()
    for resource in map_session(SESSIONS[name], CLINIC):
        for target in re.findall(rb'"reference":"([^"]+)"', encode(resource)):
            assert target.decode() in seen
        seen.add(f"{resource['resourceType']}/{resource['id']}")


@pytest.mark.parametrize("name", SESSIONS)
def test_every_resource_is_labelled_and_identified(name: str) -> None:
    for resource in map_session(SESSIONS[name], CLINIC):
        assert list(resource)[:4] == ["resourceType", "id", "meta", "text"]
        assert {c["code"] for c in resource["meta"]["security"]} == {"R", "PSY"}
        if resource["resourceType"] != "Provenance":
            found = resource["identifier"]
            ours = found[-1] if isinstance(found, list) else found
            assert ours == {"system": CLINIC.systems.resource, "value": resource["id"]}


def test_whoever_sums_the_administrations_gets_the_dose_once() -> None:
    doses = [r["dosage"]["dose"]["value"] for r in of_type(mapped(), "MedicationAdministration")]
    assert sum(doses, Decimal(0)) == 40


def test_the_totals_say_the_same() -> None:
    totals = {
        r["code"]["coding"][0]["code"]: (r["valueQuantity"]["value"], r["valueQuantity"]["code"])
        for r in of_type(mapped(), "Observation")
        if r["code"]["coding"][0]["code"] in ("total-dose", "total-dose-per-weight", "infusion-duration")
    }
    assert totals == {
        "total-dose": (40, "mg"),
        "total-dose-per-weight": (Decimal("0.5"), "mg/kg"),
        "infusion-duration": (40, "min"),
    }


def test_where_nothing_but_boluses_was_given_no_infusion_ran() -> None:
    found = mapped(events=[at(5, "bolus", dose={"value": 20, "unit": "mg"})])
    assert "infusion-duration" not in str(found)
    assert "total-dose-per-weight" in str(found)


@pytest.mark.parametrize(("metres", "centimetres"), [("1.73", "173"), ("1.730", "173.0"), ("1.7", "170"), ("2", "200")])
def test_metres_become_centimetres_with_the_digits_that_were_read(metres: str, centimetres: str) -> None:
    before = {"weight": {"value": 80, "unit": "kg"}, "height": {"value": Decimal(metres), "unit": "m"}}
    (height,) = (r for r in of_type(mapped(preparation=before), "Observation") if "8302-2" in str(r["code"]))
    assert str(height["valueQuantity"]["value"]) == centimetres


def test_a_placebo_without_a_rate_is_not_read_as_ketamine_and_not_lost() -> None:
    found = mapped(medications=[{"drug": {"text": "Placebo"}}], order=None, events=[])
    procedure, product = of_type(found, "Procedure")[0], of_type(found, "Medication")[0]
    assert procedure["code"]["text"] == "Infusion session: Placebo"
    assert [used["reference"] for used in procedure["usedReference"]] == [f"Medication/{product['id']}"]
    assert "etamine" not in str(found).replace(of_type(found, "Organization")[0]["name"], "")


def test_a_product_made_ready_for_a_session_that_was_not_done_was_not_used() -> None:
    found = mapped(status="not-done", status_reason="ate breakfast", events=[])
    assert "usedReference" not in of_type(found, "Procedure")[0]


def test_oxygen_saturation_carries_both_codes() -> None:
    found = [r for r in of_type(mapped(), "Observation") if "59408-5" in str(r["code"])]
    assert {c["code"] for c in found[0]["code"]["coding"]} == {"59408-5", "2708-6"}


def test_a_session_that_was_not_done_says_so_everywhere() -> None:
    found = mapped(status="not-done", status_reason="ate breakfast", events=[])
    by_type = {r["resourceType"]: r for r in found}
    assert by_type["Procedure"]["status"] == "not-done"
    assert "performedPeriod" not in by_type["Procedure"]
    assert by_type["MedicationAdministration"]["status"] == "not-done"
    assert by_type["MedicationRequest"]["status"] == "cancelled"
    assert by_type["Encounter"]["status"] == "cancelled"


def test_a_session_in_error_is_in_error_everywhere() -> None:
    right, wrong = mapped(), mapped(status="entered-in-error")
    assert [r["id"] for r in right] == [r["id"] for r in wrong]
    for resource in wrong:
        words = (resource.get("status"), str(resource.get("verificationStatus")), str(resource.get("event")))
        mapping = next(m for m in RESOURCES if m.type == resource["resourceType"])
        assert not mapping.retracted or "entered in error" in str(words).lower().replace("-", " ")
        assert not mapping.retracted or "<p>Entered in error</p>" in resource["text"]["div"]


def test_a_retracted_condition_has_no_clinical_status() -> None:
    condition = of_type(mapped(), "Condition")[0]
    form = retract(condition)
    assert form is not None
    assert "clinicalStatus" not in form


def test_a_patient_cannot_be_retracted() -> None:
    assert retract(of_type(mapped(), "Patient")[0]) is None


def test_sessions_of_one_patient_share_the_patient_and_nothing_of_their_own() -> None:
    one, two = mapped(), mapped(number="T-2")
    shared = {r["id"] for r in one} & {r["id"] for r in two}
    kinds = Counter(r["resourceType"] for r in one if r["id"] in shared)
    assert set(kinds) == {"Organization", "Practitioner", "PractitionerRole", "Patient", "Condition", "Medication"}


def test_dissociation_is_never_coded_as_the_disorder() -> None:
    found = mapped(
        events=[
            at(0, "dissociation", level="severe"),
            at(1, "reaction", reaction={"key": "dissociation"}, severity="mild"),
        ]
    )
    assert "44376007" not in encode(found).decode()


def test_a_drug_given_as_text_is_published_as_text_with_a_warning() -> None:
    given = session(medications=[{"drug": {"text": "Propofol 10 mg/mL"}}])
    assert [(i.severity, i.expression) for i in check_session(given, CLINIC)] == [("warning", ("medications[0].drug",))]
    assert of_type(map_session(given, CLINIC), "Medication")[0]["code"] == {"text": "Propofol 10 mg/mL"}


def test_an_explicit_coding_is_published_as_it_is() -> None:
    coding = {"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": "8782", "display": "propofol"}
    given = session(medications=[{"drug": coding}])
    assert check_session(given, CLINIC) == []
    assert of_type(map_session(given, CLINIC), "Medication")[0]["code"]["coding"] == [coding]


@pytest.mark.parametrize(
    ("changes", "place", "severity"),
    [
        ({"indications": [{"key": "no-such-row"}]}, "indications[0]", "error"),
        ({"events": [at(0, "score", instrument="no-such", total=5)]}, "events[0].instrument", "error"),
        ({"events": [at(0, "score", instrument="phq9", items=[1, 2])]}, "events[0].items", "error"),
        ({"events": [at(0, "score", instrument="phq9", items=[4] * 9)]}, "events[0].items", "error"),
        ({"events": [at(0, "score", instrument="phq9", items=[1] * 9, total=10)]}, "events[0].total", "warning"),
        ({"preparation": {}}, "events[1]", "warning"),
        (
            {"order": {"dose": {"value": 1, "unit": "mg"}, "ceiling": {"value": 30, "unit": "mg"}}},
            "order.ceiling",
            "warning",
        ),
        ({"course": {"id": "C-1", "number": 7, "planned": 6}}, "course.number", "warning"),
    ],
)
def test_what_is_left_to_say_of_a_session(changes: dict[str, Any], place: str, severity: str) -> None:
    found = check_session(session(**changes), CLINIC)
    assert [(i.expression[0], i.severity) for i in found] == [(place, severity)]


def test_a_dose_that_does_not_conserve_is_said() -> None:
    product = {
        "drug": {"key": "ketamine"},
        "drawn_up": {"value": 50, "unit": "mg"},
        "wasted": {"value": 5, "unit": "mg"},
    }
    found = check_session(session(medications=[product]), CLINIC)
    assert [(i.expression[0], i.severity) for i in found] == [("medications[0].wasted", "warning")]


def test_the_sum_of_the_items_wins_over_a_stated_total() -> None:
    found = mapped(events=[at(0, "score", instrument="phq9", items=[1] * 9, total=10)])
    total = [r for r in of_type(found, "Observation") if "44261-6" in str(r["code"])]
    assert total[0]["valueQuantity"]["value"] == 9
    assert [r["reference"].partition("/")[0] for r in total[0]["derivedFrom"]] == [
        "QuestionnaireResponse",
        *["Observation"] * 9,
    ]
    source = of_type(found, "QuestionnaireResponse")[0]
    assert source["item"][-1] == {"linkId": "total", "text": "Total as stated", "answer": [{"valueDecimal": 10}]}
