"""One delivery as the queue names it, and what one attempt at it writes into the store."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import structlog

from service.edges import Edge, Passing, passes
from service.errors import ServiceError
from service.store import Delivery, Store
from service.store.attempts import TAKEN, UNWANTED
from service.store.rows import LIVE, OVER
from service.sync.attempt import Result
from service.sync.delivery import Turn, deliver
from service.sync.ehr import Ehr
from service.sync.linking import BUSY
from service.sync.outcomes import Edited, Outcome, Unavailable, Unknown
from service.sync.pace import Circuit
from service.sync.policy import Next, next_state

log = structlog.get_logger()
# Another process is at it: looked at again after this long.
TAKEN_SECONDS = 2.0
MOST_DETAIL = 500


def now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Job:
    """A revision of a session on its way to a destination; a new ``round`` is a person's or a remap's wish."""

    destination: str
    number: str
    revision: int
    round: int


@dataclass(frozen=True, slots=True)
class Jobs:
    """Runs attempts. Raises ServiceError when the store cannot be used: what the EHR said is then asked for again.

    ``owner`` names this process to the others that deliver from the same store; None is alone.
    """

    store: Store
    ehrs: Mapping[str, Ehr]
    owner: str | None = None
    circuits: Mapping[str, Circuit] = field(default_factory=dict)
    clock: Callable[[], datetime] = now
    passing: Passing = passes
    dice: Callable[[], float] = random.random

    def attempt(self, job: Job, attempt: int) -> Next:
        """``attempt`` counts from 1."""
        circuit = self.circuits.get(job.destination)
        if circuit is not None and circuit.is_open and not self.is_wanted(job):  # it would be waited for in vain
            return Next("superseded")
        may_ask = circuit is None or circuit.admit()
        key = self.store.begin_attempt(
            job.destination, job.number, job.revision, job.round, attempt, self.owner, self.clock()
        )
        if key == UNWANTED:
            return Next("superseded")
        if key == TAKEN:
            return Next("taken", None, TAKEN_SECONDS)
        self.passing(Edge.BEGUN)
        delivery = self._delivery(job)
        result = self._result(job, delivery) if may_ask else Result(Unavailable(), "in trouble: probed in vain")
        is_busy = result.outcome is BUSY.outcome  # says nothing of the destination, and counts for nothing
        if circuit is not None and may_ask and not is_busy:
            circuit.tell(result.outcome)
        following = self._ended(job, key, attempt, delivery, result)
        self.passing(Edge.ENDED)
        return replace(following, state="taken") if is_busy and following.wait is not None else following

    def _ended(self, job: Job, key: int, attempt: int, delivery: Delivery | None, result: Result) -> Next:
        at = self.clock()
        since = at if delivery is None or delivery.since is None else delivery.since
        following = next_state(result.outcome, attempt, (at - since).total_seconds(), self.dice())
        wanted = self.store.end_attempt(
            key,
            state=following.state,
            code=following.code,
            detail=detail_of(result),
            next_attempt_at=None if following.wait is None else at + timedelta(seconds=following.wait),
            sent=result.sent,
            now=at,
        )
        if not wanted:
            return Next("superseded")
        log.info(
            "delivery",
            destination=job.destination,
            session=job.number,
            revision=job.revision,
            state=following.state,
            code=following.code,
            attempt=attempt,
            resources=result.sent,
        )
        return following

    def is_wanted(self, job: Job) -> bool:
        """False when a newer revision or a new round took its place."""
        delivery = self._delivery(job)
        return delivery is not None and delivery.state not in OVER and delivery.round == job.round

    def is_live(self, job: Job) -> bool:
        """Wanted, and not at its end."""
        delivery = self._delivery(job)
        return delivery is not None and delivery.state in LIVE and delivery.round == job.round

    def _result(self, job: Job, delivery: Delivery | None) -> Result:
        ehr = self.ehrs.get(job.destination)
        if ehr is None:
            return Result(Unavailable(), "the destination is not configured")
        try:
            again = delivery is not None and delivery.again
            parts = (self.store, ehr, job.number, again, self.clock, self._turn(ehr), self.passing, self.owner)
            return deliver(*parts)
        except ServiceError as error:
            return Result(Unavailable(), error.issues[0].text)
        except Exception as error:  # an answer nobody thought of: the delivery must not be lost for it
            log.error("delivery failed", destination=job.destination, session=job.number, fault=type(error).__name__)
            return Result(Unknown(type(error).__name__), "internal error")

    def _delivery(self, job: Job) -> Delivery | None:
        found = self.store.deliveries(number=job.number, destination=job.destination, limit=1000)
        return next((delivery for delivery in found if delivery.revision == job.revision), None)

    def _turn(self, ehr: Ehr) -> Turn | None:
        return None if self.owner is None else lambda: turn(self.store, ehr, str(self.owner), self.clock)


@contextmanager
def turn(store: Store, ehr: Ehr, owner: str, clock: Callable[[], datetime]) -> Iterator[None]:
    """One delivery at a time, over all processes that deliver there."""
    name = f"turn:{ehr.destination.name}"
    with ehr.turn:
        while not store.workers.lease(name, owner, clock()):
            time.sleep(0.05)
        try:
            yield
        finally:
            with suppress(ServiceError):  # then it ends with this process, or when it is asked for again
                store.workers.release(name, owner)


def detail_of(result: Result) -> str | None:
    """For people: why it waits, what was answered, what was left out. No text of the EHR's, no values."""
    parts = [result.note, _answered(result.outcome)]
    if result.types_left_out:
        parts.append("left out, as the destination does not take them: " + ", ".join(result.types_left_out))
    return "; ".join(part for part in parts if part)[:MOST_DETAIL] or None


def _answered(outcome: Outcome) -> str:
    if isinstance(outcome, Unknown):
        return f"sent, and nobody knows yet whether it was taken: {outcome.reason}"
    if isinstance(outcome, Edited):
        return ""
    if isinstance(outcome, Unavailable) and outcome.status == 0:
        return "no connection"
    return f"answered {outcome.status}" if outcome.status >= 300 else ""
