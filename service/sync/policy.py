"""What follows from an answer: one pure function over outcome and attempt. No clock, no randomness, no network.

https://hl7.org/fhir/R4/http.html says what the statuses mean; the schedule is that of the delivery design.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from service.sync.outcomes import Accepted, Conflict, Outcome, Refused, Unauthorized, Unavailable, Unknown

SECOND, MINUTE, HOUR, DAY = 1, 60, 3600, 86_400
# Waits before the second, third … attempt; then every twelve hours until seven days have gone.
SCHEDULE = (5 * SECOND, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 10 * HOUR)
LATER = 12 * HOUR
GIVE_UP_AFTER = 7 * DAY
LONGEST_RETRY_AFTER = 24 * HOUR
JITTER = 0.2
# 409 is also what servers say when two writes meet: it passes. When it stays, a person must look.
PASSING_CONFLICTS = 3


@dataclass(frozen=True, slots=True)
class Next:
    """``wait`` is None where nothing more happens by itself; ``code`` says why, in FHIR's words where it has one."""

    state: str
    code: str | None = None
    wait: float | None = None


def next_state(outcome: Outcome, attempt: int, waited: float, jitter: float) -> Next:
    """``attempt`` counts from 1; ``waited`` is the seconds this delivery has been trying; ``jitter`` is in [0, 1)."""
    asked: float | None = None
    match outcome:
        case Accepted():
            return Next("delivered")
        case Refused(code=code):
            return Next("failed", code or "processing")
        case Conflict(status=status) if status != 409 or attempt > PASSING_CONFLICTS:
            return Next("held", outcome.code)
        case Conflict():
            code = "conflict"
        case Unavailable():
            code, asked = "transient", outcome.retry_after
        case Unknown():
            code = "timeout"
        case Unauthorized():
            code = "login"
        case _:
            assert_never(outcome)
    return _again(code, attempt, waited, jitter, asked)


def _again(code: str, attempt: int, waited: float, jitter: float, retry_after: float | None) -> Next:
    wait: float = SCHEDULE[attempt - 1] if attempt <= len(SCHEDULE) else LATER
    wait *= 1 + JITTER * (2 * jitter - 1)
    if retry_after is not None:
        wait = max(min(retry_after, LONGEST_RETRY_AFTER), 1)
    if waited + wait > GIVE_UP_AFTER:
        return Next("failed", code)
    return Next("retrying", code, wait)
