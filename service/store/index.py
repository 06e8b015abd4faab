"""From a resource to its index rows, by the paths of its search parameters. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
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
            if not param.same_as
            for path in param.paths
        ]
        known = _PLANS[id(params)] = (params, steps)
    return known[1]


def _values(resource: Any, path: tuple[str, ...]) -> list[Any]:
    found = [resource]
    for name in path:
        following: list[Any] = []
        for item in found:
            value = (item[name] if name in item else _choice(item, name)) if isinstance(item, dict) else None
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


# Lists, not generators: a session's publication reads hundreds of values
Pairs = list[tuple[str, str]]


def _tokens(value: Any) -> Pairs:
    """(system, code) of a CodeableConcept, Coding, Identifier, ContactPoint, code or boolean."""
    if isinstance(value, bool):
        return [("", "true" if value else "false")]
    if isinstance(value, str):
        return [("", value)]
    if not isinstance(value, dict):
        return []
    codings = value.get("coding", (value,))
    codes = [(one.get("system", ""), one.get("code") or one.get("value")) for one in codings]
    return [(system, code) for system, code in codes if isinstance(code, str)]


def _references(value: Any) -> Pairs:
    """(target type, id) of a literal reference; an absolute one is (``""``, URL)."""
    text = value.get("reference") if isinstance(value, dict) else None
    if not text or text.startswith("#"):
        return []
    if ":" in text:
        return [("", text)]
    target, _, rest = text.partition("/")
    return [(target, rest.partition("/")[0])]


def _dates(value: Any) -> Pairs:
    """(first, last) instant in UTC of a date, time, Period or Timing.event; an open side reaches to the end of time."""
    if isinstance(value, str):
        return [interval(value)]
    if not isinstance(value, dict):
        return []
    if "start" in value or "end" in value:
        low = interval(value["start"])[0] if "start" in value else BEGINNING
        return [(low, interval(value["end"])[1] if "end" in value else END)]
    return [interval(event) for event in value.get("event", ())]


def _strings(value: Any) -> Pairs:
    """Every text of a name, an address or a string, folded for comparison."""
    if isinstance(value, str):
        return [("", value.casefold())]
    if isinstance(value, list):
        return [pair for item in value for pair in _strings(item)]
    if isinstance(value, dict):
        parts = [part for name, part in value.items() if name not in ("use", "period", "type")]
        return [pair for part in parts for pair in _strings(part)]
    return []


READERS: dict[str, tuple[str, Callable[[Any], Pairs]]] = {
    "token": ("token", _tokens),
    "reference": ("token", _references),
    "date": ("date", _dates),
    "string": ("string", _strings),
}
Step = tuple[str, str, tuple[str, ...], Callable[[Any], Pairs]]
_PLANS: dict[int, tuple[Sequence[SearchParam], list[Step]]] = {}
