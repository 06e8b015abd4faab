"""When the silence of other processes says that they are dead."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from service.store.workers import STALE_SECONDS
from service.sync.reaper import BEAT_SECONDS, Pulse

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
BEAT, STALE = timedelta(seconds=BEAT_SECONDS), timedelta(seconds=STALE_SECONDS)


def beaten(pulse: Pulse, since: datetime, until: datetime) -> list[bool]:
    return [pulse.beat(since + n * BEAT) for n in range(int((until - since) / BEAT) + 1)]


def test_it_says_something_after_as_long_a_time_as_they_may_be_silent() -> None:
    pulse = Pulse()
    assert not any(beaten(pulse, NOW, NOW + STALE - BEAT))
    assert pulse.beat(NOW + STALE)


@pytest.mark.parametrize("gap", [STALE, timedelta(days=1), -timedelta(seconds=1), -timedelta(days=1)])
def test_after_a_break_of_its_own_it_says_nothing_for_as_long_again(gap: timedelta) -> None:
    """The database was away for all of them, or the clock was set: the first that is back must not bury the others."""
    pulse = Pulse()
    assert beaten(pulse, NOW, NOW + 2 * STALE)[-1]
    back = NOW + 2 * STALE + gap
    assert not any(beaten(pulse, back, back + STALE - BEAT))
    assert pulse.beat(back + STALE)
