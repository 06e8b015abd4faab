"""Words of the page: those of the mappings, with real typography."""

from __future__ import annotations

from decimal import Decimal

from mappings import words
from mappings.quantities import Quantity
from mappings.words import tame, unit

__all__ = ["MINUS", "TIGHT", "UNKNOWN", "Clock", "amount", "dose", "number", "quantity", "signed", "tame", "unit"]

UNKNOWN = "unknown"
MINUS = "\u2212"
TIGHT = "\u00a0"  # keeps a number and its unit on one line


def number(value: Decimal | int | None) -> str:
    """Every digit that matters and no trailing zero: 33.600 → 33.6, 50.0 → 50."""
    return UNKNOWN if value is None else words.number(value).replace("-", MINUS)


def dose(mg: Decimal | None) -> str:
    """A computed dose in mg, to the microgram; one below 1 mg keeps every digit: 31.733333 → 31.733."""
    return amount(None if mg is None else words.fine(mg), "mg")


def signed(value: Decimal | int) -> str:
    """A change: ``+3``, ``−13``, ``0``."""
    return f"+{number(value)}" if value > 0 else number(value)


def amount(value: Decimal | int | None, ucum: str) -> str:
    """A number with its unit. Doses by weight have two decimals or more, as they are ordered: 0.50 mg/kg."""
    text = number(value)
    if value is None:
        return text
    if ucum == "mg/kg" and len(text.partition(".")[2]) < 2 and text[-1].isdigit() and "E" not in text:
        whole, _, part = text.partition(".")
        text = f"{whole}.{part:0<2}"
    return f"{text}{TIGHT}{unit(ucum)}"


def quantity(given: Quantity | None) -> str:
    """A charted amount, rate or weight."""
    return UNKNOWN if given is None else amount(given.value, given.unit)


class Clock(words.Clock):
    """Times on the clinic's clock."""

    @property
    def offset(self) -> str:
        """``UTC−06:00``."""
        return super().offset.replace("-", MINUS)
