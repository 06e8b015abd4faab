"""Single values with rules of their own: dates as exact as they are known, and NPIs with their check digit."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from mappings.check_digits import is_npi

PARTIAL_DAY = re.compile(r"[0-9]{4}(-[0-9]{2}){0,2}")


def _day(value: object) -> date:
    try:
        return date.fromisoformat(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise PydanticCustomError("date", "a date such as 1984-05-17 is needed") from None


def _partial_day(value: object) -> str:
    """FHIR lets a birth date be a year or a month: what is not known is not made up."""
    if not isinstance(value, str) or not PARTIAL_DAY.fullmatch(value):
        raise PydanticCustomError("date", "a date such as 1984-05-17, 1984-05 or 1984 is needed")
    _day(value + "-01" * (2 - value.count("-")))
    return value


Day = Annotated[date, BeforeValidator(_day)]
PartialDay = Annotated[str, BeforeValidator(_partial_day)]


def _npi(value: str) -> str:
    """The last digit checks the others: a slip of the finger names somebody else."""
    if not is_npi(value):
        raise PydanticCustomError("npi", "the check digit of this NPI is wrong")
    return value


Npi = Annotated[str, Field(pattern=r"^[0-9]{10}$"), AfterValidator(_npi)]
