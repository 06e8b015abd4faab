"""Scores, notes and the farewell on the chart: what is asked before, during and after an infusion."""

from __future__ import annotations

from service.generator.plans import MINUTE
from service.generator.scores import score, total
from service.generator.sitting import Sitting

NOTES = (
    "Calm, oriented, wishes to talk about a slower start next time.",
    "Slept well since the last infusion, appetite better.",
    "Music and eye mask on request. No questions about the consent.",
    "Line in the left forearm, 22 G.\nFlushed, patent.",
    "Anxious about the needle; second attempt successful.",
)
THERAPY = ("Integration talk: grief about the father.", "Preparation: intention for today is rest.")
CRITERIA = (
    "Aldrete 10, walks steadily, blood pressure near baseline",
    "Oriented, no nausea for one hour",
    "PADSS 9",
    None,
)
UNREADY = ("Systolic pressure still above 160, observed further", "Taken to the emergency department")
ESCORTS = ("Adult companion", "Partner", "Parent", "Taxi with companion", None)


def before(sitting: Sitting, until: int) -> None:
    """The questionnaires, one after another, before the infusion starts."""
    case = sitting.case
    step = max(MINUTE, (until - 2 * MINUTE) // (len(case.scales) + 1) // MINUTE * MINUTE)
    for place, key in enumerate(case.scales, start=1):
        row, ill = case.tables["instrument"][key], case.illness.at(sitting.visit.way)
        sitting.chart.add(place * step, "score", **score(sitting.dice, row, key, case.illness, ill))


def during(sitting: Sitting) -> None:
    """CADSS at the stop; pain while a pain protocol runs, falling with the effect."""
    dice, chart, kind = sitting.dice, sitting.chart, sitting.case.protocol.kind
    if kind in ("mood", "higher") and dice.chance(0.35):
        away = min(1.0, sitting.felt_at(sitting.stop) * 0.5)
        chart.add(sitting.stop, "score", instrument="cadss", total=total(dice, 40, away))
    if kind == "pain":
        for second in range(sitting.start + 60 * MINUTE, sitting.stop + 1, 60 * MINUTE):
            ill = max(0.1, sitting.case.illness.first - sitting.felt_at(second) * 0.6)
            chart.add(second, "score", instrument="pain-nrs", total=total(dice, 10, ill))


def notes(sitting: Sitting) -> None:
    dice, chart, end = sitting.dice, sitting.chart, sitting.end
    for _ in range(dice.weighed({0: 70, 1: 25, 2: 5})):
        chart.add(dice.below(end // MINUTE + 1) * MINUTE, "note", text=dice.pick(NOTES))
    if dice.chance(0.06):
        chart.add(end - 5 * MINUTE, "note", text=dice.pick(THERAPY), kind="psychotherapy")
    elif dice.chance(0.03):
        chart.add(end - 5 * MINUTE, "note", text=dice.pick(NOTES), kind="clinical")


def farewell(sitting: Sitting) -> None:
    """A discharge score, and whether the patient may go."""
    dice, chart, end = sitting.dice, sitting.chart, sitting.end
    scale = dice.weighed({"": 50, "aldrete": 35, "padss": 15})
    if scale:
        chart.add(end - 3 * MINUTE, "score", instrument=scale, total=dice.whole(8, 10))
    met = not dice.chance(0.02)
    criteria = dice.pick(CRITERIA if met else UNREADY)
    chart.add(end, "discharge", criteria_met=met, criteria=criteria, escort=dice.pick(ESCORTS))
