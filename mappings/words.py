"""Numbers, units and times as people read them: for narratives and notes. Only computed doses are rounded."""

from __future__ import annotations

from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal
from functools import lru_cache

from mappings.quantities import Quantity

# UCUM → what people read. "mcg" rather than µg, which is misread as mg in handwriting and bad print.
UNITS = {
    "ug": "mcg",
    "meq": "mEq",
    "mm[Hg]": "mmHg",
    "[lb_av]": "lb",
    "[in_i]": "in",
    "Cel": "°C",
    "[degF]": "°F",
    "[IU]": "IU",
    "{tablet}": "tablet(s)",
    "{score}": "points",
}
READABLE = 15  # digits; a larger power of ten is written with an exponent
FINE = Decimal("0.001")
# Characters that show nothing: they turn the reading order of what follows, or are no text at all
UNSEEN: dict[int, None] = dict.fromkeys(
    [
        *(c for c in range(0x20) if chr(c) not in "\t\n"),
        *range(0x7F, 0xA0),
        *range(0x202A, 0x202F),  # overrides of the reading order
        *range(0x2066, 0x206A),  # isolates
        0xFFFE,
        0xFFFF,
    ]
)


def tame(text: str) -> str:
    """Without characters that could make a dose beside it read backwards. Scripts written from the right stay."""
    lines = text.replace("\n", "").replace("\t", "")
    return text if lines.isprintable() else text.translate(UNSEEN)  # the first is quicker to see


@lru_cache(maxsize=256)
def unit(ucum: str) -> str:
    """``ug/kg/min`` → ``mcg/kg/min``."""
    return "/".join([UNITS.get(part, part) for part in ucum.split("/")])


def number(value: Decimal | int) -> str:
    """Every digit that matters and no trailing zero (``40.0`` is misread as 400): 33.600 → 33.6, 50.0 → 50."""
    text = str(value)
    if text.isdigit() or isinstance(value, int):  # as most are
        return text
    if "E" in text or len(text) > READABLE:
        if value and abs(value.adjusted()) > READABLE:
            return text
        text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def amount(value: Decimal | int, ucum: str) -> str:
    """``0.5 mg/kg``, ``98 %``."""
    return f"{number(value)} {unit(ucum)}"


def quantity(given: Quantity) -> str:
    """A charted amount, rate or weight."""
    return amount(given.value, given.unit)


def fine(mg: Decimal) -> Decimal:
    """A computed dose to the microgram; one below 1 mg keeps every digit: 31.733333 → 31.733."""
    if mg < 1 or mg == mg.quantize(FINE):
        return mg
    return mg.quantize(FINE, ROUND_HALF_EVEN)


@lru_cache(maxsize=1024)
def time(text: str) -> str:
    """FHIR's ``2026-02-25T09:20:00-06:00`` → ``2026-02-25 09:20 -06:00``; a date stays as it is."""
    day, _, rest = text.partition("T")
    if not rest:
        return day
    clock, zone = (rest[:-1], "UTC") if rest[-1] == "Z" else (rest[:-6], rest[-6:])
    return f"{day} {clock[:5] if clock[5:] == ':00' else clock} {zone}"


def span(start: str | None, end: str | None) -> str:
    """FHIR's period; a date and an offset that both ends share are said once."""
    if start is None or end is None:
        return f"from {time(start)}" if start else f"until {time(end)}" if end else ""
    if start == end:
        return time(start)
    first, last = time(start).split(" "), time(end).split(" ")
    if len(first) == len(last) == 3 and first[2] == last[2]:
        until = last[1] if first[0] == last[0] else " ".join(last[:2])
        return f"{first[0]} {first[1]} to {until} {last[2]}"
    return f"{' '.join(first)} to {' '.join(last)}"


class Clock:
    """Times on the clinic's clock: the offset of the session's start. The date is said where it differs from it."""

    def __init__(self, start: datetime) -> None:
        self.start, self._day = start, start.date()
        self._told: dict[datetime, str] = {}  # many things of a session happen at one time

    def local(self, time: datetime) -> datetime:
        return time.astimezone(self.start.tzinfo)

    @property
    def offset(self) -> str:
        """``UTC-06:00``."""
        text = f"{self.start:%z}"
        return f"UTC{text[:3]}:{text[3:5]}"

    def day(self, time: datetime) -> str:
        return f"{self.local(time):%Y-%m-%d}"

    def at(self, time: datetime) -> str:
        """``10:05``; with seconds where there are any, with the date on another day than the start's."""
        if time not in self._told:
            self._told[time] = self._at(self.local(time))
        return self._told[time]

    def _at(self, local: datetime) -> str:
        text = f"{local.hour:02}:{local.minute:02}"
        if local.second or local.microsecond:
            text = f"{text}:{local.second:02}"
        return text if local.date() == self._day else f"{local:%Y-%m-%d} {text}"

    def span(self, start: datetime, end: datetime | None) -> str:
        """``23:51 to 2026-03-02 00:28``; a date is not said twice."""
        if end is None:
            return f"{self.at(start)}, end not recorded"
        until = self.at(end)
        return f"{self.at(start)} to {until[11:] if until[:10] == self.at(start)[:10] and until[10:] else until}"
