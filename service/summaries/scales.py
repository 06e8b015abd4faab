"""From values and times to places on the chart, and where its axes are labelled."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

MINUTES = (5, 10, 15, 30, 60, 120, 240, 360, 720, 1440)
MOST = 1e6  # a value beyond this is no reading of anything; it is drawn at the edge


def drawable(value: Decimal | int) -> float:
    return float(min(Decimal(value), Decimal(MOST)))


@dataclass(frozen=True, slots=True)
class Scale:
    """Linear from ``low``..``high`` to ``start``..``end``; what lies outside is drawn at the edge."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        share = (value - self.low) / ((self.high - self.low) or 1)
        return round(self.start + min(max(share, 0.0), 1.0) * (self.end - self.start), 1)


@dataclass(frozen=True, slots=True)
class TimeScale:
    """Times between ``first`` and ``last``, both in the clinic's offset, to places between ``start`` and ``end``."""

    first: datetime
    last: datetime
    start: float
    end: float

    @classmethod
    def over(cls, times: Sequence[datetime], clinic: datetime, start: float, end: float) -> TimeScale:
        """From the first to the last of ``times``, never less than five minutes; ``clinic`` gives the offset."""
        first = min(times).astimezone(clinic.tzinfo)
        return cls(first, max(max(times).astimezone(clinic.tzinfo), first + timedelta(minutes=5)), start, end)

    def at(self, time: datetime) -> float:
        seconds = (time - self.first).total_seconds()
        return Scale(0, (self.last - self.first).total_seconds(), self.start, self.end).at(seconds)

    def ticks(self, most: int = 9) -> list[datetime]:
        """Round clock times, at most ``most`` of them."""
        minutes = (self.last - self.first).total_seconds() / 60
        step = next((m for m in MINUTES if minutes / m <= most - 1), None) or _days(minutes, most)
        midnight = self.first.replace(hour=0, minute=0, second=0, microsecond=0)
        skipped = math.ceil((self.first - midnight) / timedelta(minutes=step))
        first = midnight + timedelta(minutes=step * skipped)
        count = math.floor((self.last - first) / timedelta(minutes=step)) + 1
        return [first + timedelta(minutes=step * place) for place in range(count)]


def _days(minutes: float, most: int) -> int:
    return math.ceil(minutes / (most - 1) / 1440) * 1440


def round_step(low: float, high: float, most: int) -> float:
    """The smallest of 1, 2, 2.5, 5 × 10ⁿ that divides the range into at most ``most`` parts."""
    rough = (high - low) / most
    power = 10.0 ** math.floor(math.log10(rough))
    return next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= rough * 0.999999)


def ticks(low: float, high: float, step: float) -> list[float]:
    """Multiples of ``step`` from ``low`` to ``high``."""
    first = math.ceil(round(low / step, 6))
    last = math.floor(round(high / step, 6))
    return [round(place * step, 10) for place in range(first, last + 1)]


def around(values: Sequence[float], least: float, most: float, step: float, parts: int) -> tuple[float, float, float]:
    """A range of whole steps that holds all values, and ``least``..``most`` whatever they are; and its step.

    The step is doubled until the range has no more than ``parts`` of them.
    """
    low, high = min(*values, least), max(*values, most)
    while math.ceil(high / step) - math.floor(low / step) > parts:
        step *= 2
    return math.floor(low / step) * step, math.ceil(high / step) * step, step
