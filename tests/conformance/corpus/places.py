"""Where a resource can be damaged: every element with what R4 says of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

from service.validation.facts import Fact, fact_of

Resource = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Place:
    """``holder[key]`` is one element, or one member of an element that repeats. ``parent`` is the type it stands in."""

    holder: Any
    key: Any
    name: str
    fact: Fact
    parent: str

    @property
    def value(self) -> Any:
        return self.holder[self.key]

    @property
    def type(self) -> str:
        return self.fact.type

    @property
    def is_member(self) -> bool:
        return isinstance(self.holder, list)

    def put(self, value: Any) -> bool:
        """True, so that a kind of damage can end with it."""
        self.holder[self.key] = value
        return True

    def remove(self) -> bool:
        del self.holder[self.key]
        return True


def places(resource: Resource) -> list[Place]:
    """All elements that R4 knows, in document order; of a repeating one the list first, then its members."""
    return list(_inside(resource, str(resource["resourceType"])))


def _inside(value: Resource, path: str) -> Iterator[Place]:
    for name, child in value.items():
        fact = fact_of(path, name)
        if fact is None:
            continue
        yield Place(value, name, name, fact, path)
        members = [Place(child, i, name, fact, path) for i in range(len(child))] if isinstance(child, list) else ()
        yield from members
        for member in members or (Place(value, name, name, fact, path),):
            if isinstance(member.value, dict):
                kind = member.value.get("resourceType") if fact.type == "Resource" else fact.type
                yield from _inside(member.value, str(kind))


def singles(resource: Resource) -> list[Place]:
    """Elements and members, without the lists that hold members."""
    return [place for place in places(resource) if not isinstance(place.value, list)]


def pick(chance: Random, found: list[Place], wanted: Callable[[Place], bool] = lambda _: True) -> Place:
    """One of those wanted; a LookupError where there is none."""
    return chance.choice([place for place in found if wanted(place)])


def maybe(chance: Random, found: list[Place], wanted: Callable[[Place], bool] = lambda _: True) -> Place | None:
    """One of those wanted, or None."""
    fitting = [place for place in found if wanted(place)]
    return chance.choice(fitting) if fitting else None
