"""Odd numbers: zero, trailing zeros, many digits, very small. Never more than the 18 digits that FHIR promises."""

from __future__ import annotations

from decimal import Decimal

from mappings.quantities import Quantity
from service.generator.dice import Dice
from service.generator.units import Document, quantity, units

Number = Decimal | int
TINY = Decimal("0.000001")
USUAL: tuple[Number, ...] = (Decimal("0.50"), Decimal("0"), Decimal("0.0"), 999_999, Decimal("12.5"), Decimal("100"))
ABOVE_ZERO: tuple[Number, ...] = (1, TINY, Decimal("0.50"))
SHARES = ("98", "0", "100", "100.00", "97.5", "0.000001", "99.999999999")
PERCENT: tuple[Number, ...] = (98, 0, 100, *map(Decimal, SHARES))


def number(dice: Dice) -> Number:
    """Not negative, below a million."""
    match dice.below(6):
        case 0:
            return dice.below(300)
        case 1:
            return dice.decimal(0, 30_000, 2)
        case 2:
            return dice.decimal(0, 3_000, 1) * Decimal("1.000")
        case 3:
            return dice.decimal(0, 10**18 - 1, 12)
        case 4:
            return TINY * dice.below(100)
        case _:
            return dice.pick(USUAL)


def positive(dice: Dice) -> Number:
    return number(dice) or dice.pick(ABOVE_ZERO)


def percent(dice: Dice) -> Number:
    return dice.pick(PERCENT)


def amount(dice: Dice, kind: type[Quantity], above_zero: bool = False) -> Document:
    """Any unit of the kind in any of its spellings."""
    return quantity(dice, positive(dice) if above_zero else number(dice), dice.pick(units(kind)))
