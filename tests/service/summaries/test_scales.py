"""Scales never leave the plot, never turn round, and their ticks are round and few."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.summaries.scales import MOST, Scale, TimeScale, around, drawable, round_step, ticks

NUMBERS = st.floats(-1e7, 1e7, allow_nan=False)
POSITIVE = st.floats(1e-6, 1e6)
OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
TIMES = st.datetimes(datetime(1900, 1, 2), datetime(2999, 12, 30), timezones=OFFSETS)  # noqa: DTZ001 (zones are drawn)


@given(low=NUMBERS, high=NUMBERS, value=NUMBERS)
def test_a_place_is_within_the_plot(low: float, high: float, value: float) -> None:
    assert 40 <= Scale(low, high, 40, 700).at(value) <= 700


@given(low=NUMBERS, size=POSITIVE, values=st.lists(NUMBERS, min_size=2, max_size=2))
def test_order_is_kept_upwards_and_downwards(low: float, size: float, values: list[float]) -> None:
    less, more = sorted(values)
    across, upwards = Scale(low, low + size, 0, 500), Scale(low, low + size, 500, 0)
    assert across.at(less) <= across.at(more)
    assert upwards.at(less) >= upwards.at(more)


def test_ends_of_the_scale_are_the_ends_of_the_plot() -> None:
    scale = Scale(40, 160, 200, 0)
    assert (scale.at(40), scale.at(100), scale.at(160)) == (200, 100, 0)
    assert (scale.at(0), scale.at(500)) == (200, 0)


@given(times=st.lists(TIMES, min_size=1, max_size=6), clinic=TIMES)
def test_times_are_placed_in_order_within_the_plot(times: list[datetime], clinic: datetime) -> None:
    axis = TimeScale.over(times, clinic, 48, 742)
    places = [axis.at(time) for time in sorted(times)]
    assert places == sorted(places)
    assert all(48 <= place <= 742 for place in places)
    assert axis.last - axis.first >= timedelta(minutes=5)


@given(times=st.lists(TIMES, min_size=1, max_size=3), clinic=TIMES, most=st.integers(2, 9))
def test_time_ticks_are_few_round_and_on_the_axis(times: list[datetime], clinic: datetime, most: int) -> None:
    axis = TimeScale.over(times, clinic, 48, 742)
    found = axis.ticks(most)
    assert len(found) <= most
    assert all(axis.first <= tick <= axis.last for tick in found)
    assert all(tick.minute % 5 == 0 and tick.second == 0 and tick.tzinfo == clinic.tzinfo for tick in found)
    assert len({b - a for a, b in pairwise(found)}) <= 1


@pytest.mark.parametrize(("minutes", "step"), [(30, 5), (105, 15), (120, 15), (315, 60), (60 * 24 * 30, 60 * 24 * 4)])
def test_time_ticks_of_usual_sessions(minutes: int, step: int) -> None:
    start = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
    found = TimeScale.over([start, start + timedelta(minutes=minutes)], start, 0, 700).ticks()
    assert found[1] - found[0] == timedelta(minutes=step)


@given(high=POSITIVE, most=st.integers(1, 8))
def test_steps_are_round_and_enough(high: float, most: int) -> None:
    step = round_step(0, high, most)
    found = ticks(0, high, step)
    assert 1 <= len(found) <= most + 1
    assert found[0] == 0
    assert found[-1] <= high * 1.00001
    assert f"{step:e}".split("e")[0].rstrip("0") in ("1.", "2.", "2.5", "5.")


@given(
    values=st.lists(st.floats(0, MOST), min_size=1, max_size=9),
    range_=st.sampled_from([(40.0, 160.0, 20.0, 9), (90.0, 100.0, 5.0, 3)]),
)
def test_a_range_holds_all_values_in_few_steps(values: list[float], range_: tuple[float, float, float, int]) -> None:
    least, most, step, parts = range_
    low, high, found = around(values, least, most, step, parts)
    assert low <= min(*values, least)
    assert high >= max(*values, most)
    assert (high - low) / found <= parts
    assert (high - low) % found == 0


@given(st.decimals(0, allow_nan=False, allow_infinity=False))
def test_no_value_is_too_large_to_draw(value: Decimal) -> None:
    assert 0 <= drawable(value) <= MOST
