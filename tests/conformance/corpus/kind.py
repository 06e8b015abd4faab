"""The register of what can be done to a resource. A kind changes a resource in place and says whether it could."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

from conformance.corpus.examples import EXAMPLES, PROBE, value_name
from conformance.corpus.places import Place, Resource, maybe, singles

Change = Callable[[Resource, Random], bool]


@dataclass(frozen=True, slots=True)
class Kind:
    """``harmless``: meant to leave the resource valid. Nothing is assumed: both judges say what they find."""

    name: str
    change: Change
    harmless: bool = False
    mutants: int = 1


KINDS: dict[str, Kind] = {}


def kind(name: str, *, harmless: bool = False, mutants: int = 1) -> Callable[[Change], Change]:
    """Register a kind under its name."""

    def register(change: Change) -> Change:
        assert name not in KINDS, name
        KINDS[name] = Kind(name, change, harmless, mutants)
        return change

    return register


def replacing(name: str, types: str, *values: Any, harmless: bool = False) -> None:
    """A kind that puts one of ``values`` where an element of one of ``types`` stands."""

    @kind(name, harmless=harmless)
    def _(resource: Resource, chance: Random) -> bool:
        return some(resource, chance, *types.split()).put(copy.deepcopy(chance.choice(values)))


def setting(name: str, type_name: str, *changes: dict[str, Any], harmless: bool = False) -> None:
    """A kind that sets elements inside a value of the type; ``...`` takes one away."""

    @kind(name, harmless=harmless)
    def _(resource: Resource, chance: Random) -> bool:
        return changed(some(resource, chance, type_name).value, chance.choice(changes))


def adding(name: str, type_name: str, *changes: dict[str, Any], harmless: bool = False) -> None:
    """Like ``setting``, but always in a value of its own, in an extension: the kind knows what it starts from."""

    @kind(name, harmless=harmless)
    def _(resource: Resource, chance: Random) -> bool:
        return changed(extended(resource, type_name).value, chance.choice(changes))


def changed(value: dict[str, Any], change: dict[str, Any]) -> bool:
    for name, new in change.items():
        if new is ...:
            value.pop(name, None)
        else:
            value[name] = copy.deepcopy(new)
    return True


def extended(resource: Resource, type_name: str) -> Place:
    """The place of an example of the type in an extension of its own."""
    name = value_name(type_name)
    extension = {"url": PROBE, name: copy.deepcopy(EXAMPLES[type_name])}
    resource.setdefault("extension", []).append(extension)
    return next(place for place in singles(resource) if place.holder is extension and place.key == name)


def some(resource: Resource, chance: Random, *types: str) -> Place:
    """An element of one of these types; where the resource has none, an example in an extension."""
    found = maybe(chance, singles(resource), lambda place: place.type in types and place.name != "url")
    return found or extended(resource, chance.choice(types))
