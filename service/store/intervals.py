"""FHIR dates of any precision as intervals of instants in UTC, written so that text order is time order."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache

SHAPE = re.compile(
    r"(?P<year>\d{4})(-(?P<month>\d\d)(-(?P<day>\d\d)"
    r"(T(?P<hour>\d\d):(?P<minute>\d\d)(:(?P<second>\d\d)(\.(?P<fraction>\d+))?)?(?P<zone>Z|[+-]\d\d:\d\d)?)?)?)?",
    re.ASCII,
)
BEGINNING = "0001-01-01T00:00:00.000000Z"
END = "9999-12-31T23:59:59.999999Z"
TICK = timedelta(microseconds=1)


def written(time: datetime) -> str:
    """``2026-03-02T16:00:00.000000Z``"""
    return time.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


@lru_cache(maxsize=4096)
def interval(text: str) -> tuple[str, str]:
    """First and last microsecond of a date or time: ``2026-03`` is the whole of March. Without an offset: UTC.

    Raises ValueError for anything that is not a FHIR date, dateTime or instant.
    """
    match = SHAPE.fullmatch(text)
    if match is None:
        raise ValueError("not a FHIR date")
    part = match.groupdict()
    try:
        start = _start(part, text)
        first = written(start)
    except (OverflowError, ValueError):  # no such day, or outside of the years there are; their texts repeat the value
        raise ValueError("not a FHIR date") from None
    try:
        return first, written(_after(start, part) - TICK)
    except (OverflowError, ValueError):  # the last day, month or year there is
        return first, END


def _start(part: dict[str, str | None], text: str) -> datetime:
    if part["hour"]:
        # FHIR allows a leap second, Python does not: it is the second before.
        moment = datetime.fromisoformat(text if part["second"] != "60" else f"{text[:17]}59{text[19:]}")
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return datetime(int(part["year"] or 0), int(part["month"] or 1), int(part["day"] or 1), tzinfo=UTC)


def _after(start: datetime, part: dict[str, str | None]) -> datetime:
    """The instant just after the interval."""
    if part["fraction"]:
        return start + timedelta(seconds=10.0 ** -min(len(part["fraction"]), 6))
    if part["hour"]:
        return start + (timedelta(seconds=1) if part["second"] else timedelta(minutes=1))
    if part["day"]:
        return start + timedelta(days=1)
    if part["month"]:
        return start.replace(year=start.year + start.month // 12, month=start.month % 12 + 1)
    return start.replace(year=start.year + 1)
