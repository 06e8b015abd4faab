"""Which of two points in time comes first, as FHIRPath compares them: to the precision that both have."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import zip_longest


def is_in_order(first: str, second: str) -> bool | None:
    """None where the order is not clear: one says less than the other, and they agree as far as it goes."""
    if "T" in first and "T" in second:
        return _moment(first) <= _moment(second)
    for one, other in zip_longest(_parts(first), _parts(second)):
        if one is None or other is None:
            return None
        if one != other:
            return bool(one < other)
    return True


def _parts(text: str) -> list[str]:
    day, _, time = text.partition("T")
    return [*day.split("-"), *([time] if time else [])]


def _moment(text: str) -> tuple[datetime, str]:
    """In UTC, and the digits of a second apart: a datetime holds only six. A leap second is the next minute's first."""
    clock, fraction, zone = text[:19], "", text[19:]
    if zone.startswith("."):
        digits = zone[1:].rstrip("Z").partition("+")[0].partition("-")[0]
        fraction, zone = digits.rstrip("0"), zone[1 + len(digits) :]
    leap = clock.endswith(":60")
    moment = datetime.fromisoformat((clock[:-2] + "59" if leap else clock) + zone.replace("Z", "+00:00"))
    return moment.astimezone(UTC) + timedelta(seconds=leap), fraction
