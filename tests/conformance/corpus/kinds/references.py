"""References, concepts under a required binding, and extensions."""

from __future__ import annotations

from random import Random

from conformance.corpus.examples import PROBE
from conformance.corpus.kind import extended, kind
from conformance.corpus.places import Resource, maybe, pick, singles


def _reference(resource: Resource, chance: Random) -> Resource:
    found = maybe(chance, singles(resource), lambda p: p.type == "Reference" and "reference" in p.value)
    return (found or extended(resource, "Reference")).value


@kind("a reference to a type that may not stand there", mutants=2)
def _(resource: Resource, chance: Random) -> bool:
    place = pick(chance, singles(resource), lambda p: p.type == "Reference" and bool(p.fact.targets) and "Resource" not in p.fact.targets)  # fmt: skip
    others = [
        name
        for name in ("Patient", "Observation", "Medication", "Location", "Coverage")
        if name not in place.fact.targets
    ]
    base = chance.choice(["", "", "https://ehr.example/fhir/"])
    return place.put({"reference": f"{base}{chance.choice(others)}/x1"})


@kind("a malformed reference")
def _(resource: Resource, chance: Random) -> bool:
    wrong = ["the patient", "Patient", "Patient/", "/1", "Patient/a b", "Patient/" + "a" * 65, "Patient/1/2", "p1", "http://", "Patient/a_b", "Patient/1?x=y", "Zebra/1", "patient/1", "Observations/2"]  # fmt: skip
    _reference(resource, chance)["reference"] = chance.choice(wrong)
    return True


@kind("a reference to something contained that is not there")
def _(resource: Resource, chance: Random) -> bool:
    _reference(resource, chance)["reference"] = chance.choice(["#x1", "#"])
    return True


@kind("a reference with the wrong type element")
def _(resource: Resource, chance: Random) -> bool:
    reference = _reference(resource, chance)
    reference["type"] = chance.choice(["Zebra", "patient", "Account"])
    return True


@kind("a reference that is a list or a text")
def _(resource: Resource, chance: Random) -> bool:
    _reference(resource, chance)["reference"] = chance.choice([["Patient/1"], {"value": "Patient/1"}, 3])
    return True


@kind("a concept outside a required binding")
def _(resource: Resource, chance: Random) -> bool:
    place = pick(chance, singles(resource), lambda p: p.type == "CodeableConcept" and bool(p.fact.codes))
    wrong = [{"text": "only text"}, {"coding": [{"system": "http://snomed.info/sct", "code": "422587007"}]}]
    if "coding" in place.value:
        wrong += [
            {"coding": [{**place.value["coding"][0], "code": "banana"}]},
            {"coding": [{"code": place.value["coding"][0]["code"]}]},
        ]
    return place.put(chance.choice(wrong))


# Extensions


@kind("an extension without url")
def _(resource: Resource, chance: Random) -> bool:
    del extended(resource, chance.choice(["string", "Quantity"])).holder["url"]
    return True


@kind("ext-1: an extension with nothing")
def _(resource: Resource, chance: Random) -> bool:
    return extended(resource, "string").remove()


@kind("ext-1: an extension with a value and extensions")
def _(resource: Resource, chance: Random) -> bool:
    extended(resource, "string").holder["extension"] = [{"url": "part", "valueString": "x"}]
    return True


@kind("an extension with a wrong url")
def _(resource: Resource, chance: Random) -> bool:
    wrong = ["", " ", "http://example.org/a b", 3, None, ["http://example.org/x"], "probe"]
    extended(resource, "string").holder["url"] = chance.choice(wrong)
    return True


@kind("a nested extension with a fault")
def _(resource: Resource, chance: Random) -> bool:
    wrong = [{"url": "part"}, {"valueString": "x"}, {"url": "part", "valueString": ""}, {"url": "part", "valueDate": "2026-02-30"}, {"url": "part", "valueColour": "blue"}, {}]  # fmt: skip
    resource.setdefault("extension", []).append({"url": PROBE, "extension": [chance.choice(wrong)]})
    return True


@kind("an extension that is no list")
def _(resource: Resource, chance: Random) -> bool:
    resource["extension"] = {"url": PROBE, "valueString": "x"}
    return True


@kind("an extension with a fault inside a data type")
def _(resource: Resource, chance: Random) -> bool:
    holder = chance.choice([place.value for place in singles(resource) if isinstance(place.value, dict)])
    holder.setdefault("extension", []).append(
        chance.choice([{"url": PROBE}, {"valueString": "x"}, {"url": PROBE, "valueString": 3}])
    )
    return True


@kind("a modifierExtension with nothing")
def _(resource: Resource, chance: Random) -> bool:
    resource["modifierExtension"] = [chance.choice([{"url": PROBE}, {"valueString": "x"}, {}])]
    return True


@kind("a modifierExtension where none may stand")
def _(resource: Resource, chance: Random) -> bool:
    holder = pick(chance, singles(resource), lambda p: p.type in ("Coding", "Quantity", "Identifier", "Reference"))
    holder.value["modifierExtension"] = [{"url": PROBE, "valueString": "x"}]
    return True
