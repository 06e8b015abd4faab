"""Reconciling by itself: once in each period for each destination, by one of the processes that deliver there.

Who does it is a row in the store. It takes a share of one connection's time, so that deliveries go on beside it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from service.errors import ServiceError
from service.store import Store
from service.store.statements import Found
from service.sync.ehr import Ehr
from service.sync.job import now
from service.sync.outcomes import Outcome, Unavailable, Unknown
from service.sync.pace import PROBE_SECONDS
from service.sync.reconcile import found_in, statement

log = structlog.get_logger()
# It rests three times as long as it asks, but never longer than this at a time.
RESTS, LONGEST_REST = 3.0, 5.0
# What was not answered is asked again so often, as seldom as a probe, before the whole is given up until later.
PATIENCE, LONGEST_PATIENCE = 3, 60.0
PAUSED_SECONDS = 5.0  # between two looks at whether a person has let a paused destination go on
LOOK_SECONDS = 30.0  # between two looks at whether a run is due


@dataclass(slots=True)
class Reconciler:
    """One destination's, in one process. ``wait`` may raise, to end a run that is under way: it is not kept then."""

    store: Store
    ehr: Ehr
    owner: str
    every: timedelta
    wait: Callable[[float], object] = time.sleep
    clock: Callable[[], datetime] = now
    ticks: Callable[[], float] = time.monotonic
    _asked_at: float = field(default=0.0, init=False)
    _tries: int = field(default=0, init=False)

    @property
    def name(self) -> str:
        return self.ehr.destination.name

    @property
    def looks_every(self) -> float:
        """Seconds."""
        return min(LOOK_SECONDS, self.every.total_seconds() / 10)

    def look(self) -> bool:
        """Reconcile if it is due and nobody else is at it. True when it was done here, whatever came of it."""
        if self._is_paused():
            return False
        key = self.store.statements.claim(self.name, self.owner, self.every, self.clock())
        if key is None:
            return False
        found = Found("abandoned", "it was not finished")
        try:
            self._asked_at, self._tries = self.ticks(), 0
            found = found_in(statement(self.store, self.ehr, self._rest))
        finally:
            with suppress(ServiceError):  # then it is taken over, as from one that died
                if self.store.statements.end(key, self.owner, found, self.clock()):
                    self._tell(found)
        return True

    def _rest(self, outcome: Outcome | None) -> bool:
        """Leave the connection to others for a while. What passes by itself is asked for again a few times."""
        self._tries = 0 if outcome is None else self._tries + 1
        if outcome is not None and (self._tries > PATIENCE or not isinstance(outcome, Unavailable | Unknown)):
            return False
        self.wait(self._pause_after(outcome))
        while self._is_paused():
            self.wait(PAUSED_SECONDS)
        self._asked_at = self.ticks()
        return True

    def _pause_after(self, outcome: Outcome | None) -> float:
        if outcome is None:
            return min(RESTS * (self.ticks() - self._asked_at), LONGEST_REST)
        told: float | None = getattr(outcome, "retry_after", None)
        return min(max(told or 0.0, PROBE_SECONDS), LONGEST_PATIENCE)

    def _is_paused(self) -> bool:
        return self.store.known(self.name).paused_at is not None

    def _tell(self, found: Found) -> None:
        """Counts alone: the numbers of sessions are where a person looks them up."""
        bad = found.outcome != "complete" or found.counts.keys() & {"missing", "duplicated"}
        said = log.warning if bad else log.info
        said("reconciled", destination=self.name, outcome=found.outcome, counts=dict(found.counts))


def period(own: float | None, general: float) -> timedelta | None:
    """What a destination says itself stands; None is never."""
    hours = general if own is None else own
    return timedelta(hours=hours) if hours else None
