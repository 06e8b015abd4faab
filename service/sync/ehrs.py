"""One client per destination and process: its token, its pace and what it declares are shared by all who ask there."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, closing, nullcontext

from service.sync.destinations import Destination
from service.sync.ehr import Ehr

# For a while
Lend = Callable[[Destination], AbstractContextManager[Ehr]]


def once(destination: Destination) -> AbstractContextManager[Ehr]:
    """A client of one's own, closed when it was used."""
    return closing(Ehr(destination))


class Ehrs:
    """Made when first asked for. Safe to share between threads. Close it when done."""

    def __init__(self) -> None:
        self._made: dict[str, Ehr] = {}
        self._lock = threading.Lock()

    def get(self, destination: Destination) -> Ehr:
        with self._lock:
            if destination.name not in self._made:
                self._made[destination.name] = Ehr(destination)
            return self._made[destination.name]

    def lend(self, destination: Destination) -> AbstractContextManager[Ehr]:
        """It stays open afterwards."""
        return nullcontext(self.get(destination))

    def close(self) -> None:
        with self._lock:
            for ehr in self._made.values():
                ehr.close()
            self._made = {}
