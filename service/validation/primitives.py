"""FHIR's primitive types: the JSON type each must have and the form of its text. Checks answer True or False."""

from __future__ import annotations

import binascii
import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

DATE = re.compile(r"\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?")
ZONE = r"(Z|[+-]((0\d|1[0-3]):[0-5]\d|14:00))"
TIME_OF_DAY = r"([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?"
DATE_TIME = re.compile(rf"\d{{4}}-\d\d-\d\dT{TIME_OF_DAY}{ZONE}")
TIME = re.compile(TIME_OF_DAY)
ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")
CODE = re.compile(r"[^\x00-\x20]+( [^\x00-\x20]+)*")
URI = re.compile(r"[^\x00-\x20]+")
ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20]+")
OID = re.compile(r"urn:oid:[0-2](\.(0|[1-9]\d*))+")
UUID = re.compile(r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
# BCP 47: two or three letters, then script, region, variants, extensions; or a private or grandfathered tag
LANGUAGE = re.compile(
    r"([a-z]{2,3}(-[a-z]{3}){0,3}(-[a-z]{4})?(-([a-z]{2}|\d{3}))?(-([a-z\d]{5,8}|\d[a-z\d]{3}))*(-[a-wyz\d](-[a-z\d]{2,8})+)*"
    r"(-x(-[a-z\d]{1,8})+)?|x(-[a-z\d]{1,8})+|i-[a-z]{2,8})",
    re.IGNORECASE,
)
LONGEST_STRING = 1_048_576
LARGEST_INTEGER = 2_147_483_647


def is_date(value: str) -> bool:
    """A calendar date of any precision."""
    if DATE.fullmatch(value) is None or value.startswith("0000"):
        return False
    return len(value) < 10 or _on_the_calendar(value)


def is_date_time(value: str) -> bool:
    return is_instant(value) if "T" in value else is_date(value)


def is_instant(value: str) -> bool:
    return DATE_TIME.fullmatch(value) is not None and _on_the_calendar(value[:10])


def _on_the_calendar(day: str) -> bool:
    try:
        date.fromisoformat(day)
    except ValueError:
        return False
    return True


def is_uri(value: str) -> bool:
    """No white space; what claims to be a UUID or an OID is one."""
    if URI.fullmatch(value) is None:
        return False
    if value.startswith("urn:uuid:"):
        return UUID.fullmatch(value.partition("#")[0]) is not None
    return OID.fullmatch(value) is not None if value.startswith("urn:oid:") else True


def is_canonical(value: str) -> bool:
    """Absolute, or something contained."""
    return is_uri(value.partition("|")[0]) and (value.startswith("#") or is_absolute(value))


def is_absolute(value: str) -> bool:
    return ABSOLUTE.fullmatch(value) is not None


def is_language(value: str) -> bool:
    return LANGUAGE.fullmatch(value) is not None


def is_base64(value: str) -> bool:
    """White space is allowed anywhere; without it, as we write it, this takes a microsecond for a page of text."""
    try:
        return bool(binascii.a2b_base64(value, strict_mode=True))
    except ValueError:
        packed = "".join(value.split())
        return packed != value and is_base64(packed)


def is_string(value: str) -> bool:
    """Not empty, and no more than a megabyte. That it says something, and has no control characters, R4 only wishes."""
    return 0 < len(value) <= LONGEST_STRING and (value.isascii() or is_unicode(value))


def is_unicode(value: str) -> bool:
    """Whether it can be sent: half of a character cannot."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _whole(low: int) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, int) and not isinstance(value, bool) and low <= value <= LARGEST_INTEGER


def _number(value: Any) -> bool:
    return value.is_finite() if isinstance(value, Decimal) else isinstance(value, int) and not isinstance(value, bool)


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
    "uri": _text(is_uri),
    "url": _text(is_uri),
    "canonical": _text(is_canonical),
    "oid": _text(OID.fullmatch),
    "uuid": _text(UUID.fullmatch),
    "base64Binary": _text(is_base64),
    "date": _text(is_date),
    "dateTime": _text(is_date_time),
    "instant": _text(is_instant),
    "time": _text(TIME.fullmatch),
}
