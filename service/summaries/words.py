"""Numbers, units and times as a clinician reads them. Only computed doses are rounded, to the microgram."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from mappings.infusion import rounded
from mappings.quantities import Quantity

UNKNOWN = "unknown"
# UCUM → what people read. "mcg" rather than µg, which is misread as mg in handwriting and bad print.
UNITS = {
    "ug": "mcg",
    "meq": "mEq",
    "[lb_av]": "lb",
    "[in_i]": "in",
    "Cel": "°C",
    "[degF]": "°F",
    "[IU]": "IU",
    "{tablet}": "tablet(s)",
    "{score}": "points",
}
MINUS = "\u2212"
TIGHT = "\u00a0"  # keeps a number and its unit on one line
READABLE = 15  # digits; a larger power of ten is written with an exponent
FINE = Decimal("0.001")
# Characters that show nothing: they turn the reading order of what follows, or are no text at all
UNSEEN = dict.fromkeys(
    [*range(0x20), *range(0x7F, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A)]  # C0, C1, overrides, isolates
)
for kept in "\t\n":
    del UNSEEN[ord(kept)]


def tame(text: str) -> str:
    """Without characters that could make a dose beside it read backwards. Scripts written from the right stay."""
    return text.translate(UNSEEN)


def unit(ucum: str) -> str:
    """``ug/kg/min`` → ``mcg/kg/min``."""
    return "/".join(UNITS.get(part, part) for part in ucum.split("/"))


def number(value: Decimal | int | None) -> str:
    """Every digit that matters and no trailing zero (``40.0`` is misread as 400): 33.600 → 33.6, 50.0 → 50."""
    if value is None:
        return UNKNOWN
    exact = Decimal(value)
    if exact and abs(exact.adjusted()) > READABLE:
        return str(exact).replace("-", MINUS)
    text = f"{exact:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return text.replace("-", MINUS)


def dose(mg: Decimal | None) -> str:
    """A computed dose in mg, to the microgram; one below 1 mg keeps every digit: 31.733333 → 31.733."""
    return amount(rounded(Fraction(mg), FINE) if mg is not None and mg >= 1 else mg, "mg")


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


class Clock:
    """Times on the clinic's clock: the offset of the session's start. The date is said where it differs from it."""

    def __init__(self, start: datetime) -> None:
        self.start = start

    def local(self, time: datetime) -> datetime:
        return time.astimezone(self.start.tzinfo)

    @property
    def offset(self) -> str:
        """``UTC−06:00``."""
        text = f"{self.start:%z}"
        return f"UTC{text[:3]}:{text[3:5]}".replace("-", MINUS)

    def day(self, time: datetime) -> str:
        return f"{self.local(time):%Y-%m-%d}"

    def at(self, time: datetime) -> str:
        """``10:05``; with seconds where there are any, with the date on another day than the start's."""
        local = self.local(time)
        text = f"{local:%H:%M:%S}" if local.second or local.microsecond else f"{local:%H:%M}"
        return text if local.date() == self.start.date() else f"{local:%Y-%m-%d} {text}"

    def span(self, start: datetime, end: datetime | None) -> str:
        """``23:51 to 2026-03-02 00:28``; a date is not said twice."""
        if end is None:
            return f"{self.at(start)}, end not recorded"
        until = self.at(end)
        return f"{self.at(start)} to {until[11:] if until[:10] == self.at(start)[:10] and until[10:] else until}"
