"""What is observed during a session: vital signs, how sedated and how far away the patient is, reactions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from service.generator.patients import Body
from service.generator.plans import MINUTE
from service.generator.reactions import Borne, expected, grave
from service.generator.remedies import rescue
from service.generator.sitting import Sitting
from service.generator.vitals import moments, reading, temperature

FELT = {
    "none": ("Back to usual", None, None),
    "mild": ("Light and a little far away, calm", "Floating, pleasant", None),
    "moderate": ("Far away, answers slowly", "Colours and music, calm", None),
    "severe": ("Cannot say where they are", "Frightened, does not know the room", None),
}
LEVELS = ("none", "mild", "mild", "moderate", "severe")
SCALES = {"moaas": (5, 5, 4, 4, 3), "rass": (0, 0, -1, -1, -2)}


def vital_signs(sitting: Sitting, until: int) -> None:
    case, chart, body = sitting.case, sitting.chart, _body(sitting)
    for second in moments(sitting.steps, case.every, until):
        found = reading(sitting.dice, body, case.monitor, sitting.felt_at(second))
        if second == 0 and case.monitor.temperature:
            found["temperature"] = temperature(sitting.dice, case.monitor.temperature)
        chart.add(second, "vital-signs", **found)


def _body(sitting: Sitting) -> Body:
    """Where pressure led to a lower rate, it rose far enough for that; where to no infusion at all, it was high."""
    case, dice = sitting.case, sitting.dice
    if sitting.story == "lowered":
        rise = int(62 / max(0.3, case.speed))
        return replace(case.body, systolic=max(case.body.systolic, 118), answer=rise)
    if sitting.story == "refused":
        return replace(case.body, systolic=dice.whole(176, 198), diastolic=dice.whole(98, 116))
    return case.body


def levels(sitting: Sitting) -> None:
    """In the middle, at the stop and before the patient leaves."""
    dice, chart = sitting.dice, sitting.chart
    scale, tender = dice.weighed({"moaas": 7, "rass": 3}), dice.whole(2, 6)
    watched, asked = dice.chance(0.7), dice.chance(0.6)
    middle = (sitting.start + sitting.stop) // 2 // MINUTE * MINUTE
    for second in (middle, sitting.stop, sitting.end - 10 * MINUTE):
        depth = min(4, int(sitting.felt_at(second) * tender))
        if watched:
            chart.add(second, "sedation", scale=scale, level=SCALES[scale][depth])
        if asked:
            level = LEVELS[depth]
            chart.add(second, "dissociation", level=level, note=dice.pick(FELT[level]))


def borne(sitting: Sitting) -> Iterator[Borne]:
    """The reactions of a session; the first of an aborted one is the one it was aborted for."""
    dice, tables = sitting.dice, sitting.case.tables
    if sitting.story == "aborted":
        yield grave(dice, tables, sitting.stop - MINUTE)
    for _ in range(dice.weighed({0: 60, 1: 25, 2: 12, 3: 3})):
        second = dice.whole(sitting.start // MINUTE + 2, sitting.stop // MINUTE - 1) * MINUTE
        yield expected(dice, tables, second)


def chart_reactions(sitting: Sitting) -> None:
    dice, chart = sitting.dice, sitting.chart
    for one in sitting.reactions:
        end = None if one.ends is None else chart.clock.at(one.second + one.ends)
        chart.add(one.second, "reaction", **one.parts, end=end)
        if one.help:
            given = rescue(dice, sitting.case.tables, one.help, one.words)
            chart.add(one.second + dice.whole(1, 4) * MINUTE, "medication", **given)
