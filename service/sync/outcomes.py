"""What an EHR answered, as values: never an exception, so that policy can be one exhaustive match."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Accepted:
    """2xx. ``body`` is the parsed JSON, or None for an empty answer."""

    status: int
    body: Any = None
    location: str | None = None
    version: str | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """A 4xx that trying again will not change. ``code`` is the EHR's IssueType, or empty."""

    status: int
    code: str = ""


@dataclass(frozen=True, slots=True)
class Conflict:
    """409 or 412, or what we found before sending: somebody else was there, none or more than one matches.

    ``code`` is an IssueType: conflict, multiple-matches, not-found, or not-supported where a search cannot be trusted.
    """

    status: int
    code: str = "conflict"


@dataclass(frozen=True, slots=True)
class Edited:
    """Resources there were changed by somebody else since we last saw them: theirs stand until a person decides."""

    count: int


@dataclass(frozen=True, slots=True)
class Unavailable:
    """Not now, and nothing was applied: 408, 423, 425, 429, 503, or no connection; a read also for any other 5xx.

    ``status`` is 0 where there was no answer.
    """

    status: int = 0
    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class Unauthorized:
    status: int = 401


@dataclass(frozen=True, slots=True)
class Unknown:
    """Sent, and no answer that can be trusted: it may have been applied. Looked up before anything is sent again.

    ``retry_after`` is when a search there shows what was written just now.
    """

    reason: str
    status: int = 0
    retry_after: float | None = None


Outcome = Accepted | Refused | Conflict | Edited | Unavailable | Unauthorized | Unknown


def problem_of(outcome: Outcome) -> str:
    """What came in the place of what was asked for, for people. No text of the EHR's."""
    if isinstance(outcome, Unknown | Edited):
        return "the answer cannot be read"
    if outcome.status == 0:
        return "no connection, or one that is not allowed"
    return "the answer is not what was asked for" if outcome.status < 300 else f"answered {outcome.status}"
