"""Drug products made ready: ketamine in the strengths clinics keep, and what is now and then infused beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from service.generator.concepts import Tables, concept
from service.generator.dice import Dice
from service.generator.units import Document, quantity

KETAMINE: Mapping[tuple[str, str], int] = {
    ("50", "mg/mL"): 40,
    ("10", "mg/mL"): 27,
    ("1", "mg/mL"): 18,
    ("100", "mg/mL"): 5,
    ("500", "ug/mL"): 5,
    ("", ""): 5,
}
PLACEBO = ("Placebo (sodium chloride 0.9 %)", "Placebo", "Study drug, blinded")


@dataclass(frozen=True, slots=True)
class Companion:
    """Infused beside ketamine: ``speed`` in mg/h, or mg/kg/h where ``by_weight``; amounts are accounted in ``amount``.

    ``bolus`` is given instead of an infusion now and then.
    """

    drug: str
    key: str
    strength: tuple[str, str]
    speed: Fraction
    by_weight: bool
    unit: str
    amount: str
    bolus: tuple[int, str]


COMPANIONS: Mapping[str, Companion] = {
    "magnesium": Companion(
        "Magnesium sulfate", "magnesium-sulfate-injection", ("40", "mg/mL"), Fraction(1000), False, "g/h", "g", (2, "g")
    ),
    "lidocaine": Companion("Lidocaine", "", ("8", "mg/mL"), Fraction(1), True, "mg/kg/h", "mg", (50, "mg")),
    "dexmedetomidine": Companion(
        "Dexmedetomidine", "", ("4", "ug/mL"), Fraction(3, 10_000), True, "ug/kg/h", "ug", (20, "ug")
    ),
}


def strength(pair: tuple[str, str], dice: Dice) -> Document | None:
    value, unit = pair
    return quantity(dice, int(value), unit) if value else None


def ketamine(dice: Dice, tables: Tables, found: Document | None, day: date) -> Document:
    return {"drug": concept(dice, tables, "drug", "ketamine"), **_made_ready(dice, found, "KET", day)}


def placebo(dice: Dice, day: date) -> Document:
    """Text alone, or the row for what it is made of."""
    drug = {"text": dice.pick(PLACEBO)} if dice.chance(0.8) else {"key": "sodium-chloride-9mg-ml"}
    return {"label": "placebo", "drug": drug, **_made_ready(dice, None, "PLC", day)}


def companion(dice: Dice, tables: Tables, label: str, day: date) -> Document:
    about = COMPANIONS[label]
    drug = concept(dice, tables, "drug", about.key) if about.key else {"text": about.drug}
    return {"label": label, "drug": drug, **_made_ready(dice, strength(about.strength, dice), label[:3].upper(), day)}


def _made_ready(dice: Dice, found: Document | None, stem: str, day: date) -> dict[str, Any]:
    """The lot says when it expires, so that one lot is one product."""
    parts: dict[str, Any] = {} if found is None else {"concentration": found}
    if dice.chance(0.85):
        month = dice.whole(1, 12)
        parts["lot"] = f"SYN-{stem}-{day.year}{month:02d}"
        parts["expires"] = f"{day.year + 2}-{month:02d}-28"
    return parts


def converted(milligrams: Fraction, unit: str) -> Decimal:
    """To a tenth of a microgram or milligram, a thousandth of a gram."""
    if unit == "g":
        return Decimal(round(milligrams)).scaleb(-3)
    return Decimal(round(milligrams * (10_000 if unit == "ug" else 10))).scaleb(-1)
