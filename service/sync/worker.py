"""The durable engine: wakes deliveries up, keeps those of one patient in order, and survives kill -9.

A workflow carries names only. What a destination has is in the ledger, so an attempt that is repeated changes nothing.

A short wait keeps the queue's slot, so a destination in trouble sees few requests however much waits for it. A long
one gives it up to a successor that is queued for later: one session in trouble does not stop the others for days.
"""

from __future__ import annotations

import logging
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from uuid import uuid4

import structlog

from service.edges import Edge, fail_at
from service.errors import ServiceError
from service.settings import Settings
from service.store import Store
from service.store.outbox import APPLICATION_VERSION, WORKFLOW, queue_name, workflow_id
from service.sync.alive import is_gone, this_process
from service.sync.destinations import Destination
from service.sync.ehrs import Ehrs
from service.sync.job import Job, Jobs, now
from service.sync.lookout import Lookout
from service.sync.pace import PROBE_SECONDS, Circuit
from service.sync.reaper import Reaper
from service.sync.reconciler import Reconciler, period
from service.sync.slots import TAKEN, Slots, Stopped

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # what the engine's own imports deprecate
    from dbos import DBOS, Queue, SetEnqueueOptions, SetWorkflowID

log = structlog.get_logger()
APPLICATION = "infusion-bridge"
LONGEST_WAIT_IN_SLOT = 600.0
STOP_SECONDS = 5.0
LOOKS = 5  # polls of the queue between two looks at whether a waiting delivery is still wanted


class SyncWorker:
    """Delivers what is queued for the given destinations until stopped. One per process."""

    def __init__(
        self, store: Store, destinations: tuple[Destination, ...], settings: Settings, ehrs: Ehrs | None = None
    ) -> None:
        self._store = store
        self._settings = settings
        self._clients = ehrs or Ehrs()
        self._ehrs = {destination.name: self._clients.get(destination) for destination in destinations}
        self._token, self._passing = uuid4().hex, fail_at(settings.fail_point)
        circuits = {name: self._circuit(name) for name in self._ehrs}
        self._jobs = Jobs(store, self._ehrs, self._token, circuits, passing=self._passing)
        self._reaper = Reaper(store, self._token, self._outlived)
        self._reconcilers = [threading.Thread(target=self._reconcile, args=(one,), daemon=True) for one in self._due()]
        self._queues: dict[str, Queue] = {}
        self._lookout = Lookout(self._ehrs)
        self._slots = {name: self._places(name) for name in self._ehrs}
        self._deliver: Callable[..., str] = _not_started
        self._ready, self._stopping = threading.Event(), threading.Event()
        self._running, self._none_running = 0, threading.Condition()

    def start(self) -> None:
        """Go on with what a dead process left, then with what is queued."""
        logging.getLogger("dbos").setLevel(logging.ERROR)
        # The same after a restart: the engine hands a dead process's work to the one that comes back under its name.
        executor = self._store.workers.claim(self._token, this_process(), is_gone, now())
        engine = DBOS(
            config={
                "name": APPLICATION,
                "system_database_engine": self._store.engine,
                "application_version": APPLICATION_VERSION,
                "executor_id": executor,
                "log_level": "ERROR",
                "console_log_level": "ERROR",
                "run_migrations": False,
                "use_listen_notify": False,
                "enable_otlp": False,
            }
        )
        DBOS.listen_queues([])  # the lookout does
        self._register()
        DBOS.launch()
        for name in self._ehrs:
            self._queues[name] = DBOS.register_queue(
                queue_name(name),
                worker_concurrency=TAKEN * self._settings.sync_workers,
                partition_concurrency=1,
                polling_interval_sec=self._settings.sync_poll_seconds,
                on_conflict="always_update",
            )
        self._ready.set()
        self._lookout.start(engine, self._queues)
        self._revive()
        self._reaper.start(engine)
        for thread in self._reconcilers:
            thread.start()

    def stop(self) -> None:
        """Lose nothing: what waits or is not answered within seconds is taken up again at the next start."""
        self._stopping.set()
        self._lookout.stop()
        for slots in self._slots.values():
            slots.close()
        if self._reaper.is_started:
            self._reaper.stop()
        with self._none_running:
            self._none_running.wait_for(lambda: self._running == 0, STOP_SECONDS)
        last = time.monotonic() + STOP_SECONDS
        for thread in self._reconcilers:
            if thread.ident is not None:
                thread.join(max(last - time.monotonic(), 0))
        DBOS.destroy(destroy_registry=True)
        self._clients.close()
        with suppress(ServiceError):
            self._store.workers.leave(self._token)

    def _outlived(self) -> None:
        """Others took this process for dead, and are at its work: it must not go on with it, nor take more.

        Its name may be another's by now, and what is taken under a name is left to whoever bears it.
        """
        log.error("taken for dead: this process delivers no more")
        self._stopping.set()
        self._lookout.stop()

    def _due(self) -> Iterator[Reconciler]:
        for ehr in self._ehrs.values():
            every = period(ehr.destination.reconcile_every_hours, self._settings.reconcile_every_hours)
            if every is not None:
                yield Reconciler(self._store, ehr, self._token, every, self._wait)

    def _reconcile(self, reconciler: Reconciler) -> None:
        """A thread: whatever goes wrong, it looks again."""
        with suppress(Stopped):
            while True:
                self._wait(reconciler.looks_every)
                try:
                    reconciler.look()
                except ServiceError as error:
                    log.warning("store", code=error.issues[0].code)
                except Exception as error:  # an answer nobody thought of must not end what is done every day
                    log.error("reconciling failed", destination=reconciler.name, fault=type(error).__name__)

    def _circuit(self, name: str) -> Circuit:
        def may_probe() -> bool:
            return self._store.workers.lease(f"probe:{name}", self._token, now(), PROBE_SECONDS)

        return Circuit(may_probe, sleep=self._wait)

    def _places(self, name: str) -> Slots:
        return Slots(self._settings.sync_workers, lambda: self._lookout.ring(name))

    def _register(self) -> None:
        @DBOS.step(name="attempt")
        def attempt(job: tuple[str, str, int, int], count: int) -> tuple[str, float | None, float]:
            return self._attempt(Job(*job), count)

        # No limit to how often a delivery may be taken up again: nothing is lost because a service restarts often.
        # ``_waited`` is what an earlier release counted, and what it queued still says.
        @DBOS.workflow(name=WORKFLOW, max_recovery_attempts=None)
        def run(destination: str, number: str, revision: int, round_: int, count: int = 1, _waited: float = 0.0) -> str:
            job = (destination, number, revision, round_)
            while True:
                state, wait, until = attempt(job, count)
                if wait is None:
                    return state
                count += state != "taken"
                if wait > LONGEST_WAIT_IN_SLOT:
                    self._succeed(Job(*job), count, wait)
                    return state
                self._pause(Job(*job), until)

        self._deliver = run

    def _attempt(self, job: Job, count: int) -> tuple[str, float | None, float]:
        """State, seconds to wait, and the time when they are over. The engine keeps these: no more may be in them."""
        self._ready.wait()
        backoff = 1.0
        while True:
            self._while_paused(job)
            with self._slot(job), self._counted():
                try:
                    if self._is_held_back(job):  # since it waits for the slot
                        continue
                    following = self._jobs.attempt(job, count)
                    return (following.state, following.wait, time.time() + (following.wait or 0))
                except ServiceError as error:
                    log.warning("store", session=job.number, code=error.issues[0].code)
            self._wait(backoff)
            backoff = min(backoff * 2, 60.0)

    def _while_paused(self, job: Job) -> None:
        """A person has paused the destination: what is wanted waits as it is, and no time is counted."""
        while True:
            with suppress(ServiceError):
                if not self._is_held_back(job):
                    return
            self._wait(LOOKS * self._settings.sync_poll_seconds)

    def _is_held_back(self, job: Job) -> bool:
        """Its destination is paused, and it is still wanted."""
        return self._store.known(job.destination).paused_at is not None and self._jobs.is_wanted(job)

    def _slot(self, job: Job) -> AbstractContextManager[None]:
        """Of a destination that the file no longer names nothing is asked."""
        found = self._slots.get(job.destination)
        return nullcontext() if found is None else found.one()

    @contextmanager
    def _counted(self) -> Iterator[None]:
        """Counted, so that ``stop`` can let it end."""
        with self._none_running:
            if self._stopping.is_set():
                raise Stopped
            self._running += 1
        try:
            yield
        finally:
            with self._none_running:
                self._running -= 1
                self._none_running.notify_all()

    def _pause(self, job: Job, until: float) -> None:
        """Wait in the slot, but not for a delivery that something newer has taken the place of."""
        while (left := until - time.time()) > 0:
            self._wait(min(left, LOOKS * self._settings.sync_poll_seconds))
            with suppress(ServiceError):
                if not self._jobs.is_wanted(job):
                    return

    def _wait(self, seconds: float) -> None:
        if self._stopping.wait(seconds):
            raise Stopped

    def _succeed(self, job: Job, count: int, wait: float) -> None:
        """Queue the next attempt for later, in the same partition, and leave."""
        status = DBOS.get_workflow_status(str(DBOS.workflow_id))
        key, priority = (job.number, None) if status is None else (status.queue_partition_key, status.priority)
        id_ = f"{workflow_id(job.destination, job.number, job.revision, job.round)}:{count}"
        options = SetEnqueueOptions(queue_partition_key=key, priority=priority or None, delay_seconds=wait)
        with SetWorkflowID(id_), options:
            self._queues[job.destination].enqueue(
                self._deliver, job.destination, job.number, job.revision, job.round, count
            )
        self._passing(Edge.SUCCEEDED)

    def _revive(self) -> None:
        """A delivery whose workflow ended in an error of the engine's own (a full disk) gets a new round."""
        for status in DBOS.list_workflows(status="ERROR", name=WORKFLOW, load_input=True):
            job = Job(*status.input["args"][:4]) if status.input else None
            if job is not None and job.destination in self._ehrs and self._jobs.is_live(job):
                log.warning("queued again", destination=job.destination, session=job.number)
                self._store.redeliver(job.destination, job.number, now())


def _not_started(*_: object) -> str:
    raise RuntimeError("not started")
