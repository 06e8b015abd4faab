"""FHIR data types as plain dicts, in FHIR's words. What is None or empty is left out: FHIR has no empty elements."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any

UCUM = "http://unitsofmeasure.org"
Element = dict[str, Any]


class Fixed(dict[str, Any]):
    """An element made once and used in many resources, such as the code of a heart rate: nobody may change it.

    Told apart by identity, so that whoever has looked at it once knows it again.
    """

    __slots__ = ()
    __hash__ = object.__hash__  # type: ignore[assignment]

    def _refuse(self, *_: Any, **__: Any) -> Any:
        raise TypeError("this element is used elsewhere too")

    def __reduce__(self) -> tuple[type[dict[str, Any]], tuple[Element]]:
        """A copy is an ordinary element again."""
        return dict, (dict(self),)

    __setitem__ = __delitem__ = __ior__ = update = setdefault = pop = popitem = clear = _refuse


def element(**parts: Any) -> Element:
    """An element with the parts that hold something, in the order given."""
    return filled(parts)


def filled(parts: Element) -> Element:
    """The parts that hold something; 0 and False do, a text without a character is left for validation to refuse."""
    # Called for every element there is, most of which hold something in each part.
    if all(parts.values()):
        return parts
    return {name: value for name, value in parts.items() if value or (value is not None and value not in ([], {}))}


def date_time(time: datetime) -> str:
    """``2026-03-02T10:00:00-06:00``: the offset is kept as written; UTC is ``Z``."""
    return _date_time(time, time.tzinfo)


@lru_cache(maxsize=1024)
def _date_time(time: datetime, _zone: tzinfo | None) -> str:
    """Many resources of a session speak of one time. Equal times with different offsets are different texts."""
    text = time.isoformat()
    return text.removesuffix("+00:00") + "Z" if text.endswith("+00:00") else text


def instant_utc(time: datetime) -> str:
    return date_time(time.astimezone(UTC))


def period(start: datetime | None, end: datetime | None = None) -> Element:
    return element(start=start and date_time(start), end=end and date_time(end))


def coding(system: str, code: str, display: str | None = None) -> Element:
    return element(system=system, code=code, display=display)


def codeable_concept(*codings: Element, text: str | None = None) -> Element:
    return element(coding=[c for c in codings if c], text=text)


@cache
def concept(system: str, code: str, display: str) -> Element:
    """A CodeableConcept of one coding that no session changes: made once."""
    return Fixed(codeable_concept(coding(system, code, display)))


def quantity(value: Decimal | int, unit: str, display: str | None = None, comparator: str | None = None) -> Element:
    """A UCUM quantity; the value keeps its digits."""
    if comparator:
        return {"value": value, "comparator": comparator, "unit": display or unit, "system": UCUM, "code": unit}
    return {"value": value, "unit": display or unit, "system": UCUM, "code": unit}


def ratio_per_time(value: Decimal, unit: str) -> Element:
    return quantity(value, unit)


def identifier(system: str, value: str, **parts: Any) -> Element:
    return element(**parts, system=system, value=value)


def reference(type_: str, id_: str, display: str | None = None) -> Element:
    return {"reference": f"{type_}/{id_}", "display": display} if display else {"reference": f"{type_}/{id_}"}


def human_name(family: str, given: Iterable[str] = (), use: str | None = None) -> Element:
    given = list(given)
    return element(use=use, text=" ".join([*given, family]), family=family, given=given)


def extension(url: str, **value: Any) -> Element:
    """An extension with one value, such as ``valueString``."""
    return {"url": url, **value}
