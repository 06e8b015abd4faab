"""The infusions of one session on the chart: steps, boluses, a companion drug; and the products and order they need."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from mappings.infusion import milligrams
from mappings.quantities import Dose, ucum
from service.generator.plans import MINUTE, ONE, Step
from service.generator.products import COMPANIONS, companion, converted, ketamine, placebo, strength
from service.generator.pumps import RATE_UNITS, WITHOUT_CONCENTRATION, Pump, account, pump, run
from service.generator.sitting import Sitting
from service.generator.units import Document, quantity

VIALS = {"mood": 50, "higher": 100, "pain": 200, "placebo": 50}
BREAKTHROUGH = ("Breakthrough pain, 8 of 10", "Pain on movement", None)
# In mg/mL: what a placebo would hold if it were none
AS_IF: Document = {"value": 1, "unit": "mg/mL"}


def infuse(sitting: Sitting) -> Document:
    """Chart what was infused, and say what was made ready and ordered for it."""
    dice, case = sitting.dice, sitting.case
    several = dice.pick(tuple(COMPANIONS)) if case.protocol.kind == "pain" and dice.chance(0.2) else ""
    own = "placebo" if case.protocol.kind == "placebo" else "ketamine"
    label = own if several or dice.chance(0.3) else None
    planned = Fraction(case.dose) * sitting.kilograms
    given = _chart(sitting, _pump(sitting), sitting.steps, planned * 60 / case.minutes, label)
    if case.protocol.kind == "pain":
        given += sum(_boluses(sitting, label), Fraction(0))
    found: Document = {"medications": [made_ready(sitting, given, planned, label is not None)]}
    if dice.chance(0.95):
        found["order"] = _order(sitting, given, label)
    if several:
        found["medications"].append(_beside(sitting, several))
    return found


def _pump(sitting: Sitting) -> Pump:
    dice, case = sitting.dice, sitting.case
    if case.protocol.kind == "placebo":
        return pump(dice, dice.weighed({"mL/h": 9, "mL/min": 1}), sitting.kilograms, AS_IF)
    units = RATE_UNITS if case.strength else WITHOUT_CONCENTRATION
    return pump(dice, dice.weighed(units), sitting.kilograms, _known(case.strength))


def _known(strength: Document | None) -> Document | None:
    return {**strength, "unit": ucum(strength["unit"])} if strength else None


def _chart(sitting: Sitting, machine: Pump, steps: Sequence[Step], speed: Fraction, label: str | None) -> Fraction:
    """The steps as events; the sum is what they gave."""
    given = Fraction(0)
    for step, rate, amount in run(machine, steps, speed):
        parts: dict[str, Any] = {"rate": rate, "reason": step.reason, "medication": label}
        if step.aborted:
            parts |= {"aborted": True, "reason": step.reason or sitting.why}
        sitting.chart.add(step.second, step.type, **parts)
        given += amount
    return given


def _boluses(sitting: Sitting, label: str | None) -> Iterator[Fraction]:
    """A loading dose with the start, and some for pain that breaks through."""
    dice = sitting.dice
    first, last = sitting.start // MINUTE + 30, sitting.stop // MINUTE - 20
    later = {dice.whole(first, max(first, last)) for _ in range(dice.below(3))}
    times: list[tuple[int, str | None]] = [(sitting.start, "Loading dose")] if dice.chance(0.6) else []
    times += [(minute * MINUTE, dice.pick(BREAKTHROUGH)) for minute in sorted(later) if minute * MINUTE < sitting.stop]
    for second, reason in times:
        value, unit = dice.pick((("0.20", "mg/kg"), ("0.1", "mg/kg"), ("10", "mg"), ("100", "ug/kg"), ("7.5", "mg")))
        dose = quantity(dice, Decimal(value), unit)
        sitting.chart.add(second, "bolus", dose=dose, reason=reason, medication=label)
        amount = milligrams(Dose(**dose), sitting.kilograms) or Fraction(0)
        sitting.boluses.append((second // MINUTE, float(amount / sitting.kilograms)))
        yield amount


def made_ready(sitting: Sitting, given: Fraction, planned: Fraction, labelled: bool) -> Document:
    dice, case, day = sitting.dice, sitting.case, sitting.chart.clock.day()
    if case.protocol.kind == "placebo":
        return placebo(dice, day)
    found: Document = {"label": "ketamine"} if labelled else {}
    found |= ketamine(dice, case.tables, case.strength, day)
    return found | account(dice, given, planned, VIALS[case.protocol.kind]) if dice.chance(0.9) else found


def _order(sitting: Sitting, given: Fraction, label: str | None) -> Document:
    """By weight, or as an amount."""
    dice, case = sitting.dice, sitting.case
    amount = Decimal(round(Fraction(case.dose) * sitting.kilograms * 10)).scaleb(-1)
    ways: dict[str, Decimal | int] = {"mg/kg": case.dose, "mg": amount, "ug/kg": int(case.dose * 1000)}
    unit = dice.weighed({"mg/kg": 72, "mg": 24, "ug/kg": 4})
    found: Document = {"dose": quantity(dice, ways[unit], unit)}
    if label:
        found["medication"] = label
    if dice.chance(0.9):
        found["duration_minutes"] = case.minutes
    if dice.chance(0.6):
        found["ceiling"] = _ceiling(sitting, max(given, Fraction(amount)))
    if dice.chance(0.8):
        found["ordered"] = sitting.chart.clock.at(-dice.whole(15, 60) * MINUTE)
    return found


def _ceiling(sitting: Sitting, most: Fraction) -> Document:
    """Above what was given; now and then a little below."""
    dice = sitting.dice
    share = Fraction(95, 100) if dice.chance(0.03) else Fraction(dice.whole(11, 15), 10)
    if dice.chance(0.1):
        return quantity(dice, Decimal(round(most * share * 100 / sitting.kilograms)).scaleb(-2), "mg/kg")
    return quantity(dice, int(most * share) + (share > 1), "mg")


def _beside(sitting: Sitting, label: str) -> Document:
    """The companion runs as long as the ketamine does, or is given at once."""
    dice, about = sitting.dice, COMPANIONS[label]
    found = companion(dice, sitting.case.tables, label, sitting.chart.clock.day())
    if dice.chance(0.3):
        value, unit = about.bolus
        sitting.chart.add(sitting.start, "bolus", dose=quantity(dice, value, unit), medication=label)
        given = milligrams(Dose(value=Decimal(value), unit=unit), None) or Fraction(0)
    else:
        plan = (Step(sitting.start, "infusion-start", ONE), sitting.steps[-1])
        machine = pump(dice, about.unit, sitting.kilograms, _known(strength(about.strength, dice)))
        speed = about.speed * sitting.kilograms if about.by_weight else about.speed
        given = _chart(sitting, machine, plan, speed, label)
    amount = quantity(dice, converted(given, about.amount), about.amount)
    recorded = {"recorded_dose": amount} if dice.chance(0.4) else {}
    return {**found, "drawn_up": amount, "wasted": quantity(dice, 0, about.amount), **recorded}
