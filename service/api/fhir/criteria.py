"""From the parameters of a search to criteria of the store. Pure.

https://hl7.org/fhir/R4/search.html: a comma is OR, a repeated parameter is AND, a backslash makes a mark plain text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from mappings.resource import ResourceMapping, SearchParam
from service.errors import Issue, Rejected
from service.store import Criterion, DateCriterion, IdCriterion, StringCriterion, TokenCriterion, interval

DEFAULT_COUNT = 50
MAX_COUNT = 1000
# Beyond this a search is an attack on the database's patience
MAX_VALUES = 200
PREFIXED = re.compile(r"(eq|ne|gt|lt|ge|le|sa|eb|ap)?(.*)", re.DOTALL)
VERSIONED = re.compile(r"/_history/[^/]*$")
# A name that may be said back; anything else is only called a parameter
NAME = re.compile(r"[_A-Za-z][A-Za-z0-9._:-]{0,63}")

Pairs = Iterable[tuple[str, str]]
COMMON = (
    SearchParam("_id", "token", (), definition="http://hl7.org/fhir/SearchParameter/Resource-id"),
    SearchParam("_lastUpdated", "date", (), definition="http://hl7.org/fhir/SearchParameter/Resource-lastUpdated"),
)


@dataclass(slots=True)
class Query:
    """What of a search is used, and what is not. ``ignored`` holds one warning per parameter left out."""

    criteria: list[Criterion] = field(default_factory=list)
    used: list[tuple[str, str]] = field(default_factory=list)
    ignored: list[Issue] = field(default_factory=list)
    count: int = DEFAULT_COUNT


def read_query(mapping: ResourceMapping, pairs: Pairs, base: str) -> Query:
    """Raises Rejected for a value or a modifier that cannot be honoured; unknown parameters are only noted.

    ``base`` is our own FHIR base, so that absolute references to us mean the same as relative ones.
    """
    query, values = Query(), 0
    declared = {param.name: param for param in (*COMMON, *mapping.search)}
    for name, value in pairs:
        if "\x00" in value or "\x00" in name:
            raise _wrong("a value holds a NUL", name)
        if name == "_format":
            continue
        if name == "_count":
            query.count = _count(value)
        elif (param := declared.get(name.partition(":")[0])) is None:
            query.ignored.append(_ignored("this search parameter is not supported and was ignored", name))
        elif not value:
            query.ignored.append(_ignored("a search parameter without a value was ignored", name))
        else:
            alternatives = _split(value, ",")
            values += len(alternatives)
            query.criteria.append(_criterion(param, name.partition(":")[2], alternatives, base))
            query.used.append((name, value))
    if values > MAX_VALUES:
        raise Rejected(f"a search takes at most {MAX_VALUES} values", code="too-costly")
    return query


def _criterion(param: SearchParam, modifier: str, values: list[str], base: str) -> Criterion:
    if modifier and not (param.type == "reference" and modifier in param.target):
        raise Rejected("this modifier is not supported for this parameter", _place(param.name), code="not-supported")
    if param.name == "_id":
        return IdCriterion(tuple(_plain(value) for value in values))
    rows = param.same_as or param.name
    match param.type:
        case "reference":
            return TokenCriterion(rows, tuple(_reference(param, modifier, value, base) for value in values))
        case "date":
            return DateCriterion(rows, tuple(_date(param.name, value) for value in values))
        case "string":
            return StringCriterion(rows, tuple(_plain(value).casefold() for value in values))
        case "token":
            return TokenCriterion(rows, tuple(_token(param.name, value) for value in values))
    raise Rejected("this kind of parameter is not supported", _place(param.name), code="not-supported")


def _token(name: str, value: str) -> tuple[str | None, str | None]:
    """``code``, ``system|code``, ``|code`` (no system) or ``system|``"""
    parts = [_plain(part) for part in _split(value, "|")]
    if len(parts) > 2 or not any(parts):
        raise _wrong("a token is code, system|code, |code or system|", name)
    if len(parts) == 1:
        return None, parts[0]
    return parts[0], parts[1] or None


def _reference(param: SearchParam, modifier: str, value: str, base: str) -> tuple[str | None, str]:
    """``ID``, ``Type/ID``, or an absolute URL; ours mean the same as relative ones."""
    text = VERSIONED.sub("", _plain(value).removeprefix(base + "/"))
    if not text or text.endswith("/"):
        raise _wrong("a reference is an id, Type/id or a URL", param.name)
    if ":" in text:
        return "", text
    kind, slash, id_ = text.rpartition("/")
    if slash:
        return kind, id_
    only = param.target[0] if len(param.target) == 1 else None
    return modifier or only, id_


def _date(name: str, value: str) -> tuple[str, str, str]:
    match = PREFIXED.fullmatch(value)
    prefix, text = match.groups() if match else (None, value)
    if prefix == "ap":
        raise Rejected("the prefix ap is not supported", _place(name), code="not-supported")
    try:
        # an offset's plus sign reads as a space when a client leaves it bare
        return prefix or "eq", *interval(text.replace(" ", "+"))
    except (ValueError, OverflowError):
        raise _wrong("a date such as 2026-03-02 or ge2026-03-02T10:00:00Z is needed", name) from None


def _count(value: str) -> int:
    if not re.fullmatch("[0-9]{1,9}", value):
        raise _wrong("a whole number is needed", "_count")
    return min(int(value), MAX_COUNT)


def _split(text: str, mark: str) -> list[str]:
    """At every mark that no backslash precedes; escapes stay for the next reader."""
    parts, escaped = [""], False
    for char in text:
        if char == mark and not escaped:
            parts.append("")
        else:
            parts[-1] += char
        escaped = char == "\\" and not escaped
    return parts


def _plain(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)


def _place(name: str) -> str:
    return f"http.{name}" if NAME.fullmatch(name) else "http"


def _wrong(text: str, name: str) -> Rejected:
    return Rejected(text, _place(name), code="value")


def _ignored(text: str, name: str) -> Issue:
    return Issue("warning", "not-supported", text, (_place(name),))
