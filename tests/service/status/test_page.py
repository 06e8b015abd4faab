"""Words of the status pages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from service.status.page import MOST, ago, at, shown, who

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("gap", "words"),
    [
        (timedelta(), "just now"),
        (timedelta(seconds=59), "just now"),
        (timedelta(seconds=60), "1\u00a0min ago"),
        (timedelta(hours=2, minutes=59), "2\u00a0h ago"),
        (timedelta(days=6, hours=23), "6\u00a0d ago"),
        (timedelta(seconds=-1), "now"),
        (timedelta(minutes=-5), "in 5\u00a0min"),
        (timedelta(days=-2), "in 2\u00a0d"),
    ],
)
def test_how_long_ago(gap: timedelta, words: str) -> None:
    assert ago(NOW - gap, NOW) == words


def test_times_are_those_of_utc() -> None:
    assert at(datetime(2026, 6, 1, 23, 30, tzinfo=timezone(timedelta(hours=-6)))) == "2026-06-02 05:30 UTC"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("final", "final"),
        (None, ""),
        (Decimal("0.50"), "0.50"),
        (False, "false"),
        ({"value": Decimal("0.50")}, '{"value":0.50}'),
        ("x" * (MOST + 1), "x" * MOST + "…"),
    ],
)
def test_a_value_is_shown_as_it_is(value: Any, text: str) -> None:
    assert shown(value) == text


def test_a_record_without_anything() -> None:
    bare = {"id": "1", "family": None, "given": (), "birth_date": None, "sex": None, "identifiers": [("s", "1")]}
    assert who(bare) == "?, born ?, sex not said"
    assert who({**bare, "family": "A", "given": ("B",), "identifiers": [("s", "7")]}) == "B A, born ?, sex not said, 7"
