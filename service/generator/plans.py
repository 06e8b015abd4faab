"""The course of one infusion: when it starts, what becomes of it on the way, when it stops. Times in seconds.

Each story keeps the dose that was planned, except where the infusion is aborted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from service.generator.dice import Dice

MINUTE = 60
Story = Literal["steady", "lowered", "paused", "stepped", "restarted", "aborted", "refused"]


@dataclass(frozen=True, slots=True)
class Step:
    """An infusion event to be: ``speed`` in shares of the planned one; None leaves it as it was, 0 stops it."""

    second: int
    type: str
    speed: Fraction | None = None
    reason: str | None = None
    aborted: bool = False


@dataclass(frozen=True, slots=True)
class Span:
    """From when, and for how many seconds at the planned speed."""

    start: int
    seconds: int

    def after(self, share: Fraction) -> int:
        """A whole minute so far into it."""
        return self.start + max(MINUTE, round(self.seconds * share / MINUTE) * MINUTE)


ONE = Fraction(1)
LOWERED = ("Systolic pressure above the limit of the protocol", "Blood pressure", "Pressure 30 % above baseline")
RAISED = ("Pressure settled", "Blood pressure near baseline again", None)
PAUSED = ("Cannula sore, line checked", "Patient needed the toilet", "Nausea", "Felt overwhelmed, asked for a break")
RESUMED = ("Line patent, no swelling", "Patient wishes to go on", None, None)
STEPPED = ("Protocol step, well tolerated", "Pain 6 of 10, tolerated", "Titrated to effect", None)
DISPLACED = ("Cannula displaced", "Pump alarm: occlusion")


def steady(_dice: Dice, span: Span) -> list[Step]:
    return [Step(span.start, "infusion-start", ONE), Step(span.start + span.seconds, "infusion-stop")]


def lowered(dice: Dice, span: Span) -> list[Step]:
    """Halved for pressure; raised again once it settled, or left so until the planned end."""
    first = span.after(Fraction(dice.whole(30, 45), 100))
    half = Step(first, "rate-change", Fraction(1, 2), dice.pick(LOWERED))
    start, end = Step(span.start, "infusion-start", ONE), span.start + span.seconds
    if dice.chance(0.3):
        return [start, half, Step(end, "infusion-stop")]
    minutes = dice.whole(4, 8) * 2
    again = Step(first + minutes * MINUTE, "rate-change", ONE, dice.pick(RAISED))
    return [start, half, again, Step(end + minutes * MINUTE // 2, "infusion-stop")]


def paused(dice: Dice, span: Span) -> list[Step]:
    at, gap = span.after(Fraction(dice.whole(20, 80), 100)), dice.whole(2, 14) * MINUTE
    return [
        Step(span.start, "infusion-start", ONE),
        Step(at, "pause", reason=dice.pick(PAUSED)),
        Step(at + gap, "resume", ONE if dice.chance(0.5) else None, dice.pick(RESUMED)),
        Step(span.start + span.seconds + gap, "infusion-stop"),
    ]


def stepped(dice: Dice, span: Span) -> list[Step]:
    """Rising in equal steps around the planned speed, as pain protocols do."""
    count = dice.whole(2, 4)
    length = span.seconds // count // MINUTE * MINUTE
    shares = [Fraction(10 + 2 * (2 * i - count + 1), 10) for i in range(count)]
    return [
        Step(span.start, "infusion-start", shares[0]),
        *(Step(span.start + i * length, "rate-change", shares[i], dice.pick(STEPPED)) for i in range(1, count)),
        Step(span.start + count * length, "infusion-stop"),
    ]


def restarted(dice: Dice, span: Span) -> list[Step]:
    """Stopped for the line, and a second start with what was left."""
    at, gap = span.after(Fraction(dice.whole(25, 75), 100)), dice.whole(4, 15) * MINUTE
    return [
        Step(span.start, "infusion-start", ONE),
        Step(at, "infusion-stop", reason=dice.pick(DISPLACED), aborted=dice.chance(0.5)),
        Step(at + gap, "infusion-start", ONE),
        Step(span.start + span.seconds + gap, "infusion-stop"),
    ]


def aborted(dice: Dice, span: Span) -> list[Step]:
    """Ended by a reaction, now and then after a pause that did not help; the reason is filled in with the reaction."""
    at = span.after(Fraction(dice.whole(20, 70), 100))
    waited = [Step(at - MINUTE, "pause", reason="To see whether it settles")] if dice.chance(0.15) else []
    return [Step(span.start, "infusion-start", ONE), *waited, Step(at, "infusion-stop", aborted=True)]


STORIES: Mapping[Story, Callable[[Dice, Span], list[Step]]] = {
    "steady": steady,
    "lowered": lowered,
    "paused": paused,
    "stepped": stepped,
    "restarted": restarted,
    "aborted": aborted,
}


def speeds(steps: Sequence[Step], minutes: int) -> list[float]:
    """The share of the planned speed that runs in each minute of the session."""
    found, current = [0.0] * minutes, 0.0
    for step, following in zip(steps, [*steps[1:], None], strict=True):
        current = current if step.speed is None else float(step.speed)
        if step.type not in ("pause", "infusion-stop") and following is not None:
            first, last = step.second // MINUTE, following.second // MINUTE
            found[first:last] = [current] * (last - first)
    return found
