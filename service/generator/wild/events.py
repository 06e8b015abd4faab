"""Wild events beside the infusion: each kind with any of its optional parts, inside the session or outside it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from mappings.quantities import Given, Temperature
from service.generator.concepts import Tables
from service.generator.dice import Dice
from service.generator.units import Document
from service.generator.wild.concepts import concept
from service.generator.wild.moments import STEPS, Moments
from service.generator.wild.numbers import amount, number, percent
from service.generator.wild.words import text

SEVERITIES = ("mild", "moderate", "severe", "life-threatening", "fatal")
OUTCOMES = ("resolved", "recovering", "ongoing", "resolvedWithSequelae", "fatal", "unknown")
ROUTES = ("intravenous", "intramuscular", "oral", "sublingual", "inhaled")


@dataclass(frozen=True, slots=True)
class Scene:
    """What the makers of events need."""

    dice: Dice
    tables: Tables
    moments: Moments

    def optional(self, **makers: Callable[[], Any]) -> Document:
        """Each part there or not, independently of the others; which, is drawn before what they say."""
        wanted = [name for name in makers if self.dice.chance(0.5)]
        return {name: makers[name]() for name in wanted}

    def text(self) -> str:
        return text(self.dice)


def other_event(scene: Scene, type_: str) -> Document:
    at = scene.moments.near()
    return {"type": type_, "time": scene.moments.write(at), **MAKERS[type_](scene, at)}


def _vital_signs(scene: Scene, _at: timedelta) -> Document:
    dice = scene.dice

    def reading() -> Any:
        return number(dice)

    found = scene.optional(
        systolic=reading,
        diastolic=reading,
        mean=reading,
        heart_rate=reading,
        oxygen_saturation=lambda: percent(dice),
        oxygen_flow=reading,
        inspired_oxygen=lambda: percent(dice),
        respiratory_rate=reading,
        temperature=lambda: amount(dice, Temperature),
        end_tidal_co2=reading,
    )
    return _consistent(found) or {"heart_rate": 70}


def _consistent(found: Document) -> Document:
    """Systolic is the higher one; oxygen that was given is charted with its saturation."""
    if {"systolic", "diastolic"} <= found.keys() and found["systolic"] < found["diastolic"]:
        found["systolic"], found["diastolic"] = found["diastolic"], found["systolic"]
    if "oxygen_saturation" not in found:
        return {name: value for name, value in found.items() if "oxygen" not in name}
    return found


def _score(scene: Scene, _at: timedelta) -> Document:
    """Items with holes, totals that differ from their sum, totals below zero."""
    dice = scene.dice
    rows = scene.tables["instrument"]
    key = dice.pick([key for key in rows if rows[key].items] if dice.chance(0.5) else tuple(rows))
    row, total = rows[key], number(dice) if dice.chance(0.8) else -1 - dice.below(20)
    if not row.items or dice.chance(0.3):
        return {"instrument": key, "total": total}
    holes = dice.weighed({0.0: 6, 0.4: 3, 1.0: 1})
    most = row.top if row.top is not None else 100
    items = [None if holes and dice.chance(holes) else dice.whole(0, most) for _ in row.items]
    found: Document = {"instrument": key, "items": items}
    match dice.below(3):
        case 0:
            return found
        case 1:
            return {**found, "total": sum(item or 0 for item in items)}
        case _:
            return {**found, "total": total}


def _sedation(scene: Scene, _at: timedelta) -> Document:
    return {"scale": scene.dice.pick(tuple(scene.tables["instrument"])), "level": scene.dice.whole(-10, 100)}


def _dissociation(scene: Scene, _at: timedelta) -> Document:
    return {"level": scene.dice.pick(("none", "mild", "moderate", "severe")), **scene.optional(note=scene.text)}


def _reaction(scene: Scene, at: timedelta) -> Document:
    dice, moments = scene.dice, scene.moments
    return {
        "reaction": concept(dice, scene.tables, "reaction"),
        "severity": dice.pick(SEVERITIES),
        **scene.optional(
            action=scene.text,
            infusion_stopped=lambda: dice.chance(0.5),
            end=lambda: moments.write(at + dice.pick((timedelta(), *STEPS))),
            outcome=lambda: dice.pick(OUTCOMES),
        ),
    }


def _medication(scene: Scene, _at: timedelta) -> Document:
    dice = scene.dice
    return {
        "drug": concept(dice, scene.tables, "drug"),
        "dose": amount(dice, Given),
        **scene.optional(
            route=lambda: dice.pick(ROUTES),
            purpose=lambda: dice.pick(("premedication", "rescue", "other")),
            reason=scene.text,
        ),
    }


def _note(scene: Scene, _at: timedelta) -> Document:
    return {"text": scene.text(), **scene.optional(kind=lambda: scene.dice.pick(("clinical", "psychotherapy")))}


def _discharge(scene: Scene, _at: timedelta) -> Document:
    return {"criteria_met": scene.dice.chance(0.5), **scene.optional(criteria=scene.text, escort=scene.text)}


MAKERS: dict[str, Callable[[Scene, timedelta], Document]] = {
    "note": _note,
    "vital-signs": _vital_signs,
    "score": _score,
    "sedation": _sedation,
    "dissociation": _dissociation,
    "reaction": _reaction,
    "medication": _medication,
    "discharge": _discharge,
}
