"""From a resource to its index rows, by the paths of its search parameters. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from service.store.intervals import BEGINNING, END, interval
from service.store.rows import IndexEntry

if TYPE_CHECKING:
    from mappings.resource import Resource, SearchParam


def index_entries(params: Sequence[SearchParam], resource: Resource) -> tuple[IndexEntry, ...]:
    """Every value that a search may find the resource by, once each."""
    kind = resource["resourceType"]
    found: dict[IndexEntry, None] = {}
    for table, name, path, read in _plan(params, kind):
        for value in _values(resource, path):
            for a, b in read(value):
                found[IndexEntry(table, name, a, b)] = None
    return tuple(found)


def values_at(resource: Any, path: str) -> list[Any]:
    """The elements at a dotted path; lists are looked into; ``effective`` finds ``effectivePeriod`` too."""
    return _values(resource, tuple(path.split(".")))


def _plan(params: Sequence[SearchParam], kind: str) -> list[Step]:
    """What is read where, worked out once for the parameters of a mapping: every resource published comes by here."""
    known = _PLANS.get(id(params))
    if known is None or known[0] is not params:
        steps = [
            (READERS[param.type][0], f"{kind}.{param.name}", tuple(path.split(".")), READERS[param.type][1])
            for param in params
            for path in param.paths
        ]
        known = _PLANS[id(params)] = (params, steps)
    return known[1]


def _values(resource: Any, path: tuple[str, ...]) -> list[Any]:
    found = [resource]
    for name in path:
        following: list[Any] = []
        for item in found:
            if isinstance(item, dict):
                value = item[name] if name in item else _choice(item, name)
                if isinstance(value, list):
                    following += value
                elif value is not None:
                    following.append(value)
        if not following:
            return following
        found = following
    return found


def _choice(item: dict[str, Any], name: str) -> Any:
    """``effectivePeriod`` of ``effective[x]``."""
    size = len(name)
    for key, value in item.items():
        if key.startswith(name) and key[size : size + 1].isupper():
            return value
    return None


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
Step = tuple[str, str, tuple[str, ...], Callable[[Any], Iterator[tuple[str, str]]]]
_PLANS: dict[int, tuple[Sequence[SearchParam], list[Step]]] = {}
