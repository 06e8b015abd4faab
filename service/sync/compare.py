"""Element by element: what was sent against what is there. Pure.

A number is its value (0.50 is 0.5), a time is its instant, and a reference is what it leads to; what a server stamps on
a resource is its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from service.fhirjson import content_hash, encode
from service.store import interval

Kind = Literal["changed", "dropped", "added"]
# A server's own: its stamp, the words it makes of the rest, and what it says about the wire
STAMPS = frozenset({"id", "meta", "text", "implicitRules", "language"})
TIME = re.compile(r"\d{4}-\d\d-\d\dT.+", re.ASCII)
ANY = "/?"
HISTORY = re.compile(r"/_history/[A-Za-z0-9\-.]+$")


@dataclass(frozen=True, slots=True)
class Difference:
    """``path`` is as in ``note[0].text``; ``ours`` and ``theirs`` are values, None where there is none."""

    path: str
    kind: Kind
    ours: Any = None
    theirs: Any = None


def differences(ours: Any, theirs: Any, base_url: str = "") -> list[Difference]:
    """Of two resources. References below ``base_url`` are the same as relative ones."""
    left = {key: child for key, child in ours.items() if key not in STAMPS}
    right = {key: child for key, child in theirs.items() if key not in STAMPS}
    return list(_differences("", left, right, f"{base_url.rstrip('/')}/"))


def are_same(ours: Any, theirs: Any, base_url: str = "") -> bool:
    return isinstance(theirs, dict) and not differences(ours, theirs, base_url)


def only_dropped(ours: Any, theirs: Any, base_url: str = "") -> bool:
    """Theirs is ours without what that server does not keep: nothing in it is anybody else's."""
    return isinstance(theirs, dict) and all(one.kind == "dropped" for one in differences(ours, theirs, base_url))


def elements(resource: Any) -> list[str]:
    """Paths of every value a comparison looks at."""
    return list(_paths("", {key: child for key, child in resource.items() if key not in STAMPS}))


def hash_of(theirs: dict[str, Any]) -> str:
    """Of a resource as they hold it, but for its stamp: the same however they order its keys."""
    return content_hash(encode(_sorted({key: child for key, child in theirs.items() if key not in STAMPS})))


def version_of(theirs: Any) -> str | None:
    meta = theirs.get("meta") if isinstance(theirs, dict) else None
    version = meta.get("versionId") if isinstance(meta, dict) else None
    return version if isinstance(version, str) else None


def _differences(path: str, ours: Any, theirs: Any, base: str) -> Iterator[Difference]:
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for key in (*ours, *(key for key in theirs if key not in ours)):
            place = f"{path}.{key}" if path else key
            if key not in theirs:
                yield from (Difference(one, "dropped", value) for one, value in _leaves(place, ours[key]))
            elif key not in ours:
                yield from (Difference(one, "added", None, value) for one, value in _leaves(place, theirs[key]))
            else:
                yield from _differences(place, ours[key], theirs[key], base)
    elif isinstance(ours, list) and isinstance(theirs, list):
        yield from _of_lists(path, ours, theirs, base)
    elif _plain(ours, base) != _plain(theirs, base) and not _may_be(ours, theirs):
        yield Difference(path, "changed", ours, theirs)


def _of_lists(path: str, ours: list[Any], theirs: list[Any], base: str) -> Iterator[Difference]:
    for index in range(max(len(ours), len(theirs))):
        place = f"{path}[{index}]"
        if index >= len(theirs):
            yield from (Difference(one, "dropped", value) for one, value in _leaves(place, ours[index]))
        elif index >= len(ours):
            yield from (Difference(one, "added", None, value) for one, value in _leaves(place, theirs[index]))
        else:
            yield from _differences(place, ours[index], theirs[index], base)


def _leaves(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, child in value.items():
            yield from _leaves(f"{path}.{key}" if path else key, child)
    elif isinstance(value, list):
        for index, child in enumerate(value):
            yield from _leaves(f"{path}[{index}]", child)
    else:
        yield path, value


def _paths(path: str, value: Any) -> Iterator[str]:
    return (place for place, _ in _leaves(path, value))


def _plain(value: Any, base: str) -> Any:
    if isinstance(value, bool) or value is None:
        return str(value)
    if isinstance(value, int | Decimal):
        return Decimal(value)
    if not isinstance(value, str):
        return type(value).__name__
    if TIME.fullmatch(value):
        try:
            return interval(value)
        except ValueError:
            return value
    return HISTORY.sub("", value.removeprefix(base)) if "/" in value else value


def _may_be(ours: Any, theirs: Any) -> bool:
    """``Organization/?`` is one whose id there is not known yet."""
    named = isinstance(ours, str) and ours.endswith(ANY) and isinstance(theirs, str)
    return named and f"/{ours.removesuffix(ANY)}/" in f"/{theirs}"


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value)}
    return [_sorted(child) for child in value] if isinstance(value, list) else value
