"""The places between two states of a delivery, each by name: where a test ends the process to see what follows.

``Settings.fail_point`` names one; it is inert by default. What passes an edge is told of it and may never return.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from enum import StrEnum
from itertools import count


class Edge(StrEnum):
    """In the order in which a delivery passes them."""

    RECORDED = "recorded"  # the clinic's words are kept, nothing is published
    QUEUED = "queued"  # published and queued in one transaction, nobody told
    BEGUN = "begun"  # the attempt is written, nothing was asked
    RESOLVED = "resolved"  # what an earlier attempt left open was looked up, and is written
    INTENDED = "intended"  # what will be sent is written, the request has not left
    ANSWERED = "answered"  # the destination has it, the ledger does not
    LEARNT = "learnt"  # the ledger has the answer, the delivery does not
    LEFT_OPEN = "left-open"  # the answer was lost, and the ledger says so
    SETTLED = "settled"  # a conflict was read, and is written
    ENDED = "ended"  # the delivery says how it ended, the engine does not
    SUCCEEDED = "succeeded"  # the next attempt is queued, this one has not left the engine


Passing = Callable[[Edge], None]


def passes(_edge: Edge) -> None:
    """What happens at an edge: nothing."""


def fail_at(name: str) -> Passing:
    """``intended`` ends the process, as kill -9 does, where that edge is passed; ``intended:3`` the third time."""
    if not name:
        return passes
    place, _, times = name.partition(":")
    wanted, passed = Edge(place), count(1)

    def fail(edge: Edge) -> None:
        if edge is wanted and next(passed) == int(times or 1):
            os.kill(os.getpid(), signal.SIGKILL)

    return fail
