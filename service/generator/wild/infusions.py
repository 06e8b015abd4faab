"""Wild infusions: any walk through the states of an infusion, with ties, second starts, and stops while paused."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from mappings.quantities import Dose, Rate
from mappings.timeline import STEPS
from service.generator.dice import Dice
from service.generator.units import Document
from service.generator.wild.moments import Moments
from service.generator.wild.numbers import amount
from service.generator.wild.words import text

Dated = tuple[timedelta, Document]
WITH_RATE = {"infusion-start": 1.0, "rate-change": 1.0, "resume": 0.5}


def lanes(
    dice: Dice, moments: Moments, labels: Sequence[str], lengths: Sequence[tuple[int, int]]
) -> Iterator[list[Dated]]:
    """The infusion of each medication in the order it happened, and its boluses in any order, so many of each."""
    for label, (steps, boluses) in zip(labels, lengths, strict=True):
        yield list(_walk(dice, moments, steps, _named(dice, labels, label)))
        yield list(_boluses(dice, moments, boluses, _named(dice, labels, label)))


def _named(dice: Dice, labels: Sequence[str], label: str) -> Document:
    """With one medication alone, events need not say which."""
    return {} if len(labels) == 1 and dice.chance(0.5) else {"medication": label}


def _walk(dice: Dice, moments: Moments, steps: int, named: Document) -> Iterator[Dated]:
    state, place = "idle", dice.below(len(moments.instants))
    for _ in range(steps):
        type_ = dice.pick(tuple(STEPS[state]))
        state = STEPS[state][type_]
        at = moments.instants[place]
        yield at, {"type": type_, "time": moments.write(at), **named, **_parts(dice, type_)}
        place = min(len(moments.instants) - 1, place + dice.below(3))


def _parts(dice: Dice, type_: str) -> Document:
    found: Document = {"rate": amount(dice, Rate)} if dice.chance(WITH_RATE.get(type_, 0)) else {}
    if type_ != "infusion-start" and dice.chance(0.5):
        found["reason"] = text(dice)
    if type_ == "infusion-stop" and dice.chance(0.5):
        found["aborted"] = dice.chance(0.5)
    return found


def _boluses(dice: Dice, moments: Moments, count: int, named: Document) -> Iterator[Dated]:
    for _ in range(count):
        at = dice.pick(moments.instants)
        found = {"type": "bolus", "time": moments.write(at), "dose": amount(dice, Dose), **named}
        yield at, {**found, "reason": text(dice)} if dice.chance(0.5) else found
