"""Heartbeats of this process, and the end of others: what a dead one was at is queued again, in its old place."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from dbos import DBOS
from dbos._utils import INTERNAL_QUEUE_NAME

from service.errors import ServiceError
from service.store import Store
from service.store.outbox import WORKFLOW
from service.store.workers import STALE_SECONDS
from service.sync.alive import is_gone
from service.sync.job import now

log = structlog.get_logger()
BEAT_SECONDS = 2.0
LOOK_EVERY = 5  # beats between two looks for work that nobody is at
COUNT_EVERY = 15  # beats between two counts of the queue, without which PostgreSQL's plans stand still
BREAK, STEADY = timedelta(seconds=STALE_SECONDS / 2), timedelta(seconds=STALE_SECONDS)


@dataclass(slots=True)
class Pulse:
    """Whether this process has been heard of for so long that the silence of others says something of them.

    After a break (the database was away, the machine slept, the clock was set) they may be as late as this one.
    """

    _since: datetime | None = None
    _last: datetime | None = None

    def beat(self, at: datetime) -> bool:
        if self._since is None or self._last is None or not timedelta() <= at - self._last <= BREAK:
            self._since = at
        self._last = at
        return at - self._since >= STEADY


class Reaper:
    """A thread. ``outlived`` is called when others took this process for dead and gave its work away."""

    def __init__(self, store: Store, token: str, outlived: Callable[[], None]) -> None:
        self._store, self._token, self._outlived = store, token, outlived
        self._stopping, self._pulse = threading.Event(), Pulse()
        self._engine: DBOS | None = None
        self._lying = set[str]()
        self._thread = threading.Thread(target=self._run, name="reaper", daemon=True)

    @property
    def is_started(self) -> bool:
        return self._thread.ident is not None

    def start(self, engine: DBOS) -> None:
        self._engine = engine
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        beats = 0
        while not self._stopping.is_set():
            try:
                if not self._store.workers.beat(self._token, now()):
                    self._outlived()
                    return
                self._reap(beats, self._pulse.beat(now()))
            except ServiceError as error:
                log.warning("store", code=error.issues[0].code)
            except Exception as error:  # the engine's own troubles with the database: it beats on
                log.warning("reaper", fault=type(error).__name__)
            beats += 1
            self._stopping.wait(BEAT_SECONDS)

    def _reap(self, beats: int, is_steady: bool) -> None:
        dead = set(self._store.workers.bury(is_gone, now(), is_steady))
        if beats % LOOK_EVERY == 0:
            dead |= self._ownerless()
        if dead:
            log.warning("taken over", workers=sorted(dead))
            # The engine's own way of doing it: what somebody living has taken up meanwhile is left to them, and the
            # queue, the partition and the priority stay what they were.
            DBOS._recover_pending_workflows(sorted(dead))
        if beats % COUNT_EVERY == 0:
            self._store.count_queue()

    def _ownerless(self) -> set[str]:
        """Names that work is pending under, and that no process bears."""
        pending = DBOS.list_workflows(status="PENDING", name=WORKFLOW, load_input=False, load_output=False)
        living = {worker.token: worker.executor for worker in self._store.workers.living()}
        own = living.get(self._token)
        self._take_up({one.workflow_id for one in pending if one.executor_id == own}, str(own))
        return {one.executor_id for one in pending if one.executor_id} - set(living.values())

    def _take_up(self, mine: set[str], name: str) -> None:
        """What is written down as this process's work, and is not here at two looks, goes back into the queue.

        The database went away after it had given it out and before it said so; or another bore this name before.
        """
        if self._engine is None:
            return
        lying = mine - set(self._engine._active_workflows_set.activeList())
        for one in lying & self._lying:
            log.warning("taken up again", delivery=one)
            self._engine._sys_db.reenqueue_for_recovery(one, [name], INTERNAL_QUEUE_NAME)
        self._lying = lying
