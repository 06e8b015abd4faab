"""Vital signs that answer to the infusion: pressure and pulse rise while it runs and fall when it stops.

One figure, the effect, follows the speed of the infusion with a delay. Only sums and products: floating point gives
the same digits for those on every machine.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from service.generator.dice import Dice
from service.generator.patients import Body
from service.generator.plans import MINUTE, Step, speeds
from service.generator.units import Document, quantity

RISE, FALL = 9, 16  # minutes
NOISE = 7
CUFF_FAILS, NOT_COUNTED = 199, 41  # once in so many readings


@dataclass(frozen=True, slots=True)
class Monitor:
    """What one room's monitor charts besides pressure, pulse, saturation and breathing."""

    mean: bool
    carbon_dioxide: bool
    oxygen: str
    temperature: str


def monitor(dice: Dice, sedating: bool) -> Monitor:
    return Monitor(
        mean=dice.chance(0.3),
        carbon_dioxide=dice.chance(0.5 if sedating else 0.1),
        oxygen=dice.weighed({"": 88, "flow": 9, "fraction": 3}),
        temperature=dice.weighed({"Cel": 45, "[degF]": 35, "": 20}),
    )


def effects(steps: Sequence[Step], strength: float, boluses: Iterable[tuple[int, float]], until: int) -> list[float]:
    """The effect minute by minute; 1 is 0.75 mg/kg/h for long enough, and ``strength`` the planned speed in that."""
    given = dict(boluses)
    found, effect = [], 0.0
    for minute, speed in enumerate(speeds(steps, until // MINUTE + 1)):
        goal = speed * strength
        effect += (goal - effect) / (1 + (RISE if goal > effect else FALL)) + given.get(minute, 0.0)
        found.append(effect)
    return found


def moments(steps: Sequence[Step], every: int, end: int) -> Iterator[int]:
    """Baseline, just before the start, every so many minutes while it runs, then a quarter of an hour at a time."""
    yield 0
    start, stop = (steps[0].second, steps[-1].second) if steps else (0, 0)
    if start > 12 * MINUTE:
        yield start - 2 * MINUTE
    yield from range(start + every * MINUTE, stop + 1, every * MINUTE)
    yield from range(stop + 10 * MINUTE, end + 1, (10 if every < 10 else 15) * MINUTE)


def reading(dice: Dice, body: Body, monitor: Monitor, effect: float) -> Document:
    """One set. All its noise is one draw, cut in parts."""
    noise = dice.below(NOISE**4)
    first, second, third, fourth = ((noise // NOISE**i) % NOISE - NOISE // 2 for i in range(4))
    rise = body.answer * effect
    systolic = round_half(body.systolic + rise + first)
    diastolic = min(systolic - 18, round_half(body.diastolic + rise * 0.5 + second))
    found: Document = {"systolic": systolic, "diastolic": diastolic}
    if monitor.mean:
        found["mean"] = round_half(diastolic + (systolic - diastolic) / 3)
    if noise % CUFF_FAILS == 1:
        found = {}
    found["heart_rate"] = round_half(body.heart_rate + rise * 0.45 + third)
    found["oxygen_saturation"] = max(86, min(100, round_half(body.saturation - effect + fourth / 3)))
    if noise % NOT_COUNTED:
        found["respiratory_rate"] = 14 + (first + third) // 3
    if monitor.carbon_dioxide:
        found["end_tidal_co2"] = 37 + fourth
    if monitor.oxygen:
        name, value = ("oxygen_flow", 2) if monitor.oxygen == "flow" else ("inspired_oxygen", 28)
        found[name] = value
    return found


def round_half(value: float) -> int:
    return int(value + 0.5)


def temperature(dice: Dice, unit: str) -> Document:
    celsius = dice.decimal(361, 373, 1)
    if unit == "Cel":
        return quantity(dice, celsius, unit)
    return quantity(dice, (celsius * 9 / 5 + 32).quantize(Decimal("0.1")), unit)
