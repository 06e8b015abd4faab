"""What our judgement refuses, and that the quick way never differs from the plain one."""

from __future__ import annotations

import copy
import time
from decimal import Decimal
from typing import Any

import pytest
from golden_sessions import fixture_sessions, session
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mappings import load_clinic, map_session
from service.validation import Validator, full_judgement
from service.validation.primitives import CHECKS

CLINIC = load_clinic()
ALL = [r for s in fixture_sessions().values() for r in map_session(s, CLINIC)]
SAMPLE = map_session(session(), CLINIC)


def one(kind: str, part: str = "") -> dict[str, Any]:
    return copy.deepcopy(next(r for r in SAMPLE if r["resourceType"] == kind and part in str(r)))


@pytest.mark.parametrize("name", fixture_sessions())
def test_every_fixture_resource_is_valid(name: str) -> None:
    for resource in map_session(fixture_sessions()[name], CLINIC):
        assert full_judgement(resource) == []


def damaged(kind: str, *changes: tuple[str, Any], part: str = "") -> dict[str, Any]:
    """``changes``: dotted path → new value; ``...`` as value takes the element away."""
    found = one(kind, part)
    for path, value in changes:
        *parents, name = path.split(".")
        at: Any = found
        for parent in parents:
            at = at[int(parent)] if parent.isdigit() else at[parent]
        if value is ...:
            del at[name]
        else:
            at[name] = value
    return found


NARRATIVE = '<div xmlns="http://www.w3.org/1999/xhtml">{}</div>'
BAD_DIVS = (
    "<script>x</script>",
    '<p onclick="x">a</p>',
    '<a href="javascript:x">a</a>',
    '<img src="http://x/y.png"/>',
    "",
    "<iframe>x</iframe>",
    "<p>a",
    '<b style="background:url(x)">a</b>',
)


DAMAGES: list[tuple[str, dict[str, Any], str, str]] = [
    ("a code outside a required binding", damaged("Observation", ("status", "banana")), "Observation.status", "code-invalid"),
    ("an end before its start", damaged("Encounter", ("period.end", "2020-01-01T00:00:00-06:00")), "Encounter.period", "invariant"),
    ("an end before its start by day", damaged("Encounter", ("period", {"start": "2026-03-02", "end": "2026-03-01"})), "Encounter.period", "invariant"),
    ("a dosage with neither dose nor rate", damaged("MedicationAdministration", ("dosage.dose", ...), ("dosage.rateQuantity", ...)), "MedicationAdministration", "invariant"),
    ("a subject of the wrong type", damaged("MedicationAdministration", ("subject.reference", "Device/1")), "MedicationAdministration.subject.reference", "value"),
    ("a patient as encounter", damaged("Procedure", ("encounter.reference", "Patient/1")), "Procedure.encounter.reference", "value"),
    ("a reference that is none", damaged("Observation", ("subject.reference", "the patient")), "Observation.subject.reference", "value"),
    ("a missing required element", damaged("Observation", ("code", ...)), "Observation.code", "required"),
    ("a missing status", damaged("Procedure", ("status", ...)), "Procedure.status", "required"),
    ("an unknown element", damaged("Observation", ("colour", "blue")), "Observation.colour", "structure"),
    ("an unknown element inside", damaged("Observation", ("code.colour", "blue")), "Observation.code.colour", "structure"),
    ("a number as text", damaged("Observation", ("valueQuantity.value", "70"), part="8867-4"), "Observation.valueQuantity.value", "value"),
    ("a boolean as number", damaged("Observation", ("valueQuantity.value", True), part="8867-4"), "Observation.valueQuantity.value", "value"),
    ("a text as number", damaged("Encounter", ("status", 5)), "Encounter.status", "value"),
    ("a whole number with a fraction", damaged("MedicationAdministration", ("extension.0.valuePositiveInt", Decimal("1.5"))), "MedicationAdministration.extension[0].valuePositiveInt", "value"),
    ("zero as positive", damaged("MedicationAdministration", ("extension.0.valuePositiveInt", 0)), "MedicationAdministration.extension[0].valuePositiveInt", "value"),
    ("a list where one is meant", damaged("Observation", ("code", [{}])), "Observation.code", "structure"),
    ("one where a list is meant", damaged("Observation", ("category", {"text": "x"})), "Observation.category", "structure"),
    ("an empty list", damaged("Observation", ("category", [])), "Observation.category", "structure"),
    ("an empty object", damaged("Observation", ("code", {})), "Observation.code", "structure"),
    ("an empty text", damaged("Observation", ("code.text", "")), "Observation.code.text", "value"),
    ("a text of spaces", damaged("Observation", ("code.text", "  ")), "Observation.code.text", "value"),
    ("null", damaged("Observation", ("code.text", None)), "Observation.code.text", "value"),
    ("an id with a space", damaged("Observation", ("id", "a b")), "Observation.id", "value"),
    ("an id of 65 characters", damaged("Observation", ("id", "a" * 65)), "Observation.id", "value"),
    ("a URI with a space", damaged("Observation", ("identifier.0.system", "http://a b")), "Observation.identifier[0].system", "value"),
    ("a day that is not in the calendar", damaged("Patient", ("birthDate", "2026-02-30")), "Patient.birthDate", "value"),
    ("a time without offset", damaged("Observation", ("effectiveDateTime", "2026-03-02T10:00:00")), "Observation.effectiveDateTime", "value"),
    ("hour 25", damaged("Observation", ("effectiveDateTime", "2026-03-02T25:00:00Z")), "Observation.effectiveDateTime", "value"),
    ("two values", damaged("Observation", ("valueString", "x"), part="8867-4"), "Observation", "invalid"),
    ("a value and a reason for none", damaged("Observation", ("dataAbsentReason", {"text": "x"}), part="8867-4"), "Observation", "invariant"),
    ("a code without its system", damaged("Observation", ("valueQuantity.system", ...), part="8867-4"), "Observation.valueQuantity", "invariant"),
    ("an extension with nothing", damaged("MedicationAdministration", ("extension", [{"url": "http://x"}])), "MedicationAdministration.extension[0]", "invariant"),
    ("an extension with both", damaged("MedicationAdministration", ("extension", [{"url": "http://x", "valueCode": "a", "extension": [{"url": "http://y", "valueCode": "b"}]}])), "MedicationAdministration.extension[0]", "invariant"),
    ("an error with clinical status", damaged("Condition", ("verificationStatus.coding.0.code", "entered-in-error")), "Condition", "invariant"),
    ("what has abated is active", damaged("Condition", ("abatementDateTime", "2026-03-02")), "Condition", "invariant"),
    ("a clinical status of another kind", damaged("Condition", ("clinicalStatus.coding.0.code", "sleeping")), "Condition.clinicalStatus", "code-invalid"),
    ("a telecom without system", damaged("Patient", ("telecom", [{"value": "555"}])), "Patient.telecom[0]", "invariant"),
    ("a contact with nothing", damaged("Patient", ("contact", [{"gender": "male"}])), "Patient", "invariant"),
    ("an organisation without name or identifier", damaged("Organization", ("name", ...), ("identifier", ...)), "Organization", "invariant"),
    ("half a ratio", damaged("Medication", ("ingredient.0.strength.denominator", ...)), "Medication.ingredient[0].strength", "invariant"),
    ("a duration without unit", damaged("MedicationRequest", ("dosageInstruction.0.timing.repeat.durationUnit", ...)), "MedicationRequest.dosageInstruction[0].timing.repeat", "invariant"),
    ("codes that are none", damaged("Condition", ("verificationStatus.coding", None)), "Condition.verificationStatus", "structure"),
    ("a control character", damaged("Observation", ("code.text", "a\x0bb")), "Observation.code.text", "value"),
    ("a range upside down", damaged("Observation", ("valueQuantity", ...), ("valueRange", {"low": {"value": 7}, "high": {"value": 6}}), part="8867-4"), "Observation.valueRange", "invariant"),
    ("an end before its start in what is contained", damaged("Patient", ("contained", [{"resourceType": "Organization", "id": "o", "identifier": [{"system": "urn:x", "value": "1", "period": {"start": "2026-03-02", "end": "2026-03-01"}}]}])), "Patient.contained[0].identifier[0].period", "invariant"),
    ("a nameless organisation contained", damaged("Patient", ("contained", [{"resourceType": "Organization", "id": "o", "active": True}])), "Patient.contained[0]", "invariant"),
    ("a gender R4 does not know", damaged("Patient", ("gender", "f")), "Patient.gender", "code-invalid"),
    *[(f"narrative {div!r}", damaged("Patient", ("text", {"status": "generated", "div": NARRATIVE.format(div)})), "Patient.text.div", "invariant") for div in BAD_DIVS],
    ("a narrative with a doctype", damaged("Patient", ("text", {"status": "generated", "div": "<!DOCTYPE a>" + NARRATIVE.format("a")})), "Patient.text.div", "invariant"),
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
        return damaged("Observation", ("valueQuantity", ...), ("valueRange", {"low": {"value": low}, "high": {"value": 6}}), part="8867-4")  # fmt: skip

    validator = Validator()
    assert validator.validate(ranged(5)) == []
    assert validator.validate(ranged(7)) == full_judgement(ranged(7)) != []


@pytest.mark.parametrize("letter", ["\u00a0", "\u2028", "\u3000", "\x85", "é", "\U0001f600"])
def test_every_letter_that_r4_allows_is_taken(letter: str) -> None:
    """A no-break space in a name is white space to many regular expressions, and a fine string to FHIR."""
    assert full_judgement(damaged("Patient", ("name.0.family", f"A{letter}B"))) == []


def test_faults_at_one_place_are_all_said() -> None:
    both = {"low": {"value": 7, "code": "mg"}, "high": {"value": 6}}
    texts = {i.text[:5] for i in full_judgement(damaged("Observation", ("valueQuantity", ...), ("valueRange", both), ("dataAbsentReason", {"text": "x"}), part="8867-4"))}  # fmt: skip
    assert {"rng-2", "qty-3", "obs-6"} <= texts


def test_base64_that_is_none_is_refused_at_once() -> None:
    started = time.perf_counter()
    assert not CHECKS["base64Binary"]("AAAA " * 40 + "!")
    assert CHECKS["base64Binary"](" AAAA BBB= ")
    assert time.perf_counter() - started < 5  # an expression with two ways to read a space takes longer than a life


def test_a_good_narrative_is_taken() -> None:
    div = NARRATIVE.format('<p class="a">x <b>y</b> <a href="#z">z</a></p>')
    assert full_judgement(damaged("Patient", ("text", {"status": "generated", "div": div}))) == []


def test_nesting_without_end_is_an_issue_not_a_crash() -> None:
    deep: dict[str, Any] = {"url": "http://x", "valueCode": "a"}
    for _ in range(600):
        deep = {"url": "http://x", "extension": [deep]}
    for judge in (Validator(), Validator(cached=False)):
        try:
            issues = judge.validate(damaged("Patient", ("extension", [deep])))
        except RecursionError:
            pytest.fail("nesting must become an issue")
        assert issues


def test_an_unknown_contained_type_is_an_issue() -> None:
    assert full_judgement(damaged("Patient", ("contained", [{"resourceType": "Zebra", "id": "z"}])))


def test_no_issue_holds_a_value() -> None:
    mark = "MARKED VALUE"
    for path in ("status", "code.text", "subject.reference", "effectiveDateTime", "id"):
        for issue in full_judgement(damaged("Observation", (path, mark + "\x00"))):
            assert mark not in issue.text


# The quick verdict equals the plain one, whatever was seen before


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(p for key, child in children for p in _places(child, (*path, key)))]


WORDS = ["", " ", "x", "final", "banana", "http://loinc.org", "Patient/1", "Device/1", "2026-03-02", "2026-03-02T10:00:00Z",
         "2026-13-01", "2026-03-02T10:00:00-06:00", "entered-in-error", "mg", "8480-6", "8867-4", "a b", "\x85", "１"]  # fmt: skip
LEAVES = (
    st.sampled_from(WORDS)
    | st.integers(-2, 3)
    | st.booleans()
    | st.none()
    | st.decimals(min_value=-5, max_value=5, places=2)
)
VALUES = (
    LEAVES
    | st.just({})
    | st.just([])
    | st.dictionaries(st.sampled_from(["code", "system", "value", "reference", "start"]), LEAVES, max_size=3)
)
WARM = Validator()
for _resource in ALL:
    WARM.validate(_resource)


@settings(max_examples=1500, suppress_health_check=list(HealthCheck), deadline=None, derandomize=True)
@given(data=st.data())
def test_the_quick_verdict_equals_the_plain_one(data: st.DataObject) -> None:
    """Over one to three mutations of any fixture resource, with a cache that has seen all of them and their mutants."""
    resource = copy.deepcopy(data.draw(st.sampled_from(ALL)))
    for _ in range(data.draw(st.integers(1, 3))):
        _mutate(resource, data)
    assert WARM.validate(resource) == full_judgement(resource)


def _mutate(resource: dict[str, Any], data: st.DataObject) -> None:
    *parents, key = data.draw(st.sampled_from([p for p in _places(resource) if p]))
    at: Any = resource
    for parent in parents:
        at = at[parent]
    kind = data.draw(st.sampled_from(["replace", "drop", "rename", "borrow"]))
    if kind == "drop":
        del at[key]
    elif kind == "rename" and isinstance(key, str):
        at[data.draw(st.sampled_from(["colour", "value", "code", "text", "_status"]))] = at.pop(key)
    elif kind == "borrow":
        other = data.draw(st.sampled_from(ALL))
        path = data.draw(st.sampled_from(_places(other)))
        value: Any = other
        for part in path:
            value = value[part]
        at[key] = copy.deepcopy(value)
    else:
        at[key] = data.draw(VALUES)
