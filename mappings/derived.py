"""What the readings of a session add up to: where each vital sign began, how far it went, when it came back.

Pure functions over one session. The baseline is the last reading up to the first event of the infusion; where there is
none, the first reading. The peak lies after that event: the highest reading, and of what is dangerous when it falls
(oxygen saturation, respiratory rate) the lowest. It has returned at the first reading from the peak on that is within
a tolerance of the baseline: no return means that no later reading came so near.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from mappings.clinic import Baseline
from mappings.events import VitalSigns
from mappings.session import InfusionSession
from mappings.timeline import infusion_events

# field of the record → row of the table `derived`, and whether its danger lies in falling
SIGNS = {
    "systolic": ("systolic", False),
    "diastolic": ("diastolic", False),
    "mean": ("mean", False),
    "heart_rate": ("heart-rate", False),
    "oxygen_saturation": ("oxygen-saturation", True),
    "respiratory_rate": ("respiratory-rate", True),
}


class Reading(NamedTuple):
    """One charted value; ``event`` is the set of readings that it stands in."""

    value: Decimal
    time: datetime
    event: VitalSigns


@dataclass(frozen=True, slots=True)
class Excursion:
    """One vital sign over a session. ``peak`` is None where nothing but the baseline was read."""

    sign: str
    baseline: Reading
    peak: Reading | None
    returned: Reading | None


def tolerance(sign: str, baseline: Baseline) -> int:
    """In percent of the baseline."""
    spo2 = sign == "oxygen_saturation"
    return baseline.oxygen_saturation_tolerance_percent if spo2 else baseline.tolerance_percent


def excursions(session: InfusionSession, near: Baseline) -> Iterator[Excursion]:
    """Every vital sign that was read, by the order of ``SIGNS``. Nothing of a session that was not done."""
    if session.status == "not-done":
        return
    begun, sets = begin(session), sets_of_readings(session)
    for sign, (_, falls) in SIGNS.items():
        charted = readings(sets, sign)
        if charted:
            yield _excursion(sign, charted, begun, falls, tolerance(sign, near))


def begin(session: InfusionSession) -> datetime | None:
    """The time of the first event of the infusion, a bolus too."""
    return next((event.time for _, event in infusion_events(session.events)), None)


def sets_of_readings(session: InfusionSession) -> list[VitalSigns]:
    """In time order; those of one time as written."""
    return sorted((e for e in session.events if type(e) is VitalSigns), key=lambda event: event.time)


def readings(sets: Sequence[VitalSigns], sign: str) -> list[Reading]:
    """All values of one field."""
    return [Reading(value, e.time, e) for e in sets if (value := getattr(e, sign)) is not None]


def baseline(charted: Sequence[Reading], begun: datetime | None) -> Reading:
    """Of readings in time order, at least one."""
    before = [reading for reading in charted if begun is not None and reading.time <= begun]
    return before[-1] if before else charted[0]


def since(charted: Sequence[Reading], begun: datetime | None) -> list[Reading]:
    """After the infusion began; where nothing was infused, all."""
    return [reading for reading in charted if begun is None or reading.time > begun]


def is_near(value: Decimal, other: Decimal, percent: int) -> bool:
    """Exact: a reading has 19 digits at most, and Decimals carry 28."""
    return abs(value - other) * 100 <= percent * other


def _excursion(sign: str, charted: list[Reading], begun: datetime | None, falls: bool, percent: int) -> Excursion:
    first, after = baseline(charted, begun), since(charted, begun)
    if not [reading for reading in after if reading is not first]:
        return Excursion(sign, first, None, None)
    peak = min(after, key=lambda r: r.value) if falls else max(after, key=lambda r: r.value)
    later = after[after.index(peak) :]
    back = next((reading for reading in later if is_near(reading.value, first.value, percent)), None)
    return Excursion(sign, first, peak, back)
