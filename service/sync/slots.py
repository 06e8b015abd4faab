"""How many deliveries are at one destination at once. Others are out of the queue already, and wait here."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

# For each that may be there at once so many are taken out of the queue: a look at it costs as much for one as for all.
TAKEN = 3


class Stopped(BaseException):
    """Leaves a workflow where it is: the engine records nothing and takes it up again at the next start."""


class Slots:
    """``all_taken_up`` is called whenever a delivery has come or gone and none waits: time to look for more."""

    def __init__(self, count: int, all_taken_up: Callable[[], None]) -> None:
        self._free, self._waiting, self._closed = count, 0, False
        self._changed = threading.Condition()
        self._all_taken_up = all_taken_up

    @contextmanager
    def one(self) -> Iterator[None]:
        """Wait for a slot and have it. Raises Stopped."""
        self._come()
        self._look()
        try:
            yield
        finally:
            self._go()
            self._look()

    def close(self) -> None:
        """Whoever waits or comes gets none."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _come(self) -> None:
        with self._changed:
            self._waiting += 1
            self._changed.wait_for(lambda: self._free > 0 or self._closed)
            self._waiting -= 1
            if self._closed:
                raise Stopped
            self._free -= 1

    def _go(self) -> None:
        with self._changed:
            self._free += 1
            self._changed.notify()

    def _look(self) -> None:
        if not self._waiting:
            self._all_taken_up()
