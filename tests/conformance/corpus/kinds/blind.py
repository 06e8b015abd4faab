"""Changes that know nothing of R4: what they do is for the judges to say."""

from __future__ import annotations

import copy
from random import Random
from typing import Any

from conformance.corpus.kind import kind
from conformance.corpus.places import Resource, pick, places, singles

from service.validation.facts import elements

WORDS: list[Any] = ["", "x", "final", "http://loinc.org", "Patient/p1", "2026-03-02", "2026-03-02T10:00:00Z", "mg", "a b", 0, 1, -1, True, None, {}, [], {"text": "x"}, {"value": 1}, ["x"]]  # fmt: skip


@kind("any value anywhere", mutants=3)
def _(resource: Resource, chance: Random) -> bool:
    return pick(chance, places(resource)).put(copy.deepcopy(chance.choice(WORDS)))


@kind("the value of one element in another", mutants=3)
def _(resource: Resource, chance: Random) -> bool:
    found = places(resource)
    source, target = chance.sample(found, 2)
    return target.put(copy.deepcopy(source.value))


@kind("two values of one JSON type exchanged", mutants=3)
def _(resource: Resource, chance: Random) -> bool:
    found = singles(resource)
    one = chance.choice(found)
    other = pick(chance, found, lambda p: type(p.value) is type(one.value) and p.value != one.value)
    a, b = copy.deepcopy(one.value), copy.deepcopy(other.value)
    return one.put(b) and other.put(a)


@kind("an element under another name of its parent", mutants=3)
def _(resource: Resource, chance: Random) -> bool:
    place = pick(chance, places(resource), lambda p: not p.is_member)
    value = place.value
    place.remove()
    place.holder[chance.choice(sorted(elements()[place.parent]))] = value
    return True


@kind("an element moved to another object", mutants=2)
def _(resource: Resource, chance: Random) -> bool:
    place = pick(chance, places(resource), lambda p: not p.is_member)
    target = pick(chance, singles(resource), lambda p: isinstance(p.value, dict) and p.holder is not place.holder)
    value = place.value
    place.remove()
    target.value[place.name] = copy.deepcopy(value)
    return True


@kind("an element less anywhere", mutants=3)
def _(resource: Resource, chance: Random) -> bool:
    return pick(chance, places(resource)).remove()
