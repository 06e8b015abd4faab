"""The upper part of the chart: the rate as steps, a pause as a gap, boluses as arrows. One lane per drug and unit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from mappings import Clinic, InfusionSession
from mappings.events import Bolus
from mappings.infusion import Segment, milligrams_per_hour, plain, rounded, segments, weight_kg
from mappings.quantities import Rate
from mappings.session import Medication
from service.summaries import svg
from service.summaries.scales import Scale, TimeScale, drawable, round_step, ticks
from service.summaries.words import Clock, number, quantity, unit

HEAD, PLOT = 16, 78
LEVELS = 2  # of bolus labels


@dataclass(frozen=True, slots=True)
class Bar:
    """A stretch at one rate, in the lane's unit. ``end`` is None while it is still running."""

    start: datetime
    end: datetime | None
    value: Decimal
    said: str


@dataclass(frozen=True, slots=True)
class Lane:
    """One drug in one unit; ``boluses`` as (time, dose in words)."""

    drug: str
    unit: str
    bars: tuple[Bar, ...]
    boluses: tuple[tuple[datetime, str], ...]

    @property
    def height(self) -> int:
        return HEAD + PLOT


def lanes(session: InfusionSession, clinic: Clinic) -> list[Lane]:
    """Empty for a session in which nothing was charted as given."""
    found = segments(session)
    return [
        lane
        for medication in session.medications
        for lane in _lanes(session, clinic, medication, [s for s in found if s.medication == medication.label])
    ]


def _lanes(session: InfusionSession, clinic: Clinic, medication: Medication, parts: list[Segment]) -> Iterator[Lane]:
    """Rates in different units are brought to mg/h where all of them can be; else each unit has its lane."""
    drug = clinic.display("drug", medication.drug)
    boluses = tuple((p.start, _bolus(session, p)) for p in parts if p.kind == "bolus")
    runs = [(p, p.rate) for p in parts if p.kind == "infusion" and p.rate is not None]
    units = list(dict.fromkeys(rate.unit for _, rate in runs))
    common = [_per_hour(session, medication, rate) for _, rate in runs] if len(units) > 1 else []
    if common and None not in common:
        bars = tuple(
            Bar(p.start, p.end, v, quantity(r)) for (p, r), v in zip(runs, common, strict=True) if v is not None
        )
        yield Lane(drug, "mg/h", bars, boluses)
        return
    for place, name in enumerate(units):
        bars = tuple(Bar(p.start, p.end, r.value, quantity(r)) for p, r in runs if r.unit == name)
        yield Lane(drug, unit(name), bars, () if place else boluses)
    if boluses and not units:
        yield Lane(drug, "", (), boluses)


def _per_hour(session: InfusionSession, medication: Medication, rate: Rate) -> Decimal | None:
    exact = milligrams_per_hour(rate, weight_kg(session), medication.concentration)
    return None if exact is None else plain(rounded(exact))


def _bolus(session: InfusionSession, part: Segment) -> str:
    """As charted: what it was in mg stands in the table."""
    event = session.events[part.place]
    return quantity(event.dose if isinstance(event, Bolus) else None)


def draw(lane: Lane, axis: TimeScale, clock: Clock, top: float) -> Iterator[str]:
    """The lane between ``top`` and ``top + lane.height``."""
    upper, lower = top + HEAD, top + HEAD + PLOT
    what = f"{lane.drug}: rate, {lane.unit}" if lane.unit else f"{lane.drug}: boluses"
    yield svg.text(axis.start, top + 10, what, class_="head")
    high = max((drawable(bar.value) for bar in lane.bars), default=0) or 1
    # boluses stand above the bars: their labels need the room
    scale = Scale(0, high * (1.55 if lane.boluses else 1.15), lower, upper)
    for value in ticks(0, high, round_step(0, high, 3)) if lane.bars else []:
        yield svg.line(axis.start, scale.at(value), axis.end, scale.at(value), "grid")
        yield svg.text(axis.start - 6, scale.at(value) + 4, number(Decimal(str(value))), "end")
    for bar in lane.bars:
        yield _bar(bar, axis, scale, clock)
    yield from _boluses(lane, axis, clock, upper, lower)
    yield svg.line(axis.start, lower, axis.end, lower, "axis")
    yield svg.line(axis.start, upper, axis.start, lower, "axis")


def _bar(bar: Bar, axis: TimeScale, scale: Scale, clock: Clock) -> str:
    """A running infusion is left open at its right end."""
    left, right = axis.at(bar.start), axis.at(bar.end or axis.last)
    height, floor = scale.at(drawable(bar.value)), scale.at(0)
    said = svg.words("title", f"{clock.span(bar.start, bar.end)}: {bar.said}")
    area = svg.element("path", said, class_="rate", d=f"M{left:g} {floor:g}V{height:g}H{right:g}V{floor:g}Z")
    label = next((text for text in (bar.said, number(bar.value)) if right - left > 6 * len(text) + 8), "")
    inside = svg.text(left + 5, height + (12 if floor - height > 14 else -3), label) if label else ""
    close = f"V{floor:g}" if bar.end else ""
    return area + svg.element("path", class_="step", d=f"M{left:g} {floor:g}V{height:g}H{right:g}{close}") + inside


def _boluses(lane: Lane, axis: TimeScale, clock: Clock, upper: float, lower: float) -> Iterator[str]:
    """Arrows down to the axis, then their labels. One that finds no room is left out: the table has every dose."""
    for time, dose in lane.boluses:
        x = axis.at(time)
        said = svg.words("title", f"{clock.at(time)}: bolus {dose}")
        yield svg.element("path", said, class_="bolus", d=f"M{x:g} {upper + 2:g}V{lower - 6:g}")
        yield svg.element("path", class_="mark", d=f"M{x - 4:.1f} {lower - 7:g}H{x + 4:.1f}L{x:g} {lower:g}Z")
    taken = [float("-inf")] * LEVELS
    for time, dose in lane.boluses:
        x, width = axis.at(time), 6 * len(dose) + 8
        leftwards = x > axis.end - width
        start = x - width if leftwards else x
        level = next((level for level, end in enumerate(taken) if start >= end), None)
        if level is not None:
            taken[level] = start + width
            place, anchor = (x - 5, "end") if leftwards else (x + 5, "start")
            yield svg.text(place, upper + 9 + 12 * level, dose, anchor, class_="tag")
