"""From a plan to what a pump shows and an account of the drug: rates in the pump's unit, doses given, drawn up, wasted.

The dose given is computed from the rates as written, with the arithmetic of ``mappings.infusion``, so accounts balance.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from mappings.infusion import milligrams_per_hour
from mappings.quantities import Concentration, Rate
from service.generator.dice import Dice
from service.generator.plans import Step
from service.generator.units import Document, quantity, spellings, written

HOUR = 3600
RATE_UNITS: Mapping[str, int] = {
    "mg/kg/h": 34,
    "mg/h": 16,
    "ug/kg/min": 14,
    "mL/h": 18,
    "mg/min": 6,
    "mg/kg/min": 3,
    "ug/min": 3,
    "ug/kg/h": 2,
    "ug/h": 1,
    "mL/min": 3,
}
WITHOUT_CONCENTRATION = {unit: weight for unit, weight in RATE_UNITS.items() if "mL" not in unit}


@dataclass(frozen=True, slots=True)
class Pump:
    """``unit`` as the pump writes it; ``one`` is 1 of it in mg/h for this patient and this drug."""

    unit: str
    one: Fraction

    def rate(self, speed: Fraction) -> Document:
        """A speed in mg/h as the pump shows it."""
        return {"value": written(speed / self.one), "unit": self.unit}

    def shown(self, rate: Document) -> Fraction:
        """What the pump does when it shows this rate, in mg/h."""
        return Fraction(rate["value"]) * self.one


def pump(dice: Dice, unit: str, kilograms: Fraction, strength: Document | None) -> Pump:
    known = None if strength is None else (strength["value"], strength["unit"])
    one = _one(unit, known, "kg" in unit)
    return Pump(dice.pick(spellings(unit)), one * kilograms if "kg" in unit else one)


@lru_cache(maxsize=256)
def _one(unit: str, strength: tuple[Decimal, str] | None, by_weight: bool) -> Fraction:
    """Without the weight: that is multiplied in, as there are as many weights as patients."""
    known = None if strength is None else Concentration(value=strength[0], unit=strength[1])
    found = milligrams_per_hour(Rate(value=Decimal(1), unit=unit), Fraction(1) if by_weight else None, known)
    if found is None:
        raise ValueError("a rate of volume needs a concentration")
    return found


def run(pump: Pump, steps: Sequence[Step], speed: Fraction) -> Iterator[tuple[Step, Document | None, Fraction]]:
    """Each step with the rate it is charted with, and what it gives in mg until the next step."""
    current = Fraction(0)
    for step, following in zip(steps, [*steps[1:], None], strict=True):
        rate = pump.rate(speed * step.speed) if step.speed is not None else None
        current = pump.shown(rate) if rate else current
        running = step.type not in ("pause", "infusion-stop") and following is not None
        seconds = following.second - step.second if following is not None else 0
        yield step, rate, current * seconds / HOUR if running else Fraction(0)


def account(dice: Dice, given: Fraction, planned: Fraction, vial: int) -> Document:
    """Drawn up, wasted and recorded for a dose in mg; once in a while something was written down wrong or left out."""
    dose = _tenth(given)
    need = max(planned, given) * Fraction(11, 10)
    vials = Fraction(-(-need // vial) * vial)
    drawn = _tenth(vials if dice.chance(0.7) else max(given, planned))
    found = {
        "drawn_up": quantity(dice, drawn, "mg"),
        "wasted": quantity(dice, drawn - dose, "mg"),
        "recorded_dose": quantity(dice, dose, "mg"),
    }
    if dice.chance(0.03):
        wrong = dice.pick(("wasted", "recorded_dose"))
        found[wrong]["value"] += dice.decimal(10, 90, 1)
    if dice.chance(0.06):
        del found[dice.pick(("drawn_up", "wasted", "recorded_dose"))]
    return found


def _tenth(amount: Fraction) -> Decimal:
    return Decimal(round(amount * 10)).scaleb(-1)
