"""When the queues are looked at: now and then, and soon after there is room for more.

The engine's own way of looking, in threads of ours: theirs look now and then only, so that much of what could leave
waits although nobody is at anything.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Iterable, Mapping

from dbos import DBOS, Queue
from dbos._queue import queue_worker_thread

# So long after the bell, and twice as long for each look that follows, until it is now and then again: what is next of
# the same patient can be taken when the engine has written down that the one before has ended, a moment later.
SOON = 0.01
STOP_SECONDS = 10.0


class Bell(threading.Event):
    """Once ``set``, whoever waits for it stops; ``ring`` shortens the wait and nothing else."""

    def __init__(self) -> None:
        super().__init__()
        self._changed = threading.Condition()
        self._gap, self._due = SOON, math.inf

    def ring(self) -> None:
        with self._changed:
            self._gap, self._due = SOON, min(self._due, time.monotonic() + SOON)
            self._changed.notify_all()

    def set(self) -> None:
        super().set()
        with self._changed:
            self._changed.notify_all()

    def wait(self, timeout: float | None = None) -> bool:
        """True when it is set, else False: after ``timeout``, or earlier where it was rung."""
        longest = math.inf if timeout is None else timeout
        end = time.monotonic() + longest
        with self._changed:
            while not self.is_set() and (left := min(end, self._due) - time.monotonic()) > 0:
                self._changed.wait(None if left == math.inf else left)
            if self._due <= time.monotonic():
                self._gap *= 2
                self._due = time.monotonic() + self._gap if self._gap < longest else math.inf
        return self.is_set()


class Lookout:
    """One thread per queue, named as its destination is."""

    def __init__(self, names: Iterable[str]) -> None:
        self._bells = {name: Bell() for name in names}
        self._threads: list[threading.Thread] = []

    def start(self, engine: DBOS, queues: Mapping[str, Queue]) -> None:
        for name, queue in queues.items():
            parts = (self._bells[name], engine, queue)
            self._threads.append(
                threading.Thread(target=queue_worker_thread, name=f"lookout-{name}", args=parts, daemon=True)
            )
            self._threads[-1].start()
            self.ring(name)

    def ring(self, name: str) -> None:
        """There is room for more."""
        self._bells[name].ring()

    def stop(self) -> None:
        """Nothing more is taken from the queues."""
        for bell in self._bells.values():
            bell.set()
        for thread in self._threads:
            thread.join(STOP_SECONDS)
