"""Dose arithmetic: infusion events → constant-rate segments and boluses whose doses add up.

Exact: rates, times, weights and concentrations are combined as fractions; only the running total is rounded, to
0.000001 mg, and a segment's dose is the difference of two rounded totals. So the doses of the segments always sum to
the rounded total of the whole, whatever the rates were.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from functools import cache
from typing import Any, Literal, NamedTuple

from mappings.events import InfusionEvent, InfusionStart, InfusionStop, RateChange, Resume
from mappings.identity import PlacedKey, moment, told_apart
from mappings.quantities import Concentration, Dose, Quantity, Rate
from mappings.session import InfusionSession, Medication
from mappings.timeline import infusion_events

RESOLUTION = Decimal("0.000001")  # mg; one nanogram
# Doses from other records (pumps, drawn-up minus wasted) count as equal within this: pumps show three digits or so.
TOLERANCE = Decimal("0.005")

# What one of a unit is. A value of a record has 19 digits at most and these have 8, so their product is exact in 28.
MILLIGRAMS = {"mg": Decimal(1), "ug": Decimal("0.001"), "g": Decimal(1000)}
PER_HOUR = {"h": Decimal(1), "min": Decimal(60)}
KILOGRAMS = {"kg": Decimal(1), "g": Decimal("0.001"), "[lb_av]": Decimal("0.45359237")}


# Behind these the drug runs
OPENING = (InfusionStart, RateChange, Resume)
END_ASSUMED = "No end was charted: taken to run to the end of the session"


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch at one rate, or a bolus (``end`` is then ``start``).

    ``dose_mg`` is None where it cannot be known: no weight, no concentration, or no end yet. ``charted`` is a bolus as
    it was written down. ``key`` names the segment within its session, ``sequence`` counts from 1 per medication, and
    ``place`` is the index of the event it came from. ``started_by`` and ``ended_by`` are types of events; ``reason``
    says why it began (a rate change, a resumption), ``end_reason`` why it ended. ``stopped``: the infusion was aborted
    during it or in the pause behind it, for ``stop_reason``.
    """

    medication: str
    key: tuple[str, ...]
    sequence: int
    kind: Literal["infusion", "bolus"]
    start: datetime
    end: datetime | None
    rate: Rate | None
    dose_mg: Decimal | None
    charted: Dose | None = None
    started_by: str = "bolus"
    reason: str | None = None
    ended_by: str | None = None
    end_reason: str | None = None
    stopped: bool = False
    stop_reason: str | None = None
    place: int = 0

    @property
    def is_end_assumed(self) -> bool:
        """Nothing charted ends it, so it is taken to run to the end of the session."""
        return self.end is not None and self.ended_by is None and self.kind == "infusion"


class Given(NamedTuple):
    """What was given of a medication, in mg and in mg/kg to three decimals; None for what cannot be known."""

    mg: Decimal | None
    per_kg: Decimal | None


@dataclass(slots=True)
class _Open:
    """A segment being built: the arms of the time line fill it in."""

    event: InfusionEvent
    place: int
    rate: Rate | None
    end: datetime | None = None
    ended_by: str | None = None
    end_reason: str | None = None
    stopped: bool = False
    stop_reason: str | None = None


def segments(session: InfusionSession) -> list[Segment]:
    """Every segment of every medication, by medication in the order listed, then by time."""
    return [segment for medication in session.medications for segment in _of_medication(session, medication)]


def weight_kg(session: InfusionSession) -> Fraction | None:
    """The weight that weight-based doses use, exactly."""
    weight = session.preparation.weight
    return Fraction(weight.value * KILOGRAMS[weight.unit]) if weight else None


def total_dose_mg(session: InfusionSession, label: str) -> Decimal | None:
    """What was given of one medication in mg; None when a part of it cannot be known or nothing was charted."""
    return given_mg(segments(session), label)


def given_mg(found: Sequence[Segment], label: str) -> Decimal | None:
    """The same of segments already known."""
    doses = [segment.dose_mg for segment in found if segment.medication == label]
    return None if not doses or None in doses else plain(sum((d for d in doses if d is not None), Decimal(0)))


def dose_per_kg(session: InfusionSession, label: str) -> Decimal | None:
    """mg/kg to three decimals."""
    total = total_dose_mg(session, label)
    return None if total is None else per_kg(session, total)


def per_kg(session: InfusionSession, total: Decimal) -> Decimal | None:
    """The same of a dose already known."""
    weight = weight_kg(session)
    return None if weight is None else plain(rounded(Fraction(total) / weight, Decimal("0.001")))


def given(session: InfusionSession, found: Sequence[Segment]) -> dict[str, Given]:
    """Label → what was given of each medication. ``found``: the session's segments."""
    totals = {medication.label: given_mg(found, medication.label) for medication in session.medications}
    return {label: Given(mg, None if mg is None else per_kg(session, mg)) for label, mg in totals.items()}


def minutes_run(session: InfusionSession, label: str) -> Fraction | None:
    """How long the infusion of one medication ran, pauses left out; None while or where its end is not known."""
    runs = [segment for segment in segments(session) if segment.medication == label and segment.kind == "infusion"]
    spans = [_hours(run.start, run.end) for run in runs if run.end is not None]
    return sum(spans, Fraction(0)) * 60 if len(spans) == len(runs) else None


def mass_mg(amount: Quantity) -> Decimal:
    """An amount in mg, ug or g as milligrams, exactly."""
    return amount.value * MILLIGRAMS[amount.unit]


def milligrams(amount: Quantity, weight: Fraction | None) -> Fraction | None:
    """An amount in mg or mg/kg (ug, g alike) as exact milligrams."""
    mass, _, per_kg = amount.unit.partition("/")
    found = Fraction(amount.value * MILLIGRAMS[mass])
    if not per_kg:
        return found
    return None if weight is None else found * weight


def milligrams_per_hour(rate: Rate, weight: Fraction | None, concentration: Concentration | None) -> Fraction | None:
    """Any rate as exact mg/h, or None where the weight or the concentration it needs is missing."""
    amount, *per = rate.unit.split("/")
    speed = rate.value * PER_HOUR[per[-1]]
    if amount == "mL":
        if concentration is None:
            return None
        return Fraction(speed) * Fraction(concentration.value * MILLIGRAMS[concentration.unit.split("/")[0]])
    mass = Fraction(speed * MILLIGRAMS[amount])
    if "kg" not in per:
        return mass
    return None if weight is None else mass * weight


def rounded(value: Fraction, resolution: Decimal = RESOLUTION) -> Decimal:
    """A fraction to the given resolution, half to even, exactly."""
    return Decimal(round(value * _per_unit(resolution))) * resolution


@cache
def _per_unit(resolution: Decimal) -> Fraction:
    return 1 / Fraction(resolution)


def plain(value: Decimal) -> Decimal:
    """``20.000000`` → ``20``, never ``2E+1``."""
    return without_exponent(value.quantize(RESOLUTION, ROUND_HALF_EVEN).normalize())


def without_exponent(value: Decimal) -> Decimal:
    """``2E+1`` → ``20``; any other as it is."""
    return value.quantize(Decimal(1)) if value.as_tuple().exponent > 0 else value  # type: ignore[operator]


def _of_medication(session: InfusionSession, medication: Medication) -> list[Segment]:
    weight = weight_kg(session)
    total: Fraction = Fraction(0)
    before = Decimal(0)
    found: list[Segment] = []
    seen: Counter[tuple[str, ...]] = Counter()
    for sequence, part in enumerate(_parts(session, medication), start=1):
        dose = _dose(part, weight, medication.concentration)
        if dose is not None:
            total += dose
        after = rounded(total)
        mg = None if dose is None else plain(after - before)
        kind = "bolus" if part.event.type == "bolus" else "segment"
        time = PlacedKey.of(moment(part.event.time), f"events[{part.place}]")
        key = told_apart((kind, medication.label, time), seen)
        found.append(_segment(medication.label, key, sequence, part, mg))
        before = after
    return found


def _parts(session: InfusionSession, medication: Medication) -> list[_Open]:
    """Walk the time line: a start, rate change or resumption opens a part, the infusion's next event closes it."""
    parts: list[_Open] = []
    running: _Open | None = None
    last: _Open | None = None
    for place, event in infusion_events(session.events):
        if not is_for(event, medication, session):
            continue
        if event.type == "bolus":
            parts.append(_Open(event, place, None, event.time))
            continue
        if running is not None:
            _close(running, event)
        elif event.type == "infusion-stop" and last is not None:
            last.stopped, last.stop_reason = event.aborted, event.reason
        running = None
        if isinstance(event, OPENING):
            rate = event.rate or (last.rate if last else None)
            running = last = _Open(event, place, rate)
            parts.append(running)
    if running is not None and session.end is not None and session.end >= running.event.time:
        running.end = session.end
    return parts


def _close(part: _Open, event: InfusionEvent) -> None:
    part.end, part.ended_by = event.time, event.type
    if event.type == "infusion-stop":
        part.stopped = event.aborted
        part.end_reason = part.stop_reason = event.reason
    elif event.type == "pause":
        part.end_reason = event.reason


def stops_in_a_pause(session: InfusionSession) -> list[tuple[int, InfusionStop, str]]:
    """The stops that end no segment, as the infusion had been paused: their place, and their medication's label."""
    found = []
    for medication in session.medications:
        running = False
        for place, event in infusion_events(session.events):
            if event.type == "bolus" or not is_for(event, medication, session):
                continue
            if event.type == "infusion-stop" and not running:
                found.append((place, event, medication.label))
            running = isinstance(event, OPENING)
    return found


def is_for(event: Any, medication: Medication, session: InfusionSession) -> bool:
    """An event that names no medication means the only one."""
    return event.medication == medication.label or (event.medication is None and len(session.medications) == 1)


def _dose(part: _Open, weight: Fraction | None, concentration: Concentration | None) -> Fraction | None:
    if part.event.type == "bolus":
        return milligrams(part.event.dose, weight)
    if part.end is None or part.rate is None:
        return None
    speed = milligrams_per_hour(part.rate, weight, concentration)
    return None if speed is None else speed * _hours(part.event.time, part.end)


def _hours(start: datetime, end: datetime) -> Fraction:
    span = end - start
    microseconds = (span.days * 86_400 + span.seconds) * 1_000_000 + span.microseconds
    return Fraction(microseconds, 3_600_000_000)


def _segment(label: str, key: tuple[str, ...], sequence: int, part: _Open, dose: Decimal | None) -> Segment:
    event = part.event
    return Segment(
        medication=label,
        key=key,
        sequence=sequence,
        kind="bolus" if event.type == "bolus" else "infusion",
        start=event.time,
        end=part.end,
        rate=part.rate,
        dose_mg=dose,
        charted=event.dose if event.type == "bolus" else None,
        started_by=event.type,
        reason=getattr(event, "reason", None),
        ended_by=part.ended_by,
        end_reason=part.end_reason,
        stopped=part.stopped,
        stop_reason=part.stop_reason,
        place=part.place,
    )
