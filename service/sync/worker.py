"""The durable engine: wakes deliveries up, keeps those of one patient in order, and survives kill -9.

A workflow carries names only. What a destination has is in the ledger, so an attempt that is repeated changes nothing.
"""

from __future__ import annotations

import logging
import random
import warnings
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog

from service.errors import ServiceError
from service.settings import Settings
from service.store import Delivery, Store
from service.store.outbox import APPLICATION_VERSION, WORKFLOW, queue_name
from service.sync.delivery import Result, deliver
from service.sync.destinations import Destination
from service.sync.ehr import Ehr
from service.sync.outcomes import Outcome, Unavailable
from service.sync.policy import Next, next_state

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from dbos import DBOS

log = structlog.get_logger()
APPLICATION = "infusion-bridge"
# The same after a restart: the engine hands a dead process's work to the one that comes back under its name.
EXECUTOR = "worker-1"
MOST_DETAIL = 500


class SyncWorker:
    """Delivers what is queued for the given destinations until stopped. One per process."""

    def __init__(self, store: Store, destinations: tuple[Destination, ...], settings: Settings) -> None:
        self._store = store
        self._settings = settings
        self._ehrs = {destination.name: Ehr(destination) for destination in destinations}

    def start(self) -> None:
        """Go on with what a dead process left, then with what is queued."""
        logging.getLogger("dbos").setLevel(logging.ERROR)
        DBOS(
            config={
                "name": APPLICATION,
                "system_database_engine": self._store.engine,
                "application_version": APPLICATION_VERSION,
                "executor_id": EXECUTOR,
                "log_level": "ERROR",
                "console_log_level": "ERROR",
                "run_migrations": False,
                "use_listen_notify": False,
                "enable_otlp": False,
            }
        )

        @DBOS.step(name="attempt")
        def step(
            destination: str, number: str, revision: int, round_: int, attempt: int, waited: float
        ) -> tuple[str, float | None]:
            return self._attempt(destination, number, revision, round_, attempt, waited)

        @DBOS.workflow(name=WORKFLOW)
        def run(destination: str, number: str, revision: int, round_: int) -> str:
            attempt, waited = 1, 0.0
            while True:
                state, wait = step(destination, number, revision, round_, attempt, waited)
                if wait is None:
                    return str(state)
                DBOS.sleep(wait)
                attempt, waited = attempt + 1, waited + wait

        DBOS.launch()
        for name in self._ehrs:
            DBOS.register_queue(
                queue_name(name),
                worker_concurrency=self._settings.sync_workers,
                partition_concurrency=1,
                polling_interval_sec=self._settings.sync_poll_seconds,
                on_conflict="always_update",
            )

    def stop(self) -> None:
        """Finish nothing, lose nothing: what is in flight is taken up again at the next start."""
        DBOS.destroy(destroy_registry=True)
        for ehr in self._ehrs.values():
            ehr.close()

    def _attempt(
        self, destination: str, number: str, revision: int, round_: int, attempt: int, waited: float
    ) -> tuple[str, float | None]:
        """One attempt and what follows from it. The engine keeps the return value: a state and seconds, no more."""
        delivery = self._delivery(destination, number, revision)
        if delivery is None or delivery.state == "superseded" or delivery.round != round_:
            return ("superseded", None)
        self._write(delivery, Next("in-flight"), attempt, None)
        result = self._result(destination, number, round_)
        following = _following(result, attempt, waited)
        self._write(delivery, following, attempt, result)
        log.info("delivery", destination=destination, state=following.state, code=following.code, attempt=attempt)
        return (following.state, following.wait)

    def _result(self, destination: str, number: str, round_: int) -> Result:
        ehr = self._ehrs.get(destination)
        if ehr is None:
            return Result(Unavailable(), "the destination is not configured")
        try:
            return deliver(self._store, ehr, number, round_ > 1, _now)
        except ServiceError as error:
            return Result(Unavailable(), error.issues[0].text)

    def _delivery(self, destination: str, number: str, revision: int) -> Delivery | None:
        found = self._store.deliveries(number=number, destination=destination, limit=1000)
        return next((delivery for delivery in found if delivery.revision == revision), None)

    def _write(self, delivery: Delivery, following: Next, attempt: int, result: Result | None) -> None:
        now = _now()
        later = None if following.wait is None else now + timedelta(seconds=following.wait)
        self._store.set_delivery(
            delivery.destination,
            delivery.number,
            delivery.revision,
            state=following.state,
            attempts=attempt,
            now=now,
            code=following.code,
            detail=_detail(result),
            next_attempt_at=later,
        )


def _following(result: Result, attempt: int, waited: float) -> Next:
    if result.held is not None and not isinstance(result.outcome, Unavailable):
        return Next("held", "not-found" if "not known" in result.held else "multiple-matches")
    return next_state(result.outcome, attempt, waited, random.random())  # noqa: S311 (jitter, no secret)


def _detail(result: Result | None) -> str | None:
    """What a person should know: what was left out, or the kind of answer. No text of the EHR's, no values."""
    if result is None:
        return None
    parts = [result.held or "", _kind(result.outcome)]
    if result.left_out:
        parts.append("left out, as the destination does not take them: " + ", ".join(result.left_out))
    return "; ".join(part for part in parts if part)[:MOST_DETAIL] or None


def _kind(outcome: Outcome) -> str:
    status: Any = getattr(outcome, "status", 0)
    return f"answered {status}" if status and status >= 300 else ""


def _now() -> datetime:
    return datetime.now(UTC)
