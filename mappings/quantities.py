"""Amounts, rates and times as clinics write them, become Decimals with UCUM units.

``{"value": 12.5, "unit": "mcg/kg/min"}`` reads as 12.5 ``ug/kg/min``. Values are never rounded here; a unit that is
not listed is refused, because a guessed unit is a wrong dose.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from functools import cache
from typing import Annotated, ClassVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
)
from pydantic_core import PydanticCustomError

# No amount, rate or reading comes near these; beyond them arithmetic would lose digits.
LARGEST, MOST_DECIMALS = 1_000_000, 12
UNREADABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


class Record(BaseModel):
    """Every part of a session record: immutable, and a field nobody knows is refused rather than dropped."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


def _number(value: object) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise PydanticCustomError("number", "a number is needed")
    found = Decimal(value)
    if not found.is_finite() or abs(found) > LARGEST or int(found.as_tuple().exponent) < -MOST_DECIMALS:
        raise PydanticCustomError("number", "a number of ordinary size, with twelve decimals at most, is needed")
    return found


def _time(value: object) -> datetime:
    if not isinstance(value, str | datetime):
        raise PydanticCustomError(
            "time", "a date and time with its offset is needed, such as 2026-03-02T10:00:00-06:00"
        )
    try:
        found = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    except ValueError:
        raise PydanticCustomError("time", "not a date and time with its offset") from None
    offset = found.utcoffset()
    if offset is None or (isinstance(value, str) and "T" not in value):
        raise PydanticCustomError("time", "a time needs its offset from UTC")
    if abs(offset) > timedelta(hours=14) or offset % timedelta(minutes=1):
        raise PydanticCustomError("time", "an offset from UTC is hours and minutes, 14 hours at most")
    if not 1900 <= found.year < 3000:  # shifted research dates reach 2200; near 1 and 9999 UTC arithmetic breaks
        raise PydanticCustomError("time", "a time between the years 1900 and 2999 is needed")
    return found.replace(tzinfo=_zone(offset))


@cache
def _zone(offset: timedelta) -> timezone:
    """One object for each offset: times that share it are compared ten times as fast, and a session compares many."""
    return timezone(offset)


def _whole(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > LARGEST:
        raise PydanticCustomError("number", "a whole number of ordinary size is needed")
    return value


def _yes_no(value: object) -> bool:
    if not isinstance(value, bool):
        raise PydanticCustomError("boolean", "true or false is needed")
    return value


def readable(value: str) -> str:
    """FHIR's strings hold no control characters but tab and line ends."""
    if UNREADABLE.search(value):
        raise PydanticCustomError("characters", "a control character, or half of a character, is in this text")
    return value


Number = Annotated[Decimal, BeforeValidator(_number)]
NotNegative = Annotated[Decimal, BeforeValidator(_number), Field(ge=0)]
Positive = Annotated[Decimal, BeforeValidator(_number), Field(gt=0)]
Percent = Annotated[Decimal, BeforeValidator(_number), Field(ge=0, le=100)]
Whole = Annotated[int, BeforeValidator(_whole)]
YesNo = Annotated[bool, BeforeValidator(_yes_no)]
Time = Annotated[datetime, BeforeValidator(_time)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=10_000, strict=True), AfterValidator(readable)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=200, strict=True), AfterValidator(readable)]
Key = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$", strict=True)]

# What clinics write → UCUM. Case is kept apart from spelling: UCUM knows mg from Mg.
SPELLINGS = {
    "mcg": "ug",
    "µg": "ug",
    "μg": "ug",
    "hr": "h",
    "hour": "h",
    "hours": "h",
    "minute": "min",
    "minutes": "min",
    "ml": "mL",
    "lb": "[lb_av]",
    "lbs": "[lb_av]",
    "in": "[in_i]",
    "inch": "[in_i]",
    "inches": "[in_i]",
    "c": "Cel",
    "C": "Cel",
    "°C": "Cel",
    "F": "[degF]",
    "°F": "[degF]",
    "degF": "[degF]",
}


Spellings = Mapping[str, str]
NONE: Spellings = {}


def ucum(unit: str, spellings: Spellings = NONE) -> str:
    """``mcg/kg/hour`` → ``ug/kg/h``: each part between slashes is respelt on its own.

    ``spellings`` are a clinic's own, of whole units (``mcg/min/kg``) or of parts (``hrs``); they come first.
    """
    whole = unit.strip()
    if whole in spellings:
        return spellings[whole]
    parts = (part.strip() for part in whole.split("/"))
    return "/".join(spellings.get(part) or SPELLINGS.get(part, part) for part in parts)


class Quantity(Record):
    """A value with a unit out of ``UNITS``."""

    UNITS: ClassVar[frozenset[str]] = frozenset()
    value: NotNegative
    unit: Annotated[str, StringConstraints(strict=True)]

    @field_validator("unit")
    @classmethod
    def known(cls, unit: str, info: ValidationInfo) -> str:
        found = ucum(unit, (info.context or {}).get("spellings", NONE))
        if found not in cls.UNITS:
            raise PydanticCustomError(
                "unit", "unknown unit; one of {known} is needed", {"known": ", ".join(sorted(cls.UNITS))}
            )
        return found


class Mass(Quantity):
    """An amount of drug."""

    UNITS = frozenset({"mg", "ug", "g"})


class Dose(Quantity):
    """An amount of drug, absolute or by body weight."""

    UNITS = frozenset({"mg", "ug", "g", "mg/kg", "ug/kg"})


class Rate(Quantity):
    """A speed of infusion: absolute, by body weight, or of volume (then the concentration is needed for the dose)."""

    UNITS = frozenset(
        {"g/h", "mg/h", "mg/min", "ug/h", "ug/min", "mg/kg/h", "mg/kg/min", "ug/kg/h", "ug/kg/min", "mL/h", "mL/min"}
    )


class Concentration(Quantity):
    """Drug per volume; never zero."""

    UNITS = frozenset({"mg/mL", "ug/mL"})
    value: Positive


class Weight(Quantity):
    """Body weight; never zero."""

    UNITS = frozenset({"kg", "g", "[lb_av]"})
    value: Positive


class Height(Quantity):
    UNITS = frozenset({"cm", "m", "[in_i]"})
    value: Annotated[Decimal, BeforeValidator(_number), Field(gt=0, le=10_000)]


class Temperature(Quantity):
    UNITS = frozenset({"Cel", "[degF]"})


class Given(Quantity):
    """An amount of any other medication, by mass, by body weight, by volume or by piece."""

    UNITS = frozenset({"mg", "ug", "g", "mg/kg", "ug/kg", "mL", "L", "meq", "[IU]", "{tablet}"})


# Every unit that a record may hold
UNITS = frozenset().union(*(kind.UNITS for kind in Quantity.__subclasses__()))
