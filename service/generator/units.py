"""Quantities as clinics write them: a unit in one of its spellings, a value with the digits a pump or a scale shows."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from itertools import product
from typing import Any

from mappings.quantities import SPELLINGS, Quantity
from service.generator.dice import Dice

Document = dict[str, Any]


def quantity(dice: Dice, value: Decimal | int, unit: str) -> Document:
    """The value with a spelling of the UCUM unit."""
    return {"value": value, "unit": dice.pick(spellings(unit))}


@lru_cache(maxsize=128)
def spellings(unit: str) -> tuple[str, ...]:
    """Every way to write a UCUM unit that the session model reads, itself first."""
    return tuple("/".join(parts) for parts in product(*(tuple(_ways(part)) for part in unit.split("/"))))


def _ways(part: str) -> Iterator[str]:
    yield part
    yield from (written for written, meant in SPELLINGS.items() if meant == part)


@lru_cache(maxsize=32)
def units(kind: type[Quantity]) -> tuple[str, ...]:
    """The units of a kind of quantity, in an order that does not change from run to run."""
    return tuple(sorted(kind.UNITS))


def written(value: Fraction, digits: int = 4) -> Decimal:
    """A value to so many significant digits, as a display shows it: no zeros at the end, never in powers of ten."""
    places, whole = digits, int(value)
    if whole:
        places = max(0, digits - len(str(whole)))
    while 0 < value < 1 and value * 10 ** (places - digits + 1) < 1:
        places += 1
    steps = round(value * 10**places)
    while places > 0 and steps % 10 == 0:
        steps, places = steps // 10, places - 1
    return Decimal(steps).scaleb(-places)
