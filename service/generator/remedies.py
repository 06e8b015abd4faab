"""Drugs given besides the infusion: before it, to help against a reaction, or for something else."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from service.generator.concepts import Tables, concept
from service.generator.dice import Dice
from service.generator.units import Document, quantity

Portion = tuple[str, str, str]
# By key of the terminology: value, unit and route of what is usual; other rows get the last line.
PORTIONS: Mapping[str, tuple[Portion, ...]] = {
    "labetalol": (("10", "mg", "intravenous"), ("20", "mg", "intravenous")),
    "labetalol-5mg-ml": (("2", "mL", "intravenous"),),
    "clonidine": (("0.1", "mg", "oral"), ("0.2", "mg", "oral")),
    "clonidine-0.1mg-tablet": (("1", "{tablet}", "oral"), ("0.1", "mg", "oral")),
    "ondansetron": (("4", "mg", "intravenous"), ("0.1", "mg/kg", "intravenous"), ("8", "mg", "oral")),
    "ondansetron-2mg-ml": (("2", "mL", "intravenous"), ("4", "mg", "intramuscular")),
    "midazolam": (("1.0", "mg", "intravenous"), ("2", "mg", "intravenous")),
    "midazolam-1mg-ml": (("1", "mL", "intravenous"),),
    "magnesium-sulfate": (("1", "g", "intravenous"), ("8", "meq", "intravenous")),
    "magnesium-sulfate-injection": (("2", "g", "intravenous"),),
    "glycopyrronium": (("0.2", "mg", "intravenous"), ("200", "ug", "intravenous"), ("4", "ug/kg", "intramuscular")),
    "glycopyrronium-injection-robinul": (("0.2", "mg", "intravenous"),),
    "ketorolac": (("15", "mg", "intravenous"), ("0.5", "mg/kg", "intravenous"), ("30", "mg", "intramuscular")),
    "ketorolac-solution-toradol": (("30", "mg", "intravenous"),),
    "hydralazine": (("5", "mg", "intravenous"),),
    "hydralazine-injection": (("10", "mg", "intravenous"),),
    "lorazepam": (("1", "mg", "intravenous"), ("0.5", "mg", "intravenous"), ("1", "mg", "intramuscular")),
    "lorazepam-injection-ativan": (("2", "mg", "intravenous"),),
    "sodium-chloride": (("1", "g", "oral"),),
    "sodium-chloride-9mg-ml": (("250", "mL", "intravenous"), ("0.5", "L", "intravenous")),
    "": (("1", "mg", ""),),
}
# Drugs that the terminology has no row for: text alone
UNLISTED: Mapping[str, Portion] = {
    "Acetaminophen": ("1", "g", "oral"),
    "Heparin flush": ("500", "[IU]", "intravenous"),
    "Lorazepam tablet": ("1", "{tablet}", "sublingual"),
    "Albuterol inhaler": ("180", "ug", "inhaled"),
    "Ibuprofen": ("400", "mg", "oral"),
}
BEFORE = {"ondansetron": 45, "glycopyrronium": 20, "midazolam": 10, "midazolam-1mg-ml": 5, "clonidine": 20}
BESIDES = {"sodium-chloride-9mg-ml": 45, "ketorolac": 30, "magnesium-sulfate": 10, "labetalol-5mg-ml": 5}
REASONS = {
    "ondansetron": "Nausea at an earlier session",
    "glycopyrronium": "Salivation at an earlier session",
    "midazolam": "Anxious before the infusion",
    "clonidine": "Pressure high at baseline",
    "sodium-chloride-9mg-ml": "Hydration",
    "ketorolac": "Headache",
    "Acetaminophen": "Headache",
    "Ibuprofen": "Headache",
    "Heparin flush": "Line kept open",
    "Albuterol inhaler": "Wheezing, known asthma",
}


def premedication(dice: Dice, tables: Tables) -> Document:
    key = dice.weighed(BEFORE)
    return _given(dice, tables, key, "premedication", REASONS.get(key))


def rescue(dice: Dice, tables: Tables, key: str, reason: str) -> Document:
    return _given(dice, tables, key, "rescue", reason)


def besides(dice: Dice, tables: Tables) -> Document:
    """Any row of the table can be met here, and what has no row."""
    if dice.chance(0.25):
        words = dice.pick(tuple(UNLISTED))
        return _portion(dice, UNLISTED[words], {"text": words}, "other", REASONS.get(words))
    key = dice.weighed(BESIDES) if dice.chance(0.8) else dice.pick(tuple(tables["drug"]))
    return _given(dice, tables, key, "other", REASONS.get(key))


def _given(dice: Dice, tables: Tables, key: str, purpose: str, reason: str | None) -> Document:
    portion = dice.pick(PORTIONS.get(key, PORTIONS[""]))
    return _portion(dice, portion, concept(dice, tables, "drug", key), purpose, reason)


def _portion(dice: Dice, portion: Portion, drug: Document, purpose: str, reason: str | None) -> Document:
    value, unit, route = portion
    found: Document = {"drug": drug, "dose": quantity(dice, _number(value), unit)}
    if route and dice.chance(0.95):
        found["route"] = route
    if purpose != "other" or dice.chance(0.5):
        found["purpose"] = purpose
    return {**found, "reason": reason} if reason and dice.chance(0.8) else found


def _number(text: str) -> Decimal | int:
    return Decimal(text) if "." in text else int(text)
