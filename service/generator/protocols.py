"""How clinics infuse ketamine: by what it is given for, how much, over how long, and how closely it is watched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from service.generator.dice import Dice

Kind = Literal["mood", "higher", "pain", "placebo"]


@dataclass(frozen=True, slots=True)
class Protocol:
    """``doses`` are mg/kg in all, weighted; ``minutes`` how long; ``every`` the minutes between vital signs."""

    kind: Kind
    doses: Mapping[str, int]
    minutes: Mapping[int, int]
    every: Mapping[int, int]


PROTOCOLS: Mapping[Kind, Protocol] = {
    "mood": Protocol("mood", {"0.5": 80, "0.50": 10, "0.4": 5, "0.6": 5}, {40: 92, 45: 5, 60: 3}, {5: 60, 10: 40}),
    "higher": Protocol("higher", {"0.75": 50, "1.0": 35, "0.8": 15}, {50: 40, 60: 45, 90: 15}, {5: 40, 10: 60}),
    "pain": Protocol(
        "pain", {"0.8": 30, "1.0": 25, "1.2": 25, "2.0": 20}, {240: 45, 300: 20, 360: 10, 120: 25}, {15: 80, 10: 20}
    ),
    "placebo": Protocol("placebo", {"0.5": 100}, {40: 100}, {10: 100}),
}
# By the beginning of the terminology key; what no word here begins is treated as mood.
INDICATIONS: Mapping[str, Mapping[Kind, int]] = {
    "crps": {"pain": 100},
    "neur": {"pain": 100},
    "poly": {"pain": 100},
    "chronic-pain": {"pain": 95, "higher": 5},
    "fibro": {"pain": 90, "higher": 10},
    "phantom": {"pain": 100},
    "ptsd": {"mood": 80, "higher": 20},
    "": {"mood": 85, "higher": 12, "placebo": 3},
}


def protocol_for(dice: Dice, indication: str) -> Protocol:
    kinds = next(kinds for begin, kinds in INDICATIONS.items() if indication.startswith(begin))
    return PROTOCOLS[dice.weighed(kinds)]
