"""What follows from an answer: one pure function over outcome and attempt. No clock, no randomness, no network.

https://hl7.org/fhir/R4/http.html says what the statuses mean; the schedule is that of the delivery design.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from service.sync.outcomes import Accepted, Conflict, Edited, Outcome, Refused, Unauthorized, Unavailable, Unknown

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
    state = "retrying"
    match outcome:
        case Accepted():
            return Next("delivered")
        case Edited():
            return Next("conflict", "conflict")
        case Refused(code=code):
            return Next("dead", code or "processing")
        case Conflict() if not passes(outcome, attempt):
            return Next("held", outcome.code)
        case Conflict():
            code = "conflict"
        case Unavailable():
            code, asked = "transient", outcome.retry_after
        case Unknown():
            state, code, asked = "unknown", "timeout", outcome.retry_after
        case Unauthorized():
            code = "login"
        case _:
            assert_never(outcome)
    return _again(state, code, attempt, waited, jitter, asked)


def passes(conflict: Conflict, attempt: int) -> bool:
    """Two writes that met: by itself it passes, unless it stays."""
    return conflict.code == "conflict" and attempt <= PASSING_CONFLICTS


def _again(state: str, code: str, attempt: int, waited: float, jitter: float, retry_after: float | None) -> Next:
    """An attempt counts from its round's first; what a server asks for is not longer than a day."""
    wait: float = SCHEDULE[attempt - 1] if attempt <= len(SCHEDULE) else LATER
    wait *= 1 + JITTER * (2 * jitter - 1)
    if retry_after is not None:
        wait = max(min(retry_after, LONGEST_RETRY_AFTER), 1)
    if waited + wait > GIVE_UP_AFTER:
        return Next("dead", code)
    return Next(state, code, wait)
