"""How fast a destination is asked, and how seldom while it is in trouble. Clock and sleep are passed in."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from service.sync.outcomes import Outcome, Unavailable, Unknown

# So many attempts in a row that came to nothing are trouble; then one probe in so many seconds.
TROUBLE = 3
PROBE_SECONDS = 5.0


class Pace:
    """At most so many requests per second, spread evenly; None is no limit."""

    def __init__(
        self,
        per_second: float | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self._gap = 0.0 if per_second is None else 1 / per_second
        self._clock, self.sleep = clock, sleep
        self._lock, self._next = threading.Lock(), 0.0

    def wait(self) -> None:
        """Until this request may leave."""
        if not self._gap:
            return
        with self._lock:
            now = self._clock()
            turn = max(self._next, now)
            self._next = turn + self._gap
        if turn > now:
            self.sleep(turn - now)


class Circuit:
    """Whether a destination may be asked now. Open after trouble: then one attempt at a time is its probe.

    An attempt that waits for the next probe shares what came of it: a failure counts for all that waited for it.
    """

    def __init__(
        self,
        may_probe: Callable[[], bool] = lambda: True,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self._may_probe, self._clock, self._sleep = may_probe, clock, sleep
        self._lock = threading.Lock()
        self._failures, self._probe_at, self._failed_at = 0, 0.0, 0.0

    @property
    def is_open(self) -> bool:
        return self._failures >= TROUBLE

    def admit(self) -> bool:
        """True: go on. False: it was probed in vain meanwhile."""
        came = self._clock()
        while True:
            wait = self._turn(came)
            if isinstance(wait, bool):
                return wait
            self._sleep(wait)

    def _turn(self, came: float) -> bool | float:
        with self._lock:
            now = self._clock()
            if not self.is_open:
                return True
            if self._failed_at > came:
                return False
            if now >= self._probe_at + PROBE_SECONDS and self._may_probe():
                self._probe_at = now
                return True
            return min(max(self._probe_at + PROBE_SECONDS - now, 0.05), 1.0)

    def tell(self, outcome: Outcome) -> None:
        """What came of an attempt."""
        with self._lock:
            if isinstance(outcome, Unavailable | Unknown):
                self._failures += 1
                self._failed_at = self._clock()
                self._probe_at = max(self._probe_at, self._failed_at) if self._failures == TROUBLE else self._probe_at
            else:
                self._failures = 0
