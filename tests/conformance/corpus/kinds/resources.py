"""What R4 says of whole resources: its invariants by type, what they contain, ids, and what stands at their head."""

from __future__ import annotations

import copy
from collections.abc import Callable
from random import Random
from typing import Any

from conformance.corpus.examples import PROBE
from conformance.corpus.kind import kind
from conformance.corpus.places import Resource, maybe, singles

THO = "http://terminology.hl7.org/CodeSystem/"


def coded(system: str, code: str) -> Resource:
    return {"coding": [{"system": THO + system, "code": code}]}


def by_type(name: str, type_name: str, *changes: dict[str, Any]) -> None:
    """A kind for one type: sets elements of the resource; ``...`` takes one away."""

    @kind(name, mutants=len(changes))
    def _(resource: Resource, chance: Random) -> bool:
        for element, value in chance.choice(changes).items():
            if value is ...:
                resource.pop(element, None)
            else:
                resource[element] = copy.deepcopy(value)
        return resource["resourceType"] == type_name


ERROR = coded("condition-ver-status", "entered-in-error")
ACTIVE = coded("condition-clinical", "active")
by_type("con-1: a stage with nothing", "Condition", {"stage": [{"type": {"text": "x"}}]})
by_type(
    "con-2: evidence of nothing",
    "Condition",
    {"evidence": [{"id": "x1"}]},
    {"evidence": [{"extension": [{"url": PROBE, "valueCode": "a"}]}]},
)
by_type("con-4: abated and active", "Condition", {"clinicalStatus": ACTIVE}, {"clinicalStatus": coded("condition-clinical", "relapse"), "abatementPeriod": ..., "abatementString": "spring"}, {"clinicalStatus": ...})  # fmt: skip
by_type("con-5: an error with a clinical status", "Condition", {"verificationStatus": ERROR}, {"verificationStatus": ERROR, "clinicalStatus": ACTIVE, "abatementPeriod": ...})  # fmt: skip
by_type("con-3: a problem without a clinical status", "Condition", {"clinicalStatus": ..., "abatementPeriod": ...})
by_type(
    "a condition that is no error and has no status", "Condition", {"clinicalStatus": ..., "verificationStatus": ERROR}
)
by_type("obs-3: a range of nothing", "Observation", {"referenceRange": [{"type": {"text": "x"}}]})
by_type(
    "obs-6: a value and a reason for none", "Observation", {"dataAbsentReason": coded("data-absent-reason", "unknown")}
)
by_type(
    "mad-1: neither dose nor rate",
    "MedicationAdministration",
    {"dosage": {"text": "x"}},
    {"dosage": {"route": {"text": "x"}}},
)
by_type(
    "pat-1: a contact with nothing",
    "Patient",
    {"contact": [{"gender": "male"}]},
    {"contact": [{"relationship": [{"text": "friend"}]}]},
)
by_type("org-1: neither name nor identifier", "Organization", {"name": ..., "identifier": ...})
by_type("org-2/org-3: a home", "Organization", {"telecom": [{"system": "phone", "value": "1", "use": "home"}]}, {"address": [{"use": "home", "city": "Testville"}]})  # fmt: skip
by_type("prr-1: details of no code", "ServiceRequest", {"code": ...})
by_type("cpl-3: a reference and a detail", "CarePlan", {"activity": [{"reference": {"reference": "ServiceRequest/q1"}, "detail": {"status": "completed"}}]})  # fmt: skip
by_type("qrs-1: items beside and below an answer", "QuestionnaireResponse", {"item": [{"linkId": "1", "answer": [{"valueInteger": 1}], "item": [{"linkId": "2"}]}]})  # fmt: skip
by_type(
    "cmp-1: an empty section",
    "Composition",
    {"section": [{"title": "x"}]},
    {"section": [{"title": "x", "section": [{"title": "y"}]}]},
)
by_type("cmp-2: entries and a reason for none", "Composition", {"section": [{"entry": [{"reference": "Patient/p1"}], "emptyReason": {"text": "x"}}]})  # fmt: skip


@kind("obs-7: a component with the code of the value", mutants=2)
def _(resource: Resource, chance: Random) -> bool:
    resource.setdefault("component", []).append({"code": copy.deepcopy(resource.get("code")), "valueString": "x"})
    return resource["resourceType"] == "Observation" and "valueQuantity" in resource


# What is contained


def containing(name: str, *contents: Callable[[], Any], harmless: bool = False, referred: bool = True) -> None:
    """A kind that contains something, and refers to it unless told not to."""

    @kind(name, harmless=harmless)
    def _(resource: Resource, chance: Random) -> bool:
        resource["contained"] = chance.choice(contents)()
        if referred:
            resource.setdefault("extension", []).append({"url": PROBE, "valueReference": {"reference": "#in1"}})
        return True


def inner(**changes: Any) -> Resource:
    return {"resourceType": "Organization", "id": "in1", "name": "Inside", **changes}


DEEP = [{"resourceType": "Location", "id": "in2", "name": "Room"}]
containing("something contained", lambda: [inner()], harmless=True)
containing("dom-2: contained in what is contained", lambda: [inner(contained=DEEP, partOf={"reference": "#in2"})])
containing("dom-3: contained and never referred to", lambda: [inner()], referred=False)
containing("dom-4: a version of what is contained", lambda: [inner(meta={"versionId": "1"})], lambda: [inner(meta={"lastUpdated": "2026-03-02T10:00:00Z"})])  # fmt: skip
containing(
    "dom-5: a label of what is contained",
    lambda: [inner(meta={"security": [{"system": THO + "v3-Confidentiality", "code": "R"}]})],
)
containing("contained without an id", lambda: [{k: v for k, v in inner().items() if k != "id"}])
containing("contained twice under one id", lambda: [inner(), inner(name="Again")])
containing("a fault in what is contained", lambda: [inner(active="yes")], lambda: [inner(colour="blue")], lambda: [{"resourceType": "Organization", "id": "in1", "active": True}], lambda: [inner(telecom=[{"value": "1"}])], lambda: [inner(id="a b")], lambda: [inner(partOf={"reference": "Patient/1"})])  # fmt: skip
containing(
    "contained of a type that R4 does not know",
    lambda: [inner(resourceType="Zebra")],
    lambda: [inner(resourceType="organization")],
)
containing("contained without a type", lambda: [{"id": "in1", "name": "x"}], lambda: ["x"], lambda: [{}], inner)
containing(
    "a reference from inside to outside",
    lambda: [inner(partOf={"reference": "Organization/o1"})],
    lambda: [inner(partOf={"reference": "#in9"})],
)


@kind("one id twice among elements")
def _(resource: Resource, chance: Random) -> bool:
    objects = [place.value for place in singles(resource) if isinstance(place.value, dict)]
    for value in chance.sample(objects, 2):
        value["id"] = "same"
    return True


@kind("an element id that is none")
def _(resource: Resource, chance: Random) -> bool:
    objects = [place.value for place in singles(resource) if isinstance(place.value, dict)]
    chance.choice(objects)["id"] = chance.choice(["a b", "", 3, ["x"], " "])
    return True


# What stands at the head


def heading(name: str, element: str, *values: Any, harmless: bool = False) -> None:
    @kind(name, harmless=harmless)
    def _(resource: Resource, chance: Random) -> bool:
        resource[element] = copy.deepcopy(chance.choice(values))
        return True


heading("a meta with a fault", "meta", {"versionId": "a b"}, {"lastUpdated": "2026-03-02"}, {"profile": [""]}, {"profile": ["a b"]}, {"security": {"code": "R"}}, {"tag": ["x"]}, {"colour": "x"}, {"source": 3}, [], {}, "x")  # fmt: skip
heading("implicit rules that are none", "implicitRules", "a b", "", 3)
heading("a language that is none", "language", "x y", "", 3, ["en"])
heading("a language that nobody speaks", "language", "banana-republic-1", "english")
heading("a resource in a list", "contained", [], {}, None)


heading("a security label told twice", "meta", {"security": [{"system": "urn:x:y", "code": "R"}] * 2})


@kind("a security label with a fault")
def _(resource: Resource, chance: Random) -> bool:
    place = maybe(chance, singles(resource), lambda p: p.type == "Coding" and p.name == "security")
    if place is None:
        resource["meta"] = {"security": [{}]}
        return True
    return place.put(chance.choice([{}, "R", {"code": ""}, {"system": "a b", "code": "R"}, {"code": ["R"]}, None]))
