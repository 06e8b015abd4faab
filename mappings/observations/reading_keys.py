"""The key of a single reading: the Observation of a set's heart rate does not hang on another set at the same time."""

from __future__ import annotations

from collections import Counter

from mappings.context import SessionContext
from mappings.events import VitalSigns
from mappings.identity import PlacedKey, moment

# field of the record → row of the table `vital`: what an Observation of its own comes from, but for pressures
ROWS = {
    "heart_rate": "heart-rate",
    "respiratory_rate": "respiratory-rate",
    "end_tidal_co2": "end-tidal-co2",
    "temperature": "temperature",
    "oxygen_saturation": "oxygen-saturation",
}


def pressure_row(event: VitalSigns) -> str:
    """Pressures of one set are one panel; a mean that was read alone stands alone."""
    return "mean" if event.systolic is None and event.diastolic is None else "blood-pressure"


def keys_by_row(context: SessionContext, event: VitalSigns) -> dict[str, PlacedKey]:
    """Row → key, of a set that is not alone at its time; empty for any other, whose rows have the key of the set."""
    return context.once(_at_one_time).get(id(event), {})


def _at_one_time(context: SessionContext) -> dict[int, dict[str, PlacedKey]]:
    """By the identity of the set: each row is counted by itself. Most sessions have none."""
    sets = context.events(VitalSigns)
    times = Counter(event.time for event, _ in sets)
    if len(times) == len(sets):
        return {}
    found: dict[int, dict[str, PlacedKey]] = {}
    seen: Counter[tuple[str, str]] = Counter()
    for event, key in sets:
        time, found[id(event)] = moment(event.time), {}
        for row in [pressure_row(event), *ROWS.values()]:
            seen[time, row] += row in _rows(event)
            count = seen[time, row]
            found[id(event)][row] = PlacedKey.of(time if count < 2 else f"{time} {count}", key.place)
    return found


def _rows(event: VitalSigns) -> set[str]:
    read = {row for field, row in ROWS.items() if getattr(event, field) is not None}
    pressures = (event.systolic, event.diastolic, event.mean)
    return read | {pressure_row(event)} if any(pressure is not None for pressure in pressures) else read
