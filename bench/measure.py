"""How things are measured and told: medians of alternating rounds, and the time of each step."""

from __future__ import annotations

import gc
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import median
from time import perf_counter, process_time

Measurement = Callable[[int], float]


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured; ``--quick`` only shows that it works."""

    rounds: int = 7
    sessions: int | None = None  # of the fixture documents; None is all
    seconds: float = 1.0  # of load per round
    learnt: int = 8  # variations a validator has seen before it is measured


QUICK = Size(rounds=2, sessions=2, seconds=0.1, learnt=1)


@dataclass(frozen=True, slots=True)
class Result:
    """``ratio`` is our cost over the other's: below 1 we are cheaper, whichever way the unit counts."""

    name: str
    ours: float
    other: float
    unit: str
    ratio: float


@dataclass(slots=True)
class Steps:
    """Where the time of one measurement goes: samples per step, told as medians."""

    name: str
    unit: str
    samples: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def medians(self) -> dict[str, float]:
        return {step: median(values) for step, values in self.samples.items()}


def cost(name: str, unit: str, rounds: int, ours: Measurement, other: Measurement) -> Result:
    """Both answer with a cost: less is better."""
    a, b = paired(rounds, ours, other)
    return Result(name, a, b, unit, a / b)


def rate(name: str, unit: str, rounds: int, ours: Measurement, other: Measurement) -> Result:
    """Both answer with a rate: more is better."""
    a, b = paired(rounds, ours, other)
    return Result(name, a, b, unit, b / a)


def paired(rounds: int, ours: Measurement, other: Measurement) -> tuple[float, float]:
    """Alternating, each first in turn, so that a change of the machine's mood meets both."""
    found: dict[Measurement, list[float]] = {ours: [], other: []}
    for number in range(rounds):
        for measurement in (ours, other) if number % 2 == 0 else (other, ours):
            gc.collect()
            found[measurement].append(measurement(number))
    return median(found[ours]), median(found[other])


@dataclass(slots=True)
class Watch:
    """Seconds per step by the clock, and the processor's seconds, in which neither the disk nor other work counts."""

    clock: Counter[str] = field(default_factory=Counter)
    processor: Counter[str] = field(default_factory=Counter)

    @contextmanager
    def timed(self, step: str) -> Iterator[None]:
        clock, processor = perf_counter(), process_time()
        try:
            yield
        finally:
            self.clock[step] += perf_counter() - clock
            self.processor[step] += process_time() - processor
