"""What the readings of a session add up to: where each vital sign began, how far it went, when it came back.

Pure functions over one session. The baseline is the last reading up to the first event of the infusion; where there is
none, the first reading. The peak lies after that event: the highest reading, and of what is dangerous when it falls
(oxygen saturation, respiratory rate) the lowest. It has returned at the first reading from the peak on that is within
a tolerance of the baseline: no return means that no later reading came so near.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from operator import attrgetter
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


# Fields of the record that hold a number alone; a temperature has a unit of its own
NUMBERS = (*SIGNS, "oxygen_flow", "inspired_oxygen", "end_tidal_co2")
TIME, VALUE = attrgetter("time"), attrgetter("value")


class Reading(NamedTuple):
    """One charted value; ``event`` is the set of readings that it stands in."""

    value: Decimal
    time: datetime
    event: VitalSigns


Charted = dict[str, list[Reading]]


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


def excursions(session: InfusionSession, found: Charted, near: Baseline) -> Iterator[Excursion]:
    """Every vital sign that was read, by the order of ``SIGNS``. Nothing of a session that was not done.

    ``found``: the session's readings.
    """
    if session.status == "not-done":
        return
    begun = begin(session)
    for sign, (_, falls) in SIGNS.items():
        if sign in found:
            yield _excursion(sign, found[sign], begun, falls, tolerance(sign, near))


def begin(session: InfusionSession) -> datetime | None:
    """The time of the first event of the infusion, a bolus too."""
    return next((event.time for _, event in infusion_events(session.events)), None)


def sets_of_readings(session: InfusionSession) -> list[VitalSigns]:
    """In time order; those of one time as written."""
    return sorted((e for e in session.events if type(e) is VitalSigns), key=TIME)


def readings(session: InfusionSession) -> Charted:
    """All values of each field that has any, in time order."""
    found: Charted = {}
    for event in sets_of_readings(session):
        for field in NUMBERS:
            value = getattr(event, field)
            if value is not None:
                found.setdefault(field, []).append(Reading(value, event.time, event))
    return found


def parted(charted: Sequence[Reading], begun: datetime | None) -> tuple[Sequence[Reading], Sequence[Reading]]:
    """Readings in time order, at least one → those up to the begin of the infusion, and those after it.

    Where nothing was infused, all of them are after it.
    """
    up_to = 0 if begun is None else bisect_right(charted, begun, key=TIME)
    return charted[:up_to], charted[up_to:]


def _excursion(sign: str, charted: Sequence[Reading], begun: datetime | None, falls: bool, percent: int) -> Excursion:
    before, after = parted(charted, begun)
    first, later = (before[-1], after) if before else (charted[0], charted[1:])
    if not later:
        return Excursion(sign, first, None, None)
    peak = min(after, key=VALUE) if falls else max(after, key=VALUE)
    near = percent * first.value  # exact: a reading has 19 digits at most, and Decimals carry 28
    since_peak = after[after.index(peak) :]
    back = next((reading for reading in since_peak if abs(reading.value - first.value) * 100 <= near), None)
    return Excursion(sign, first, peak, back)
