"""From a resource to its index rows, by the paths of its search parameters. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from service.store.intervals import BEGINNING, END, interval
from service.store.rows import IndexEntry

if TYPE_CHECKING:
    from mappings.resource import Resource, SearchParam


def index_entries(params: Iterable[SearchParam], resource: Resource) -> tuple[IndexEntry, ...]:
    """Every value that a search may find the resource by, once each."""
    kind = resource["resourceType"]
    found = dict.fromkeys(
        IndexEntry(table, f"{kind}.{param.name}", a, b)
        for param in params
        for table, read in (READERS[param.type],)
        for path in param.paths
        for value in values_at(resource, path)
        for a, b in read(value)
    )
    return tuple(found)


def values_at(resource: Any, path: str) -> list[Any]:
    """The elements at a dotted path; lists are looked into; ``effective`` finds ``effectivePeriod`` too."""
    found = [resource]
    for name in path.split("."):
        found = [child for item in found for child in _children(item, name)]
    return found


def _children(item: Any, name: str) -> Iterator[Any]:
    if not isinstance(item, dict):
        return
    value = item.get(name)
    if value is None:
        size = len(name)
        value = next((v for key, v in item.items() if key.startswith(name) and key[size : size + 1].isupper()), None)
    if isinstance(value, list):
        yield from value
    elif value is not None:
        yield value


def _tokens(value: Any) -> Iterator[tuple[str, str]]:
    """(system, code) of a CodeableConcept, Coding, Identifier, ContactPoint, code or boolean."""
    if isinstance(value, bool):
        yield "", "true" if value else "false"
    elif isinstance(value, str):
        yield "", value
    elif isinstance(value, dict):
        if "coding" in value:
            for coding in value["coding"]:
                yield from _tokens(coding)
        code = value.get("code") or value.get("value")
        if isinstance(code, str):
            yield value.get("system", ""), code


def _references(value: Any) -> Iterator[tuple[str, str]]:
    """(target type, id) of a literal reference; an absolute one is (``""``, URL)."""
    text = value.get("reference") if isinstance(value, dict) else None
    if not text or text.startswith("#"):
        return
    if ":" in text:
        yield "", text
    else:
        target, _, rest = text.partition("/")
        yield target, rest.partition("/")[0]


def _dates(value: Any) -> Iterator[tuple[str, str]]:
    """(first, last) instant in UTC of a date, time, Period or Timing.event; an open side reaches to the end of time."""
    if isinstance(value, str):
        yield interval(value)
    elif isinstance(value, dict) and ("start" in value or "end" in value):
        low = interval(value["start"])[0] if "start" in value else BEGINNING
        yield low, interval(value["end"])[1] if "end" in value else END
    elif isinstance(value, dict):
        yield from (interval(event) for event in value.get("event", ()))


def _strings(value: Any) -> Iterator[tuple[str, str]]:
    """Every text of a name, an address or a string, folded for comparison."""
    if isinstance(value, str):
        yield "", value.casefold()
    elif isinstance(value, dict):
        for name, part in value.items():
            if name not in ("use", "period", "type"):
                yield from _strings(part)
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item)


READERS: dict[str, tuple[str, Callable[[Any], Iterator[tuple[str, str]]]]] = {
    "token": ("token", _tokens),
    "reference": ("token", _references),
    "date": ("date", _dates),
    "string": ("string", _strings),
}
