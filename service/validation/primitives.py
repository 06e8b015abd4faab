"""FHIR's primitive types: the JSON type each must have and the form of its text. Checks answer True or False."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

DATE = re.compile(r"\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?")
ZONE = r"(Z|[+-]((0\d|1[0-3]):[0-5]\d|14:00))"
TIME_OF_DAY = r"([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?"
DATE_TIME = re.compile(rf"\d{{4}}-\d\d-\d\dT{TIME_OF_DAY}{ZONE}")
TIME = re.compile(TIME_OF_DAY)
ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")
# Control characters and ASCII's white space are named one by one: \s would also refuse the no-break space of a name.
STRING = re.compile(r"[^\x00-\x08\x0b\x0c\x0e-\x1f]+")
CODE = re.compile(r"[^\x00-\x20]+( [^\x00-\x20]+)*")
URI = re.compile(r"[^\x00-\x20]+")
OID = re.compile(r"urn:oid:[0-2](\.(0|[1-9]\d*))+")
UUID = re.compile(r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
BASE64 = re.compile(r"\s*([0-9a-zA-Z+/=]{4}\s*)+")
LONGEST_STRING = 1_048_576
LARGEST_INTEGER = 2_147_483_647


def is_date(value: str) -> bool:
    """A calendar date of any precision."""
    if DATE.fullmatch(value) is None or value.startswith("0000"):
        return False
    return len(value) < 10 or _on_the_calendar(value)


def is_date_time(value: str) -> bool:
    return is_date(value) or is_instant(value)


def is_instant(value: str) -> bool:
    return DATE_TIME.fullmatch(value) is not None and _on_the_calendar(value[:10])


def _on_the_calendar(day: str) -> bool:
    try:
        date.fromisoformat(day)
    except ValueError:
        return False
    return True


def is_string(value: str) -> bool:
    """Not empty, not white space alone, no control characters but tab and line ends."""
    return len(value) <= LONGEST_STRING and STRING.fullmatch(value) is not None and bool(value.strip())


def _whole(low: int) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, int) and not isinstance(value, bool) and low <= value <= LARGEST_INTEGER


def _number(value: Any) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def _text(check: Callable[[str], Any]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, str) and bool(check(value))


CHECKS: dict[str, Callable[[Any], bool]] = {
    "boolean": lambda value: isinstance(value, bool),
    "integer": _whole(-LARGEST_INTEGER - 1),
    "positiveInt": _whole(1),
    "unsignedInt": _whole(0),
    "decimal": _number,
    "string": _text(is_string),
    "markdown": _text(is_string),
    "xhtml": _text(is_string),
    "code": _text(CODE.fullmatch),
    "id": _text(ID.fullmatch),
    "uri": _text(URI.fullmatch),
    "url": _text(URI.fullmatch),
    "canonical": _text(URI.fullmatch),
    "oid": _text(OID.fullmatch),
    "uuid": _text(UUID.fullmatch),
    "base64Binary": _text(BASE64.fullmatch),
    "date": _text(is_date),
    "dateTime": _text(is_date_time),
    "instant": _text(is_instant),
    "time": _text(TIME.fullmatch),
}
