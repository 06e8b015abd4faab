"""One delivery as the queue names it, and what one attempt at it writes into the store."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog

from service.errors import ServiceError
from service.store import Delivery, Store
from service.sync.attempt import Result
from service.sync.delivery import deliver
from service.sync.ehr import Ehr
from service.sync.outcomes import Outcome, Unavailable, Unknown
from service.sync.policy import Next, next_state

log = structlog.get_logger()
LIVE = ("pending", "in-flight", "retrying")
MOST_DETAIL = 500


@dataclass(frozen=True, slots=True)
class Job:
    """A revision of a session on its way to a destination; a new ``round`` is a person's or a remap's wish."""

    destination: str
    number: str
    revision: int
    round: int


@dataclass(frozen=True, slots=True)
class Jobs:
    """Runs attempts. Raises ServiceError when the store cannot be used: what the EHR said is then asked for again."""

    store: Store
    ehrs: Mapping[str, Ehr]

    def attempt(self, job: Job, attempt: int, waited: float) -> Next:
        """``attempt`` counts from 1; ``waited`` is the seconds the delivery has been trying."""
        if not self.is_wanted(job):
            return Next("superseded")
        self._write(job, Next("in-flight"), attempt, None)
        result = self._result(job)
        following = next_state(result.outcome, attempt, waited, random.random())  # noqa: S311 (jitter, no secret)
        if not self.is_wanted(job):
            return Next("superseded")
        self._write(job, following, attempt, result)
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
        return delivery is not None and delivery.state != "superseded" and delivery.round == job.round

    def is_live(self, job: Job) -> bool:
        """Wanted, and not at its end."""
        delivery = self._delivery(job)
        return delivery is not None and delivery.state in LIVE and delivery.round == job.round

    def _result(self, job: Job) -> Result:
        ehr = self.ehrs.get(job.destination)
        if ehr is None:
            return Result(Unavailable(), "the destination is not configured")
        try:
            return deliver(self.store, ehr, job.number, job.round > 1, now)
        except ServiceError as error:
            return Result(Unavailable(), error.issues[0].text)
        except Exception as error:  # an answer nobody thought of: the delivery must not be lost for it
            log.error("delivery failed", destination=job.destination, session=job.number, fault=type(error).__name__)
            return Result(Unknown(type(error).__name__), "internal error")

    def _delivery(self, job: Job) -> Delivery | None:
        found = self.store.deliveries(number=job.number, destination=job.destination, limit=1000)
        return next((delivery for delivery in found if delivery.revision == job.revision), None)

    def _write(self, job: Job, following: Next, attempt: int, result: Result | None) -> None:
        at = now()
        self.store.set_delivery(
            job.destination,
            job.number,
            job.revision,
            state=following.state,
            attempts=attempt,
            now=at,
            code=following.code,
            detail=None if result is None else detail_of(result),
            next_attempt_at=None if following.wait is None else at + timedelta(seconds=following.wait),
        )


def detail_of(result: Result) -> str | None:
    """For people: why it waits, what was answered, what was left out. No text of the EHR's, no values."""
    parts = [result.note, _answered(result.outcome)]
    if result.types_left_out:
        parts.append("left out, as the destination does not take them: " + ", ".join(result.types_left_out))
    return "; ".join(part for part in parts if part)[:MOST_DETAIL] or None


def _answered(outcome: Outcome) -> str:
    if isinstance(outcome, Unknown):
        return f"sent, and the answer was lost: {outcome.reason}"
    if isinstance(outcome, Unavailable) and outcome.status == 0:
        return "no connection"
    return f"answered {outcome.status}" if outcome.status >= 300 else ""


def now() -> datetime:
    return datetime.now(UTC)
