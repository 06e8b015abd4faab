"""Every object of a resource with its type: a data type, the path of a part, or the type of a contained resource."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from service.validation.facts import fact_of


class Found(NamedTuple):
    type: str
    value: dict[str, Any]
    place: str


def objects(resource: dict[str, Any]) -> Iterator[Found]:
    """In document order, the resource itself first."""
    kind = str(resource.get("resourceType"))
    return _objects(resource, kind, kind)


def _objects(value: dict[str, Any], path: str, place: str) -> Iterator[Found]:
    yield Found(path, value, place)
    for name, child in value.items():
        if isinstance(child, dict):
            yield from _objects(child, _type(path, name, child), f"{place}.{name}")
        elif isinstance(child, list):
            for i, item in enumerate(child):
                if isinstance(item, dict):
                    yield from _objects(item, _type(path, name, item), f"{place}.{name}[{i}]")


def _type(path: str, name: str, value: dict[str, Any]) -> str:
    if "resourceType" in value:
        return str(value["resourceType"])
    fact = fact_of(path, name)
    return fact.type if fact else ""
