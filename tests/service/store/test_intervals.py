"""FHIR dates of any precision become intervals whose text order is time order."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.store.intervals import interval, written


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("2026", "2026-01-01T00:00:00.000000Z", "2026-12-31T23:59:59.999999Z"),
        ("2024-02", "2024-02-01T00:00:00.000000Z", "2024-02-29T23:59:59.999999Z"),
        ("2026-12", "2026-12-01T00:00:00.000000Z", "2026-12-31T23:59:59.999999Z"),
        ("2026-03-02", "2026-03-02T00:00:00.000000Z", "2026-03-02T23:59:59.999999Z"),
        ("2026-03-02T10:00:00-06:00", "2026-03-02T16:00:00.000000Z", "2026-03-02T16:00:00.999999Z"),
        ("2026-03-02T16:00Z", "2026-03-02T16:00:00.000000Z", "2026-03-02T16:00:59.999999Z"),
        ("2026-03-02T16:00:00", "2026-03-02T16:00:00.000000Z", "2026-03-02T16:00:00.999999Z"),
        ("2026-03-02T16:00:00.25Z", "2026-03-02T16:00:00.250000Z", "2026-03-02T16:00:00.259999Z"),
        ("2026-03-02T16:00:00.123456789Z", "2026-03-02T16:00:00.123456Z", "2026-03-02T16:00:00.123456Z"),
        ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59.000000Z", "2016-12-31T23:59:59.999999Z"),
        ("9999", "9999-01-01T00:00:00.000000Z", "9999-12-31T23:59:59.999999Z"),
        ("9999-12-31", "9999-12-31T00:00:00.000000Z", "9999-12-31T23:59:59.999999Z"),
        ("0001", "0001-01-01T00:00:00.000000Z", "0001-12-31T23:59:59.999999Z"),
    ],
)
def test_precision_is_width(text: str, low: str, high: str) -> None:
    assert interval(text) == (low, high)


@pytest.mark.parametrize(
    "text",
    ["", "26", "2026-13", "2026-02-30", "2026-3-2", "2026-03-02T25:00Z", "2026-03-02T10", "2026-03-02 10:00",
     "٢٠٢٦", "0000", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-10:00", "2026-03-02T10:00:00+99:00", "2026\n"],
)  # fmt: skip
def test_what_is_no_date_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"^not a FHIR date$"):
        interval(text)


@given(st.text(alphabet="0123456789-:T.Z+", max_size=32))
def test_any_text_is_an_interval_or_a_value_error(text: str) -> None:
    try:
        low, high = interval(text)
    except ValueError:
        return
    assert low <= high


FIRST, LAST = datetime(2, 1, 1), datetime(9998, 1, 1)  # noqa: DTZ001 (hypothesis adds the zone)
times = st.datetimes(min_value=FIRST, max_value=LAST, timezones=st.just(UTC))


@given(times, times)
def test_text_order_is_time_order(one: datetime, other: datetime) -> None:
    assert (written(one) < written(other)) == (one < other)


@given(times)
def test_an_instant_lies_in_its_day_month_and_year(time: datetime) -> None:
    text = written(time)
    for shorter in (text[:4], text[:7], text[:10], text[:19] + "Z"):
        low, high = interval(shorter)
        assert low <= text <= high
