"""The instants of a wild session, few enough that many things happen at once, and the ways to write them down."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta, timezone

from service.generator.dice import Dice

YEARS = {2026: 80, 2024: 8, 1970: 4, 1901: 3, 2200: 3, 2998: 2}
OFFSETS = (0, -360, -300, 60, 345, -210, 765, -720, 840, 1, -1, -839)
STEPS = tuple(
    timedelta(seconds=seconds, microseconds=micros)
    for seconds, micros in (
        (60, 0),
        (0, 1),
        (0, 500_000),
        (1, 0),
        (1500, 0),
        (7200, 123_456),
        (86_400, 0),
        (59, 999_000),
    )
)
AROUND = (
    timedelta(),
    timedelta(days=-1),
    timedelta(hours=-1, microseconds=1),
    timedelta(days=3),
    timedelta(minutes=20),
)
SPECS: Mapping[str, int] = {"auto": 70, "seconds": 10, "milliseconds": 10, "microseconds": 10}


class Moments:
    """``instants`` begin with the start of the session and rise."""

    def __init__(self, dice: Dice) -> None:
        self._dice = dice
        day = datetime(dice.weighed(YEARS), dice.whole(1, 12), dice.whole(1, 28), tzinfo=UTC)
        self._start = day + timedelta(minutes=dice.below(24 * 60))
        self._zone = timezone(timedelta(minutes=dice.pick(OFFSETS)))
        self.instants = [timedelta()]
        for _ in range(dice.below(7)):
            self.instants.append(self.instants[-1] + dice.pick(STEPS))

    @property
    def day(self) -> date:
        """The local day of the start."""
        return self._start.astimezone(self._zone).date()

    @property
    def start(self) -> str:
        return self._start.astimezone(self._zone).isoformat()

    def write(self, at: timedelta) -> str:
        """An instant; mostly in the session's own zone."""
        dice = self._dice
        zone = self._zone if not dice.chance(0.2) else timezone(timedelta(minutes=dice.pick(OFFSETS)))
        time = (self._start + at).astimezone(zone)
        found = time.isoformat(timespec=_spec(dice, time))
        return found.removesuffix("+00:00") + "Z" if found.endswith("+00:00") and dice.chance(0.5) else found

    def any(self) -> str:
        """One of the instants, or one outside the session."""
        return self.write(self.near())

    def near(self) -> timedelta:
        return self._dice.pick(self.instants) + (self._dice.pick(AROUND) if self._dice.chance(0.3) else timedelta())


def _spec(dice: Dice, time: datetime) -> str:
    """Digits of the second that lose nothing of the time."""
    if time.microsecond % 1000:
        return "auto"
    if time.microsecond:
        return "milliseconds"
    if not time.second and dice.chance(0.1):
        return "minutes"
    return dice.weighed(SPECS)
