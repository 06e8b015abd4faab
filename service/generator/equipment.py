"""Rooms, pumps and monitors of the made-up clinics: the same words for the same id in every document."""

from __future__ import annotations

from collections.abc import Iterator

from service.generator.dice import Dice
from service.generator.units import Document

ROOMS: tuple[Document, ...] = (
    {"id": "gen-room-1", "name": "Infusion room 1"},
    {"id": "gen-room-2", "name": "Infusion room 2"},
    {"id": "gen-room-3", "name": "Infusion room 3 (quiet)"},
    {"name": "Day clinic, bay C"},
)
PUMPS: tuple[Document, ...] = (
    {"id": "gen-pump-1", "type": "infusion-pump", "name": "Syringe pump 1", "manufacturer": "Synthetic Pumps"},
    {
        "id": "gen-pump-2",
        "type": "infusion-pump",
        "manufacturer": "Synthetic Pumps",
        "model": "SP-200",
        "serial": "2",
    },
    {"id": "gen-pump-3", "type": "infusion-pump", "name": "Volumetric pump", "model": "V-9", "serial": "S-00317"},
    {"id": "gen-pump-4", "type": "infusion-pump"},
)
MONITORS: tuple[Document, ...] = (
    {"id": "gen-monitor-1", "type": "monitor", "name": "Bedside monitor 1", "manufacturer": "Synthetic Care"},
    {"id": "gen-monitor-2", "type": "monitor", "name": "Bedside monitor 2", "model": "Watch 5", "serial": "W5-2201"},
)


def devices(dice: Dice, infusions: int) -> Iterator[Document]:
    """A pump for each infusion, and often a monitor."""
    first = dice.below(len(PUMPS))
    for place in range(infusions):
        yield dict(PUMPS[(first + place) % len(PUMPS)])
    if dice.chance(0.6):
        yield dict(dice.pick(MONITORS))
