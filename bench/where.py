"""Where the processor time of a delivery goes: the parts that a worker is given, each with a watch around it."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import process_time, thread_time
from typing import Any

from bench.measure import Steps
from service.store import Store
from service.sync import Destination, Ehrs, SyncWorker

WRITES = {
    *("begin_attempt", "end_attempt", "save_links", "save_statement"),
    *("take_turn", "end_turn", "lease", "release", "settle"),
}
ASKING = ("capabilities", "read", "search", "put", "put_where", "create", "bundle", "match", "find")
OUTER, WHOLE = "an attempt", "everything"


class Watched:
    """Seconds of processor by step; safe to share between threads."""

    def __init__(self) -> None:
        self.spent: Counter[str] = Counter()
        self._lock = threading.Lock()

    @contextmanager
    def whole(self) -> Iterator[None]:
        began = process_time()
        yield
        self.spent[WHOLE] += process_time() - began

    def parts(self, store: Store, ehrs: Ehrs, destination: Destination) -> tuple[Any, Ehrs]:
        ehr: Any = ehrs.get(destination)
        for name in ASKING:
            setattr(ehr, name, self.around("HTTP", getattr(ehr, name)))
        return Door(store, self), ehrs

    def jobs_of(self, worker: SyncWorker) -> None:
        inner: Any = worker
        inner._jobs = Door(inner._jobs, self, {"attempt": OUTER})

    def around(self, step: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def watching(*arguments: Any, **named: Any) -> Any:
            began = thread_time()
            try:
                return function(*arguments, **named)
            finally:
                with self._lock:
                    self.spent[step] += thread_time() - began

        return watching


class Door:
    """Everything that the object behind it has, watched where it can be called."""

    def __init__(self, behind: Any, watched: Watched, steps: dict[str, str] | None = None) -> None:
        self._behind, self._watched, self._steps = behind, watched, steps

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._behind, name)
        if name in ("patients", "workers"):
            return Door(found, self._watched)
        step = self._step(name)
        return found if step is None or not callable(found) else self._watched.around(step, found)

    def _step(self, name: str) -> str | None:
        if self._steps is not None:
            return self._steps.get(name)
        return "store, writing" if name in WRITES else "store, reading"


def steps_of(watched: Watched, deliveries: int) -> Steps:
    """What an attempt does beside the store and HTTP is the plan, the Bundle and the answer; the rest is the engine."""
    inner = {step: seconds for step, seconds in watched.spent.items() if step not in (OUTER, WHOLE)}
    steps = {
        **inner,
        "plan, Bundle, answer": watched.spent[OUTER] - sum(inner.values()),
        "engine": watched.spent[WHOLE] - watched.spent[OUTER],
    }
    samples = {step: [seconds / deliveries * 1000] for step, seconds in steps.items()}
    return Steps("a delivery", "ms of processor", samples)
