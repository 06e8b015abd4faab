"""Questionnaires and ratings along a course: how ill a patient is decides what they answer.

``illness`` is a share from 0 (well) to 1 (as ill as the scale can say). An instrument that is not listed here is read
off its row: its items from 0 to ``top``, or a total.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mappings.clinic import Row
from service.generator.dice import Dice
from service.generator.units import Document

# The total that the most ill would reach in practice
TOTALS: Mapping[str, int] = {
    "madrs": 48,
    "hamd17": 38,
    "hamd6": 18,
    "qids-sr16": 25,
    "ybocs": 36,
    "bprs": 60,
    "pcl5": 74,
    "pain-nrs": 10,
    "cadss": 40,
    "aldrete": 10,
    "padss": 10,
}
SCREENER = "cssrs-screener"


@dataclass(frozen=True, slots=True)
class Illness:
    """``first`` at the beginning, ``drop`` the share of it that is gone at the end; ``bent`` is how items differ."""

    first: float
    drop: float
    bent: int
    suicidal: bool

    def at(self, way: float) -> float:
        """``way`` is 0 at the first visit and 1 at the last."""
        return self.first * (1 - self.drop * way)

    def leaning(self, item: int) -> float:
        """What this patient answers to an item more or less than to others, the same at every visit."""
        return ((self.bent >> (item * 3 % 24)) % 7 - 3) / 10


def illness(dice: Dice) -> Illness:
    """Three of five get much better, one a little, one does not or gets worse."""
    drop = dice.weighed({"much": 60, "little": 18, "not": 22})
    low, high = {"much": (50, 85), "little": (25, 48), "not": (-12, 18)}[drop]
    return Illness(dice.whole(45, 90) / 100, dice.whole(low, high) / 100, dice.below(1 << 24), dice.chance(0.45))


def score(dice: Dice, row: Row, key: str, illness: Illness, ill: float) -> Document:
    """An answer sheet, or a total where the row has no items."""
    if key == SCREENER:
        return {"instrument": key, "items": screener(dice, illness, ill)}
    if not row.items or row.top is None:
        return {"instrument": key, "total": total(dice, TOTALS.get(key, 10), ill)}
    items = [_item(row.top, ill + illness.leaning(place) + dice.whole(-1, 1) / 12) for place in range(len(row.items))]
    if key == "phq9":
        items[8] = _item(row.top, ill * 0.8 - 0.1) if illness.suicidal else 0
    return {"instrument": key, **_sheet(dice, items)}


def total(dice: Dice, most: int, ill: float) -> int:
    return max(0, min(most, int(most * ill + dice.whole(-1, 1) * most / 24 + 0.5)))


def _item(top: int, ill: float) -> int:
    return max(0, min(top, int(ill * top + 0.5)))


def _sheet(dice: Dice, items: list[int]) -> Document:
    """Mostly items and total; total alone, items alone, an item left out, or a sum that somebody got wrong."""
    match dice.weighed({"both": 76, "total": 14, "items": 6, "left out": 3, "wrong": 1}):
        case "both":
            return {"total": sum(items), "items": items}
        case "total":
            return {"total": sum(items)}
        case "items":
            return {"items": items}
        case "left out":
            place = dice.below(len(items))
            return {"items": [None if i == place else item for i, item in enumerate(items)]}
        case _:
            return {"total": sum(items) + 1, "items": items}


def screener(dice: Dice, illness: Illness, ill: float) -> list[int | None]:
    """C-SSRS: a yes to the second question opens the next three; a yes to behaviour ever asks about three months."""
    wish = illness.suicidal and ill > 0.2
    thoughts = wish and ill > 0.4
    further: list[int | None] = [None, None, None]
    if thoughts:
        further = [int(ill > edge and dice.chance(0.7)) for edge in (0.5, 0.65, 0.75)]
    ever = illness.bent % 6 == 0
    return [int(wish), int(thoughts), *further, int(ever), int(ever and ill > 0.7) if ever else None]
