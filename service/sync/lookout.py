"""When the queues are looked at: now and then, and soon after something has ended, for its slot is free then.

The engine's own way of looking, in threads of ours: theirs only ever looks now and then, so that the next delivery
waits for it although nobody is at anything.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Mapping

from dbos import DBOS, Queue
from dbos._queue import queue_worker_thread

# How long after something has ended; twice as long for each look that follows, until it is now and then again. At the
# first the engine may still be writing down that it has ended.
SOON = 0.02


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
    """One thread per queue, until stopped."""

    def __init__(self, engine: DBOS, queues: Mapping[str, Queue]) -> None:
        self._bells = {name: Bell() for name in queues}
        self._threads = [
            threading.Thread(target=queue_worker_thread, args=(self._bells[name], engine, queue), daemon=True)
            for name, queue in queues.items()
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def ring(self, name: str) -> None:
        """Something of this queue has ended, or is about to."""
        self._bells[name].ring()

    def stop(self) -> None:
        """Nothing more is taken from the queues."""
        for bell in self._bells.values():
            bell.set()
        for thread in self._threads:
            thread.join()
