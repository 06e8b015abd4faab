"""Made-up patients: who they are on paper, and how their body answers to an infusion."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from service.generator.dice import Dice
from service.generator.units import Document, quantity

FAMILIES = (
    *("Acacia", "Alder", "Anemone", "Aster", "Azalea", "Balsam", "Begonia", "Bergamot", "Camellia", "Catalpa", "Cedar"),
    *("Chervil", "Chicory", "Daisy", "Elder", "Freesia", "Gentian", "Ginkgo", "Hazel", "Holly", "Iris", "Laurel"),
    *("Linden", "Lupin", "Magnolia", "Mallow", "Myrtle", "Olive", "Poplar", "Quince", "Rosemary", "Sage", "Sorrel"),
    *("Sumac", "Teasel", "Thyme", "Verbena", "Violet", "Wisteria", "Ahorn-Bärlapp", "Nogal y Muñoz", "O'Hawthorn"),
)
GIVEN = {
    "female": ("Mira", "Ana", "Noor", "Greta", "Yuki", "Chloé", "Precious", "Dalia", "Zoë", "Mary Ann"),
    "male": ("Jonas", "Luis", "Omar", "Emil", "Kenji", "Étienne", "Bongani", "Ravi", "Søren", "Billy Joe"),
    "other": ("Robin", "Sasha", "Kim", "Ari"),
    "unknown": ("Alex", "Jo"),
}
SEXES = {"female": 54, "male": 42, "other": 3, "unknown": 1}
MEMBER, ELSEWHERE = "https://insurer.example/id/member", "urn:oid:2.999.7.1"


@dataclass(frozen=True, slots=True)
class Body:
    """Figures at rest; ``answer`` is the rise of systolic pressure in mmHg at 0.75 mg/kg/h, after long enough."""

    kilograms: Decimal
    weight_unit: str
    height: Document | None
    systolic: int
    diastolic: int
    heart_rate: int
    saturation: int
    answer: int


def patient(dice: Dice, name: str, year: int) -> Document:
    """``name`` is unique to this patient; ``year`` is the year of the first session."""
    sex = dice.weighed(SEXES)
    first = dice.below(len(GIVEN[sex]))
    given = [GIVEN[sex][first]]
    if dice.chance(0.25):
        given.append(GIVEN[sex][(first + 1) % len(GIVEN[sex])])
    found: Document = dict(_identity(dice, name))
    found |= {"family": f"Synthetic-{dice.pick(FAMILIES)}", "given": given if dice.chance(0.98) else []}
    found |= {"birth_date": _birth_date(dice, year), "sex": sex}
    if dice.chance(0.8):
        found["phone"] = f"+1-555-555-01{dice.below(100):02d}"
    return found


def _identity(dice: Dice, name: str) -> Iterator[tuple[str, Any]]:
    """Most have the clinic's number; some an insurer's or another hospital's too, a few only that."""
    elsewhere = dice.chance(0.03)
    if not elsewhere:
        yield "mrn", f"SYN-{name}"
    if elsewhere or dice.chance(0.15):
        others = [{"system": MEMBER, "value": f"SYN-M-{name}"}, {"system": ELSEWHERE, "value": f"SYN-E-{name}"}]
        yield "identifiers", others if dice.chance(0.2) else [dice.pick(others)]


def _birth_date(dice: Dice, year: int) -> str:
    born = year - dice.whole(18, 78)
    known = dice.weighed({10: 96, 7: 2, 4: 2})
    return f"{born}-{dice.whole(1, 12):02d}-{dice.whole(1, 28):02d}"[:known]


def body(dice: Dice, sex: str) -> Body:
    low, high, tall = (480, 1150, 165) if sex == "female" else (560, 1400, 177)
    systolic = dice.whole(100, 142)
    return Body(
        kilograms=dice.decimal(low, high, 1),
        weight_unit=dice.weighed({"kg": 68, "[lb_av]": 31, "g": 1}),
        height=_height(dice, dice.whole(tall - 18, tall + 18)),
        systolic=systolic,
        diastolic=systolic * 5 // 8 + dice.whole(-6, 6),
        heart_rate=dice.whole(56, 88),
        saturation=dice.whole(96, 99),
        answer=dice.whole(10, 38),
    )


def _height(dice: Dice, centimetres: int) -> Document | None:
    unit = dice.weighed({"cm": 60, "[in_i]": 25, "m": 5, "": 10})
    if not unit:
        return None
    values = {"cm": Decimal(centimetres), "m": Decimal(centimetres).scaleb(-2), "[in_i]": _inches(centimetres)}
    return quantity(dice, values[unit], unit)


def _inches(centimetres: int) -> Decimal:
    return Decimal(round(centimetres * 100 / 254 * 2)) / 2


def weight(dice: Dice, kilograms: Decimal, unit: str) -> Document:
    """As the scale shows it; what the doses are computed with is this, not the kilograms behind it."""
    if unit == "kg":
        return quantity(dice, kilograms, unit)
    if unit == "g":
        return quantity(dice, int(kilograms * 1000), unit)
    return quantity(dice, Decimal(round(kilograms * 10 / Decimal("0.45359237"))).scaleb(-1), unit)
