"""Local time: where a clinic stands, and when its clocks change. No time-zone database: the rules used are these.

United States: second Sunday of March to first Sunday of November, at two in the morning. Europe: last Sunday of March
to last Sunday of October, at one o'clock UTC.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from functools import lru_cache
from typing import Literal

SUNDAY = 6


@dataclass(frozen=True, slots=True)
class Zone:
    """``winter`` is the offset from UTC in minutes without summer time."""

    winter: int
    rule: Literal["", "us", "eu"] = ""

    def offset(self, utc: datetime) -> timedelta:
        """``utc`` is without a zone."""
        if self.rule:
            begin, end = changes(self.rule, self.winter, utc.year)
            if begin <= utc < end:
                return timedelta(minutes=self.winter + 60)
        return timedelta(minutes=self.winter)


ZONES = {
    Zone(-360, "us"): 30,
    Zone(-300, "us"): 25,
    Zone(-480, "us"): 20,
    Zone(-420, "us"): 8,
    Zone(-420): 4,
    Zone(-600): 2,
    Zone(-210, "us"): 2,
    Zone(60, "eu"): 4,
    Zone(0, "eu"): 2,
    Zone(345): 1,
    Zone(0): 2,
}


@lru_cache(maxsize=512)
def changes(rule: str, winter: int, year: int) -> tuple[datetime, datetime]:
    """When summer time begins and ends in a year, in UTC."""
    if rule == "eu":
        one = timedelta(hours=1)
        return _sunday(year, 3, 25) + one, _sunday(year, 10, 25) + one
    west = timedelta(minutes=-winter)
    return _sunday(year, 3, 8) + timedelta(hours=2) + west, _sunday(year, 11, 1) + timedelta(hours=1) + west


def _sunday(year: int, month: int, day: int) -> datetime:
    """The first Sunday on or after a day."""
    found = datetime(year, month, day)  # noqa: DTZ001 - the callers add the zone
    return found + timedelta(days=(SUNDAY - found.weekday()) % 7)


@dataclass(frozen=True, slots=True)
class Clock:
    """Seconds of a session become times with their offset: each time has the offset that was valid then."""

    zone: Zone
    start: datetime
    zulu: bool = False

    @classmethod
    def of(cls, zone: Zone, local: datetime) -> Clock:
        """A session that starts at this local time."""
        guess = local - timedelta(minutes=zone.winter)
        return cls(zone, local - zone.offset(guess), zone == Zone(0))

    def at(self, second: int) -> str:
        utc = self.start + timedelta(seconds=second)
        offset = self.zone.offset(utc)
        local = (utc + offset).isoformat()
        return f"{local}Z" if self.zulu else f"{local}{_written(offset)}"

    def day(self, days: int = 0) -> date:
        """The local day of the start, or so many days later."""
        return (self.start + self.zone.offset(self.start)).date() + timedelta(days=days)


@lru_cache(maxsize=64)
def _written(offset: timedelta) -> str:
    return timezone(offset).tzname(None).removeprefix("UTC") or "+00:00"
