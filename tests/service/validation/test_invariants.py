"""Each invariant of R4: broken it is found at its place, kept it is not."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from conformance.corpus.examples import EXAMPLES, quantity, value_name
from conformance.corpus.mutants import samples
from damaged import damaged

from service.validation import Validator, full_judgement

SAMPLES = {sample.type: sample.resource for sample in samples() if sample.rich}
THO = "http://terminology.hl7.org/CodeSystem/"
EXPRESSION = {"language": "text/fhirpath", "expression": "true"}
Change = tuple[str, Any]


def texts(resource: dict[str, Any]) -> dict[str, str]:
    return {issue.text.partition(":")[0]: issue.expression[0] for issue in full_judgement(resource)}


def coded(system: str, code: str) -> dict[str, Any]:
    return {"coding": [{"system": THO + system, "code": code}]}


ERROR, ACTIVE = coded("condition-ver-status", "entered-in-error"), coded("condition-clinical", "active")

# fmt: off
OF_RESOURCES: list[tuple[str, str, str, list[Change]]] = [
    ("cmp-1", "Composition", "Composition.section[0]", [("section", [{"title": "x"}])]),
    ("cmp-1", "Composition", "Composition.section[1].section[1]", [("section.1.section.1", {"title": "x"})]),
    ("cmp-2", "Composition", "Composition.section[0]", [("section.0.emptyReason", {"text": "x"})]),
    ("con-1", "Condition", "Condition.stage[0]", [("stage", [{"type": {"text": "x"}}])]),
    ("con-2", "Condition", "Condition.evidence[0]", [("evidence", [{"extension": [{"url": "urn:x:y", "valueCode": "a"}]}])]),
    ("con-4", "Condition", "Condition", [("clinicalStatus", ACTIVE)]),
    ("con-4", "Condition", "Condition", [("clinicalStatus", ...)]),
    ("con-5", "Condition", "Condition", [("verificationStatus", ERROR)]),
    ("cpl-3", "CarePlan", "CarePlan.activity[0]", [("activity.0.reference", {"reference": "ServiceRequest/q1"})]),
    ("mad-1", "MedicationAdministration", "MedicationAdministration.dosage", [("dosage", {"text": "x"})]),
    ("obs-3", "Observation", "Observation.referenceRange[0]", [("referenceRange", [{"type": {"text": "x"}}])]),
    ("obs-6", "Observation", "Observation", [("dataAbsentReason", {"text": "x"})]),
    ("obs-7", "Observation", "Observation", [("component.0.code", SAMPLES["Observation"]["code"])]),
    ("org-1", "Organization", "Organization", [("name", ...), ("identifier", ...)]),
    ("org-2", "Organization", "Organization", [("address.0.use", "home")]),
    ("org-3", "Organization", "Organization", [("telecom.0.use", "home")]),
    ("pat-1", "Patient", "Patient.contact[0]", [("contact", [{"gender": "male"}])]),
    ("prr-1", "ServiceRequest", "ServiceRequest", [("code", ...)]),
    ("qrs-1", "QuestionnaireResponse", "QuestionnaireResponse.item[0]", [("item.0.item", [{"linkId": "x"}])]),
    ("sqty-1", "MedicationAdministration", "MedicationAdministration.dosage.dose.comparator", [("dosage.dose.comparator", "<")]),
]


def repeat(**elements: Any) -> dict[str, Any]:
    return {"repeat": elements}


OF_DATATYPES: list[tuple[str, str, dict[str, Any]]] = [
    ("age-1", "Age", {"value": 0}),
    ("age-1", "Age", {"code": ..., "system": ...}),
    ("age-1", "Age", {"system": "urn:x:y"}),
    ("att-1", "Attachment", {"contentType": ...}),
    ("size and hash are those of the data", "Attachment", {"size": 5}),
    ("size and hash are those of the data", "Attachment", {"hash": "KOEpnuqrqL/vTK9f2iuQNb/pdS4="}),
    ("cnt-3", "Count", {"value": Decimal("2.5")}),
    ("cnt-3", "Count", {"code": "kg"}),
    ("cpt-2", "ContactPoint", {"system": ...}),
    ("dis-1", "Distance", {"code": ..., "system": ...}),
    ("drt-1", "Duration", {"value": ...}),
    ("drt-1", "Duration", {"system": "urn:x:y"}),
    ("exp-1", "Expression", {"expression": ...}),
    ("per-1", "Period", {"end": "2026-03-01"}),
    ("per-1", "Period", {"start": "2026-03-03T10:00:00Z", "end": "2026-03-03T11:00:00+06:00"}),
    ("per-1", "Period", {"start": "2026-03-03", "end": "2026-03-02T10:00:00Z"}),
    ("per-1", "Period", {"start": "2026-03", "end": "2026-03-01"}),
    ("per-1", "Period", {"start": "2026-03-03T10:00:00.1234567Z", "end": "2026-03-03T10:00:00.1234566Z"}),
    ("qty-3", "Quantity", {"system": ...}),
    ("rat-1", "Ratio", {"numerator": ...}),
    ("rng-2", "Range", {"low": quantity(3, "mg")}),
    ("rng-2", "Range", {"low": quantity(3, "g")}),
    ("rng-2", "Range", {"low": {"unit": "mg"}}),
    ("trd-1", "TriggerDefinition", {"data": [{"type": "Observation"}], "timingDate": "2026-03-02"}),
    ("trd-2", "TriggerDefinition", {"condition": EXPRESSION}),
    ("trd-3", "TriggerDefinition", {"name": ...}),
    ("trd-3", "TriggerDefinition", {"type": "periodic"}),
    ("trd-3", "TriggerDefinition", {"type": "data-added"}),
    ("a security label is told once", "Meta", {"security": [{"system": "urn:x:y", "code": "R"}] * 2}),
    ("a system is an absolute URI", "Coding", {"system": "snomed"}),
    ("a system is an absolute URI", "Identifier", {"system": "mrn"}),
]
IN_PARTS: list[tuple[str, str, str, dict[str, Any]]] = [
    ("drq-1", "DataRequirement", ".codeFilter[0]", {"codeFilter": [{"valueSet": "http://loinc.org/vs"}]}),
    ("drq-1", "DataRequirement", ".codeFilter[0]", {"codeFilter": [{"path": "a", "searchParam": "b"}]}),
    ("drq-2", "DataRequirement", ".dateFilter[0]", {"dateFilter": [{"valueDateTime": "2026-03-02"}]}),
    ("tim-1", "Timing", ".repeat", repeat(duration=1)),
    ("tim-2", "Timing", ".repeat", repeat(period=1)),
    ("tim-4", "Timing", ".repeat", repeat(duration=-1, durationUnit="h")),
    ("tim-5", "Timing", ".repeat", repeat(period=-1, periodUnit="h")),
    ("tim-6", "Timing", ".repeat", repeat(periodMax=2, periodUnit="d")),
    ("tim-7", "Timing", ".repeat", repeat(durationMax=2, durationUnit="h")),
    ("tim-8", "Timing", ".repeat", repeat(countMax=2)),
    ("tim-9", "Timing", ".repeat", repeat(offset=5)),
    ("tim-9", "Timing", ".repeat", repeat(offset=5, when=["ACM", "C"])),
    ("tim-10", "Timing", ".repeat", repeat(timeOfDay=["10:00:00"], when=["MORN"])),
]
FINE: list[tuple[str, dict[str, Any]]] = [
    ("Age", {"value": Decimal("0.5")}),
    ("Attachment", {"size": 4, "hash": "eTC/n8ILVFqhRSg6BqyvTssaPlM="}),
    ("Count", {"value": 0}),
    ("Duration", {"code": ..., "system": ...}),
    ("Period", {"start": "2026-03-02T10:00:00Z", "end": "2026-03-02T04:00:00-06:00"}),
    ("Period", {"start": "2016-12-31T23:59:60Z", "end": "2017-01-01T00:00:00Z"}),
    ("Period", {"start": "2026-03-03T10:00:00.1234566Z", "end": "2026-03-03T10:00:00.1234567Z"}),
    ("Range", {"low": quantity(3, "mL")}),
    ("Range", {"low": quantity(1500, "ug")}),
    ("Ratio", {"numerator": {"value": 1}, "denominator": {"value": 128}}),
    ("Timing", repeat(offset=5, when=["MORN"])),
    ("TriggerDefinition", {"type": "periodic", "timingDate": "2026-03-02"}),
]
# fmt: on


def holding(type_name: str, change: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """A Flag with a value of the type in an extension, and the value's place."""
    value = {name: part for name, part in {**EXAMPLES[type_name], **change}.items() if part is not ...}
    name = value_name(type_name)
    return damaged(SAMPLES["Flag"], ("extension", [{"url": "urn:x:y", name: value}])), f"Flag.extension[0].{name}"


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_each_sample_keeps_them_all(name: str) -> None:
    assert full_judgement(SAMPLES[name]) == []


@pytest.mark.parametrize(("key", "name", "place", "changes"), OF_RESOURCES)
def test_an_invariant_of_a_resource(key: str, name: str, place: str, changes: list[Change]) -> None:
    assert texts(damaged(SAMPLES[name], *changes))[key] == place


@pytest.mark.parametrize(("key", "name", "change"), OF_DATATYPES)
def test_an_invariant_of_a_data_type(key: str, name: str, change: dict[str, Any]) -> None:
    resource, place = holding(name, change)
    assert texts(resource) == {key: place}


@pytest.mark.parametrize(("key", "name", "part", "change"), IN_PARTS)
def test_an_invariant_of_a_part_of_a_data_type(key: str, name: str, part: str, change: dict[str, Any]) -> None:
    resource, place = holding(name, change)
    assert texts(resource) == {key: place + part}


@pytest.mark.parametrize(("name", "change"), FINE)
def test_what_keeps_an_invariant_narrowly(name: str, change: dict[str, Any]) -> None:
    assert full_judgement(holding(name, change)[0]) == []


def inside(**changes: Any) -> dict[str, Any]:
    return {"resourceType": "Organization", "id": "in1", "name": "Inside", **changes}


def containing(*contained: dict[str, Any], reference: str = "#in1") -> dict[str, Any]:
    return damaged(SAMPLES["Flag"], ("contained", list(contained)), ("author", {"reference": reference}))


# fmt: off
OF_THE_WHOLE: list[tuple[str, str, dict[str, Any]]] = [
    ("dom-2", "Flag.contained[0]", containing(inside(contained=[inside(id="in2")], partOf={"reference": "#in2"}))),
    ("dom-3", "Flag.contained[0]", containing(inside(), reference="Organization/o1")),
    ("dom-3", "Flag.contained[0]", containing({"resourceType": "Organization", "name": "Inside"})),
    ("dom-4", "Flag.contained[0]", containing(inside(meta={"versionId": "1"}))),
    ("dom-5", "Flag.contained[0]", containing(inside(meta={"security": [{"system": "urn:x:y", "code": "R"}]}))),
    ("org-1", "Flag.contained[0]", containing({"resourceType": "Organization", "id": "in1", "active": True})),
    ("ref-1", "Flag.author", containing(inside(), reference="#in2")),
    ("ref-1", "Flag.author", containing(inside(), reference="#")),
    ("an id stands once in a resource", "Flag.contained[1]", containing(inside(), inside())),
    ("an id stands once in a resource", "Flag.period", damaged(SAMPLES["Flag"], ("code.id", "a"), ("period.id", "a"))),
    ("the url of an extension is an absolute URI", "Flag.extension[0]", damaged(SAMPLES["Flag"], ("extension", [{"url": "x", "valueCode": "a"}]))),
]
# fmt: on


@pytest.mark.parametrize(("key", "place", "resource"), OF_THE_WHOLE)
def test_what_needs_a_look_at_the_whole(key: str, place: str, resource: dict[str, Any]) -> None:
    assert texts(resource)[key] == place


def test_what_is_contained_and_referred_to_is_fine() -> None:
    assert full_judgement(containing(inside(), inside(id="in2", partOf={"reference": "#"}))) == []
    parts = [{"url": "part", "valueCode": "a"}]
    assert full_judgement(damaged(SAMPLES["Flag"], ("extension", [{"url": "urn:x:y", "extension": parts}]))) == []


def test_the_cache_never_forgets_what_hangs_on_other_elements() -> None:
    """The same shape, right before and wrong now: a contained resource, a link, an age, a size, the url of an extension."""
    pairs = [
        (containing(inside()), containing(inside(), reference="Organization/o1")),
        (holding("Age", {"value": 3})[0], holding("Age", {"value": -3})[0]),
        (holding("Attachment", {"size": 4})[0], holding("Attachment", {"size": 5})[0]),
        (holding("Reference", {"type": "Patient"})[0], holding("Reference", {"reference": "Device/1", "type": "Patient"})[0]),
        (holding("Period", {})[0], damaged(holding("Period", {})[0], ("extension.0.url", "x"))),
    ]  # fmt: skip
    validator = Validator()
    for right, wrong in pairs:
        assert validator.validate(right) == []
        assert validator.validate(right) == []
        assert validator.validate(wrong) == full_judgement(wrong) != []
