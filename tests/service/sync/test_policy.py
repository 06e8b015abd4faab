"""What follows from each answer, as a table: no network, no database, no clock."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.sync.outcomes import Accepted, Conflict, Edited, Outcome, Refused, Unauthorized, Unavailable, Unknown
from service.sync.policy import DAY, GIVE_UP_AFTER, HOUR, MINUTE, Next, next_state

MIDDLE = 0.5  # no jitter
LATER = 12 * HOUR

TABLE = [
    (Accepted(200), 1, Next("delivered")),
    (Accepted(201), 9, Next("delivered")),
    (Unavailable(503), 1, Next("retrying", "transient", 5)),
    (Unavailable(503), 2, Next("retrying", "transient", 5 * MINUTE)),
    (Unavailable(503), 3, Next("retrying", "transient", 30 * MINUTE)),
    (Unavailable(503), 4, Next("retrying", "transient", 2 * HOUR)),
    (Unavailable(503), 5, Next("retrying", "transient", 5 * HOUR)),
    (Unavailable(503), 6, Next("retrying", "transient", 10 * HOUR)),
    (Unavailable(503), 7, Next("retrying", "transient", 10 * HOUR)),
    (Unavailable(503), 8, Next("retrying", "transient", LATER)),
    (Unavailable(503), 12, Next("retrying", "transient", LATER)),
    (Unavailable(429, retry_after=120), 1, Next("retrying", "transient", 120)),
    (Unavailable(429, retry_after=0), 1, Next("retrying", "transient", 1)),
    (Unavailable(503, retry_after=10 * DAY), 1, Next("retrying", "transient", DAY)),
    (Unknown("ReadTimeout"), 1, Next("unknown", "timeout", 5)),
    (Unauthorized(), 2, Next("retrying", "login", 5 * MINUTE)),
    (Conflict(409), 1, Next("retrying", "conflict", 5)),
    (Conflict(409), 3, Next("retrying", "conflict", 30 * MINUTE)),
    (Conflict(409), 4, Next("held", "conflict")),
    (Conflict(412), 1, Next("retrying", "conflict", 5)),
    (Conflict(412), 4, Next("held", "conflict")),
    (Edited(2), 1, Next("conflict", "conflict")),
    (Unknown("not seen there yet", 0, 40), 1, Next("unknown", "timeout", 40)),
    (Conflict(412, "multiple-matches"), 1, Next("held", "multiple-matches")),
    (Conflict(404, "not-found"), 1, Next("held", "not-found")),
    (Refused(422, "business-rule"), 1, Next("dead", "business-rule")),
    (Refused(400), 1, Next("dead", "processing")),
]


@pytest.mark.parametrize(("outcome", "attempt", "expected"), TABLE, ids=lambda value: str(value)[:40])
def test_each_answer_has_its_consequence(outcome: Outcome, attempt: int, expected: Next) -> None:
    assert next_state(outcome, attempt, 0, MIDDLE) == expected


def test_the_table_knows_every_kind_of_answer() -> None:
    assert {type(outcome) for outcome, _, _ in TABLE} == set(get_args(Outcome))


def test_after_seven_days_nothing_more_happens_by_itself() -> None:
    almost = GIVE_UP_AFTER - LATER
    assert next_state(Unavailable(503), 9, almost, MIDDLE).state == "retrying"
    assert next_state(Unavailable(503), 9, almost + 1, MIDDLE) == Next("dead", "transient")


def test_a_destination_that_stays_down_is_asked_for_a_week_and_then_no_more() -> None:
    waited, attempt = 0.0, 1
    while (following := next_state(Unavailable(), attempt, waited, MIDDLE)).wait is not None:
        waited, attempt = waited + following.wait, attempt + 1
    assert following.state == "dead"
    assert 6 * DAY < waited <= 7 * DAY
    assert attempt == 19


@given(attempt=st.integers(1, 30), jitter=st.floats(0, 1, exclude_max=True))
def test_jitter_moves_a_wait_by_a_fifth_at_most(attempt: int, jitter: float) -> None:
    middle = next_state(Unavailable(), attempt, 0, MIDDLE).wait
    wait = next_state(Unavailable(), attempt, 0, jitter).wait
    assert middle is not None
    assert wait is not None
    assert 0.8 * middle <= wait <= 1.2 * middle
