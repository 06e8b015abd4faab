"""Eight workers at once at the sessions of one patient, each with a client and a store of its own, as in processes of their own."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import closing

from service.store import open_store
from service.sync import Destination
from service.sync.delivery import deliver
from service.sync.ehr import Ehr
from service.sync.job import now
from service.sync.outcomes import Outcome, Unavailable

WORKERS = 8


def delivered_by_a_crowd(database_url: str, destination: Destination, numbers: Iterable[str]) -> list[Outcome]:
    """How each ended; what may not be sent yet is tried again."""
    left, lock = iter(list(numbers)), threading.Lock()
    outcomes: list[Outcome] = []

    def work() -> None:
        with closing(open_store(database_url)) as store, closing(Ehr(destination)) as ehr:
            for number in _taken(left, lock):
                while isinstance((result := deliver(store, ehr, number, False, now)).outcome, Unavailable):
                    threading.Event().wait(0.05)
                outcomes.append(result.outcome)

    threads = [threading.Thread(target=work) for _ in range(WORKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def _taken(left: Iterator[str], lock: threading.Lock) -> Iterator[str]:
    while True:
        with lock:
            number = next(left, None)
        if number is None:
            return
        yield number
