"""Elements that are missing, unknown, empty, or of the wrong JSON type."""

from __future__ import annotations

import copy
from random import Random
from typing import Any

from conformance.corpus.examples import EXAMPLES
from conformance.corpus.kind import extended, kind, some
from conformance.corpus.places import Place, Resource, maybe, pick, places, singles

from service.validation.facts import elements
from service.validation.primitives import CHECKS

TEXTS = ("string", "markdown", "code", "uri", "id", "date", "dateTime", "instant", "canonical", "url")
TYPES = [path for path, names in elements().items() if "text" in names and "contained" in names]
NUMBERS = ("decimal", "integer", "positiveInt", "unsignedInt")


def is_object(place: Place) -> bool:
    return isinstance(place.value, dict)


def is_text(place: Place) -> bool:
    return isinstance(place.value, str)


def objects(resource: Resource) -> list[Resource]:
    """The resource and every object in it that R4 knows."""
    return [resource, *(place.value for place in singles(resource) if is_object(place))]


def swap(resource: Resource, chance: Random, wanted: Any, value: Any) -> bool:
    place = pick(chance, singles(resource), wanted)
    return place.put(copy.deepcopy(value))


@kind("a required element is missing", mutants=2)
def _(resource: Resource, chance: Random) -> bool:
    found = maybe(chance, places(resource), lambda p: p.fact.required and not p.is_member and not p.fact.choice)
    return (found or extended(resource, "Signature")).remove()


@kind("a required element of a data type is missing")
def _(resource: Resource, chance: Random) -> bool:
    name, element = chance.choice([("Signature", "who"), ("Annotation", "text"), ("SampledData", "origin"), ("RelatedArtifact", "type"), ("ParameterDefinition", "use"), ("UsageContext", "code"), ("DataRequirement", "type")])  # fmt: skip
    del extended(resource, name).value[element]
    return True


@kind("one of a required choice is missing")
def _(resource: Resource, chance: Random) -> bool:
    found = maybe(chance, places(resource), lambda p: p.fact.required and bool(p.fact.choice))
    if found:
        return found.remove()
    del extended(resource, "UsageContext").value["valueCodeableConcept"]
    return True


@kind("a text for an object")
def _(resource: Resource, chance: Random) -> bool:
    return swap(resource, chance, is_object, "x")


@kind("a number for an object")
def _(resource: Resource, chance: Random) -> bool:
    return swap(resource, chance, is_object, 3)


@kind("an object for a text")
def _(resource: Resource, chance: Random) -> bool:
    return swap(resource, chance, is_text, {"text": "x"})


@kind("a list for one")
def _(resource: Resource, chance: Random) -> bool:
    found = pick(chance, places(resource), lambda p: not p.is_member and not p.fact.is_list)
    return found.put([found.value])


@kind("a list of two for one")
def _(resource: Resource, chance: Random) -> bool:
    found = pick(chance, places(resource), lambda p: not p.is_member and not p.fact.is_list and is_object(p))
    return found.put([found.value, found.value])


@kind("one for a list")
def _(resource: Resource, chance: Random) -> bool:
    found = pick(chance, places(resource), lambda p: not p.is_member and isinstance(p.value, list))
    return found.put(found.value[0])


@kind("a list in a list")
def _(resource: Resource, chance: Random) -> bool:
    found = pick(chance, places(resource), lambda p: p.is_member)
    return found.put([found.value])


@kind("a number for a text")
def _(resource: Resource, chance: Random) -> bool:
    return swap(resource, chance, is_text, 7)


@kind("a boolean for a text")
def _(resource: Resource, chance: Random) -> bool:
    return swap(resource, chance, is_text, True)


@kind("a text for a number")
def _(resource: Resource, chance: Random) -> bool:
    place = some(resource, chance, *NUMBERS)
    return place.put(str(place.value))


@kind("a boolean for a number")
def _(resource: Resource, chance: Random) -> bool:
    return some(resource, chance, *NUMBERS).put(True)


@kind("an object for a number")
def _(resource: Resource, chance: Random) -> bool:
    return some(resource, chance, *NUMBERS).put({"value": 1})


@kind("a text for a boolean")
def _(resource: Resource, chance: Random) -> bool:
    return some(resource, chance, "boolean").put(chance.choice(["true", "yes"]))


@kind("a number for a boolean")
def _(resource: Resource, chance: Random) -> bool:
    return some(resource, chance, "boolean").put(chance.choice([0, 1]))


@kind("an unknown element")
def _(resource: Resource, chance: Random) -> bool:
    resource[chance.choice(["colour", "valueString2", "Extension"])] = chance.choice(
        ["blue", {"text": "blue"}, ["blue"]]
    )
    return True


@kind("an unknown element inside")
def _(resource: Resource, chance: Random) -> bool:
    chance.choice(objects(resource)[1:])["colour"] = "blue"
    return True


@kind("an element of another type")
def _(resource: Resource, chance: Random) -> bool:
    kind_of = resource["resourceType"]
    other = elements()[chance.choice(sorted(set(TYPES) - {kind_of}))]
    name = chance.choice(sorted(set(other) - set(elements()[kind_of])))
    resource[name] = copy.deepcopy(EXAMPLES.get(other[name].type, "x"))
    return True


@kind("a misspelt element")
def _(resource: Resource, chance: Random) -> bool:
    place = pick(chance, places(resource), lambda p: not p.is_member)
    return _rename(place, place.name[:-1] if place.name.endswith("s") else place.name + "s")


@kind("an element in other letters")
def _(resource: Resource, chance: Random) -> bool:
    place = pick(chance, places(resource), lambda p: not p.is_member)
    return _rename(place, place.name[0].upper() + place.name[1:])


def _rename(place: Place, name: str) -> bool:
    place.holder[name] = place.holder.pop(place.key)
    return True


@kind("an empty object")
def _(resource: Resource, chance: Random) -> bool:
    return swap(resource, chance, is_object, {})


@kind("an empty list")
def _(resource: Resource, chance: Random) -> bool:
    found = pick(chance, places(resource), lambda p: isinstance(p.value, list))
    return found.put([])


@kind("an empty text")
def _(resource: Resource, chance: Random) -> bool:
    return swap(resource, chance, is_text, "")


@kind("null")
def _(resource: Resource, chance: Random) -> bool:
    return swap(resource, chance, lambda p: not p.is_member, None)


@kind("null in a list")
def _(resource: Resource, chance: Random) -> bool:
    found = pick(chance, places(resource), lambda p: isinstance(p.value, list))
    found.value.insert(chance.randrange(len(found.value) + 1), None)
    return True


@kind("blank text")
def _(resource: Resource, chance: Random) -> bool:
    return swap(resource, chance, is_text, chance.choice([" ", "   ", "\t", "\n"]))


@kind("an object that holds only null")
def _(resource: Resource, chance: Random) -> bool:
    place = pick(chance, singles(resource), is_object)
    name = chance.choice(list(place.value))
    return place.put({name: None})


@kind("no resourceType")
def _(resource: Resource, _chance: Random) -> bool:
    del resource["resourceType"]
    return True


@kind("a resourceType that R4 does not know")
def _(resource: Resource, chance: Random) -> bool:
    kind_of = resource["resourceType"]
    resource["resourceType"] = chance.choice(
        ["Zebra", kind_of.lower(), kind_of + "s", "", "DomainResource", "Quantity"]
    )
    return True


@kind("another resourceType")
def _(resource: Resource, chance: Random) -> bool:
    others = sorted({"Patient", "Observation", "Bundle", "Basic", "Group"} - {resource["resourceType"]})
    resource["resourceType"] = chance.choice(others)
    return True


@kind("a resourceType that is no text")
def _(resource: Resource, chance: Random) -> bool:
    resource["resourceType"] = chance.choice([None, 3, ["Patient"], {"code": "Patient"}])
    return True


VALUES = sorted(value for value in EXAMPLES if value[0].isupper() or value in CHECKS)


def _choices(resource: Resource) -> list[Place]:
    return [place for place in places(resource) if place.fact.choice and not place.is_member]


@kind("two forms of a choice")
def _(resource: Resource, chance: Random) -> bool:
    place = maybe(chance, _choices(resource)) or extended(resource, "Quantity")
    others = [(n, f) for n, f in elements()[place.parent].items() if f.choice == place.fact.choice and n != place.name]
    name, fact = chance.choice(others or [("valueString", None)])
    place.holder[name] = copy.deepcopy(EXAMPLES[fact.type if fact else "string"])
    return True


@kind("a form that a choice has not")
def _(resource: Resource, chance: Random) -> bool:
    place = maybe(chance, _choices(resource)) or extended(resource, "Quantity")
    known = elements()[place.parent]
    names = [place.fact.choice + value[0].upper() + value[1:] for value in (*VALUES, "Narrative", "Element")]
    name = chance.choice([name for name in names if name not in known])
    return _rename(place, name)


@kind("a choice without its type")
def _(resource: Resource, chance: Random) -> bool:
    place = maybe(chance, _choices(resource)) or extended(resource, "Quantity")
    return _rename(place, place.fact.choice)


@kind("a choice with the content of another form")
def _(resource: Resource, chance: Random) -> bool:
    place = maybe(chance, _choices(resource)) or extended(resource, "Quantity")
    others = [t for t in VALUES if type(EXAMPLES[t]) is not type(place.value)]
    return place.put(copy.deepcopy(EXAMPLES[chance.choice(others)]))
