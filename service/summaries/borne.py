"""How the patient bore it: vital signs before, at their extremes and last; reactions; dissociation and sedation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from mappings import Clinic, InfusionSession
from mappings.derived import VALUE, Reading, begin, parted, readings, sets_of_readings
from mappings.events import Dissociation, Reaction, Sedation
from service.summaries import words

# field of the record → (words, unit as read)
VITALS = {
    "systolic": ("Systolic pressure", "mmHg"),
    "diastolic": ("Diastolic pressure", "mmHg"),
    "mean": ("Mean pressure", "mmHg"),
    "heart_rate": ("Heart rate", "/min"),
    "oxygen_saturation": ("SpO\u2082", "%"),
    "respiratory_rate": ("Respiratory rate", "/min"),
    "end_tidal_co2": ("End-tidal CO\u2082", "mmHg"),
    "oxygen_flow": ("Oxygen given", "L/min"),
    "inspired_oxygen": ("Oxygen inspired", "%"),
}
# what the ends of a scale mean, for readers who do not use it every day
SCALES = {"moaas": "5 is alert", "rass": "0 is alert and calm"}


@dataclass(frozen=True, slots=True)
class VitalSign:
    """``baseline``: the last reading up to the start of the infusion. ``highest`` and ``lowest``: after that start.

    Without an infusion the baseline is the first reading and the extremes are those of all readings.
    """

    name: str
    unit: str
    baseline: Reading | None
    highest: Reading | None
    lowest: Reading | None
    last: Reading


@dataclass(frozen=True, slots=True)
class Bore:
    """A reaction with the mark it has on the chart (``R1``)."""

    mark: str
    name: str
    reaction: Reaction


@dataclass(frozen=True, slots=True)
class Level:
    """A level of dissociation or sedation in words, such as ``mild`` or ``4``."""

    time: datetime
    level: str
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Levels:
    """One scale over the session, in time order; ``meaning`` explains its numbers."""

    name: str
    levels: tuple[Level, ...]
    meaning: str | None = None


def vital_signs(session: InfusionSession) -> Iterator[VitalSign]:
    begun = begin(session)
    charted_of = readings(session)
    for field, (name, unit) in VITALS.items():
        if field in charted_of:
            yield _vital_sign(name, unit, charted_of[field], begun)
    warmth = [(e.temperature, e) for e in sets_of_readings(session) if e.temperature is not None]
    for scale in dict.fromkeys(found.unit for found, _ in warmth):
        charted = [Reading(found.value, event.time, event) for found, event in warmth if found.unit == scale]
        yield _vital_sign("Temperature", words.unit(scale), charted, begun)


def _vital_sign(name: str, unit: str, charted: list[Reading], begun: datetime | None) -> VitalSign:
    before, after = parted(charted, begun)
    too_late = not before and begun is not None  # then there is no baseline to a reader
    return VitalSign(
        name,
        unit,
        baseline=None if too_late else (before[-1] if before else charted[0]),
        highest=max(after, key=VALUE, default=None),
        lowest=min(after, key=VALUE, default=None),
        last=charted[-1],
    )


def reactions(session: InfusionSession, clinic: Clinic) -> Iterator[Bore]:
    """In time order, numbered as on the chart."""
    found = sorted((e for e in session.events if isinstance(e, Reaction)), key=lambda event: event.time)
    for place, event in enumerate(found, start=1):
        yield Bore(f"R{place}", clinic.display("reaction", event.reaction), event)


def levels(session: InfusionSession, clinic: Clinic) -> Iterator[Levels]:
    """Dissociation first, then each sedation scale that was used."""
    events = sorted((e for e in session.events if isinstance(e, Dissociation | Sedation)), key=lambda e: e.time)
    states = tuple(Level(e.time, e.level, e.note) for e in events if isinstance(e, Dissociation))
    if states:
        yield Levels("Dissociation", states)
    sedation = [e for e in events if isinstance(e, Sedation)]
    for scale in dict.fromkeys(e.scale for e in sedation):
        row = clinic.tables.get("instrument", {}).get(scale)
        found = tuple(Level(e.time, str(e.level).replace("-", "\u2212")) for e in sedation if e.scale == scale)
        yield Levels(row.text if row else scale, found, SCALES.get(scale))
