"""Search parameters as they come in a URL → criteria for the store. Pure.

https://hl7.org/fhir/R4/search.html: comma is OR, repetition is AND, ``\\,`` is a comma.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from mappings.resource import ResourceMapping, SearchParam
from service.errors import Rejected
from service.store import Criterion, DateCriterion, IdCriterion, StringCriterion, TokenCriterion, interval

COUNT, MOST = 50, 500
PREFIX = re.compile(r"(eq|ne|gt|lt|ge|le|sa|eb)(?=\d)")
UNESCAPED_COMMA = re.compile(r"(?<!\\),")
# Understood everywhere, and not a search of the index
CONTROL = frozenset({"_count", "_format", "_pretty"})


@dataclass(frozen=True, slots=True)
class Query:
    """``used`` is what the self link shows; ``unknown`` are the names that were not understood."""

    criteria: tuple[Criterion, ...]
    count: int
    used: tuple[tuple[str, str], ...]
    unknown: tuple[str, ...]


def parse(mapping: ResourceMapping, pairs: Sequence[tuple[str, str]]) -> Query:
    """Raises Rejected for a value that a known parameter cannot have; the text names the parameter only."""
    params = {param.name: param for param in mapping.search}
    criteria: list[Criterion] = []
    used: list[tuple[str, str]] = []
    unknown: list[str] = []
    count = COUNT
    for name, value in pairs:
        if name in CONTROL:
            count = _count(value) if name == "_count" else count
        elif name in ("_id", "_lastUpdated") or _base(name) in params:
            criteria.append(_criterion(params, name, value))
        else:
            unknown.append(name)
            continue
        used.append((name, value))
    return Query(tuple(criteria), count, tuple(used), tuple(dict.fromkeys(unknown)))


def _base(name: str) -> str:
    """``subject:Patient`` is ``subject`` with the type of its target."""
    base, colon, modifier = name.partition(":")
    return name if colon and not modifier[:1].isupper() else base


def _count(value: str) -> int:
    if not value.isascii() or not value.isdigit() or len(value) > 9:
        raise Rejected("_count must be a whole number", "_count", code="value")
    return min(int(value), MOST)


def _criterion(params: dict[str, SearchParam], name: str, value: str) -> Criterion:
    values = [part.replace("\\,", ",") for part in UNESCAPED_COMMA.split(value) if part]
    if not values or any("\x00" in part for part in values):
        raise Rejected("a search parameter needs a value", name, code="value")
    if name == "_id":
        return IdCriterion(tuple(values))
    if name == "_lastUpdated":
        return DateCriterion(name, tuple(_date(name, part) for part in values))
    param = params[_base(name)]
    if param.type == "reference":
        return TokenCriterion(param.name, tuple(_reference(param, name, part) for part in values))
    if param.type == "date":
        return DateCriterion(param.name, tuple(_date(name, part) for part in values))
    if param.type == "string":
        return StringCriterion(param.name, tuple(part.casefold() for part in values))
    return TokenCriterion(param.name, tuple(_token(part) for part in values))


def _token(value: str) -> tuple[str | None, str | None]:
    """``code``, ``system|code``, ``system|`` (any code), ``|code`` (no system)."""
    system, bar, code = value.partition("|")
    return (system, code or None) if bar else (None, value)


def _reference(param: SearchParam, name: str, value: str) -> tuple[str | None, str | None]:
    """``ID``, ``Type/ID`` or an absolute URL ending in either."""
    modifier = name.partition(":")[2]
    kind, slash, id_ = value.rpartition("/")
    if slash:
        return kind.rpartition("/")[2], id_
    if modifier:
        return modifier, value
    return (param.target[0] if len(param.target) == 1 else None), value


def _date(name: str, value: str) -> tuple[str, str, str]:
    match = PREFIX.match(value)
    prefix, rest = (match[1], value[2:]) if match else ("eq", value)
    try:
        return (prefix, *interval(rest.replace(" ", "+")))
    except (ValueError, OverflowError):
        raise Rejected("not a date", name, code="value") from None
