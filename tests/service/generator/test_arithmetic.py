"""The small parts that the rest stands on: dice, written numbers, clocks, NPIs."""

from __future__ import annotations

from datetime import datetime
from fractions import Fraction
from random import Random

import pytest

from mappings.session import Person
from service.generator.dice import Dice
from service.generator.people import npi
from service.generator.units import spellings, written
from service.generator.zones import Clock, Zone

CENTRAL = Zone(-360, "us")


def test_the_dice_fall_the_same_on_every_python() -> None:
    """Documents for a seed are the same bytes everywhere; if this changes, say so in the changelog."""
    dice = Dice(Random(7))
    assert [dice.whole(1, 1000) for _ in range(6)] == [332, 971, 155, 405, 667, 50]
    assert [dice.weighed({"a": 1, "b": 9}), dice.pick("abc"), str(dice.decimal(0, 999, 2))] == ["b", "c", "0.96"]


class Least(Random):
    """Always the smallest draw, as Hypothesis ends with."""

    def randrange(self, *_: int) -> int:  # type: ignore[override]
        return 0


def test_the_smallest_draw_is_the_plainest_answer() -> None:
    dice = Dice(Least())
    assert not dice.chance(0.99)
    assert dice.chance(1)
    assert dice.pick("abc") == "a"
    assert dice.weighed({"a": 1, "b": 1}) == "a"
    assert dice.some("abc", 3) == []


def test_one_option_without_weight_is_refused() -> None:
    with pytest.raises(ValueError, match="empty range"):
        Dice(Random(1)).weighed({})


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Fraction(3, 4), "0.75"),
        (Fraction(60), "60"),
        (Fraction(1, 3), "0.3333"),
        (Fraction(100, 3), "33.33"),
        (Fraction(1_000_000, 3), "333333"),
        (Fraction(1, 80), "0.0125"),
        (Fraction(1, 3000), "0.0003333"),
        (Fraction(0), "0"),
    ],
)
def test_pumps_show_four_digits(value: Fraction, expected: str) -> None:
    assert str(written(value)) == expected


def test_every_part_of_a_unit_has_its_spellings() -> None:
    found = spellings("ug/kg/h")
    assert found[0] == "ug/kg/h"
    assert {"mcg/kg/hr", "µg/kg/hour"} <= set(found)


@pytest.mark.parametrize(
    ("local", "expected"),
    [
        ("2026-01-05T09:00", "2026-01-05T09:00:00-06:00"),
        ("2026-03-08T01:59", "2026-03-08T01:59:00-06:00"),
        ("2026-03-08T09:00", "2026-03-08T09:00:00-05:00"),
        ("2026-10-31T09:00", "2026-10-31T09:00:00-05:00"),
        ("2026-11-01T09:00", "2026-11-01T09:00:00-06:00"),
    ],
)
def test_clocks_change_on_the_right_sundays(local: str, expected: str) -> None:
    assert clock(CENTRAL, local).at(0) == expected


def clock(zone: Zone, local: str) -> Clock:
    return Clock.of(zone, datetime.fromisoformat(local))


def test_a_night_when_the_clocks_go_back_is_an_hour_longer() -> None:
    night = clock(CENTRAL, "2026-10-31T23:00")
    assert night.at(2 * 3600) == "2026-11-01T01:00:00-05:00"
    assert night.at(3 * 3600) == "2026-11-01T01:00:00-06:00"
    assert night.at(4 * 3600) == "2026-11-01T02:00:00-06:00"


def test_europe_and_utc() -> None:
    assert clock(Zone(60, "eu"), "2026-03-29T09:00").at(0) == "2026-03-29T09:00:00+02:00"
    assert clock(Zone(0), "2026-03-29T09:00").at(0) == "2026-03-29T09:00:00Z"
    assert clock(Zone(345), "2026-03-29T09:00").at(0) == "2026-03-29T09:00:00+05:45"


@pytest.mark.parametrize("serial", range(0, 400, 13))
def test_npis_have_their_check_digit(serial: int) -> None:
    assert Person(npi=npi(serial), family="Synthetic-Test").npi
