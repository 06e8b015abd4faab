"""A memory that is bounded."""

from __future__ import annotations

import threading
from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Recent(dict[K, V]):
    """The last that were remembered, the oldest forgotten first. Threads may read it while another remembers.

    What is remembered is held: the identity of an element here cannot become that of another.
    """

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most
        self._lock = threading.Lock()

    def remember(self, key: K, value: V) -> V:
        """The value."""
        with self._lock:
            self[key] = value
            if len(self) > self._most:
                del self[next(iter(self))]
        return value
