"""The chart of a session: infusion rate above, vital signs below, on one time axis. SVG made by hand, no scripts.

Told apart in black and white by dashes and marks. Times are the clinic's own, by the offset of the session's start.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from html import escape
from typing import Any

from mappings import InfusionSession
from mappings.events import Reaction, VitalSigns
from mappings.infusion import Segment, segments

WIDTH, LEFT, RIGHT = 760, 56, 16
RATE_TOP, RATE_BOTTOM = 24, 124
VITAL_TOP, VITAL_BOTTOM = 160, 360
HEIGHT = 420
TICKS_MINUTES = (5, 10, 15, 30, 60, 120, 240, 480, 1440, 2880)
# field → (words, colour, dashes, mark)
LINES = {
    "systolic": ("systolic mmHg", "#8b1a1a", "", "triangle"),
    "diastolic": ("diastolic mmHg", "#8b1a1a", "5 3", "triangle"),
    "heart_rate": ("heart rate /min", "#1a4f8b", "", "circle"),
    "oxygen_saturation": ("SpO\u2082 %", "#1a6b3c", "2 3", "square"),
}


@dataclass(frozen=True, slots=True)
class Axis:
    """A linear scale from values to pixels."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        span = (self.high - self.low) or 1
        return round(self.start + (value - self.low) / span * (self.end - self.start), 1)


def chart(session: InfusionSession) -> str:
    """An ``<svg>``, or an empty text when there is nothing to draw."""
    steps = [s for s in segments(session) if s.end is not None]
    readings = sorted((e for e in session.events if isinstance(e, VitalSigns)), key=lambda e: e.time)
    times = [t for s in steps for t in (s.start, s.end) if t] + [e.time for e in readings]
    if not times:
        return ""
    origin, last = min(times), max(times)
    axis = Axis(0, max((last - origin).total_seconds(), 60), LEFT, WIDTH - RIGHT)
    body = [
        *_time_axis(axis, origin, session.start),
        *_rates(steps, axis, origin),
        *_vitals(readings, axis, origin),
        *_reactions(session, axis, origin),
    ]
    title = "Infusion rate and vital signs over the session"
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-labelledby="chart-title" class="chart">'
        f'<title id="chart-title">{title}</title>' + "".join(body) + "</svg>"
    )


def _seconds(time: datetime, origin: datetime) -> float:
    return (time - origin).total_seconds()


def _time_axis(axis: Axis, origin: datetime, start: datetime) -> Iterator[str]:
    span = axis.high / 60
    step = next((minutes for minutes in TICKS_MINUTES if span / minutes <= 10), TICKS_MINUTES[-1])
    local = origin.astimezone(start.tzinfo)
    first = local.replace(minute=0, second=0, microsecond=0)
    while first < local:
        first += timedelta(minutes=step)
    tick = first
    while _seconds(tick, origin) <= axis.high:
        x = axis.at(_seconds(tick, origin))
        yield _line(x, RATE_TOP, x, VITAL_BOTTOM, "grid")
        yield _text(x, VITAL_BOTTOM + 16, f"{tick:%H:%M}", "middle")
        tick += timedelta(minutes=step)
    yield _text((LEFT + WIDTH - RIGHT) / 2, VITAL_BOTTOM + 32, f"time (UTC{start:%z})", "middle")


def _rates(steps: Sequence[Segment], axis: Axis, origin: datetime) -> Iterator[str]:
    """Rates as charted, as steps; a pause is a gap; a bolus is a bar with its dose."""
    infusions = [s for s in steps if s.kind == "infusion" and s.rate is not None]
    units = sorted({s.rate.unit for s in infusions if s.rate})
    top = max((float(s.rate.value) for s in infusions if s.rate), default=1) or 1
    scale = Axis(0, top * 1.1, RATE_BOTTOM, RATE_TOP)
    yield _line(LEFT, RATE_BOTTOM, WIDTH - RIGHT, RATE_BOTTOM, "axis")
    yield _text(LEFT, RATE_TOP - 10, f"rate, {' or '.join(units)}" if units else "boluses, mg", "start")
    if infusions:
        yield _text(LEFT - 6, scale.at(top) + 4, _short(Decimal(str(top))), "end")
    for step in steps:
        x = axis.at(_seconds(step.start, origin))
        if step.kind == "bolus":
            yield f'<path class="bolus" d="M{x} {RATE_BOTTOM}V{RATE_TOP + 14}"/>'
            yield _text(x, RATE_TOP + 10, f"{_short(step.dose_mg)} mg", "middle")
        elif step.rate is not None and step.end is not None:
            y, end = scale.at(float(step.rate.value)), axis.at(_seconds(step.end, origin))
            yield f'<path class="rate" d="M{x} {RATE_BOTTOM}V{y}H{end}V{RATE_BOTTOM}"/>'


def _vitals(readings: Sequence[VitalSigns], axis: Axis, origin: datetime) -> Iterator[str]:
    series = {field: _series(readings, field) for field in LINES}
    values = [value for points in series.values() for _, value in points]
    if not values:
        return
    low, high = min(40.0, min(values) // 20 * 20), max(160.0, (max(values) // 20 + 1) * 20)
    scale = Axis(low, high, VITAL_BOTTOM, VITAL_TOP)
    yield _line(LEFT, VITAL_BOTTOM, WIDTH - RIGHT, VITAL_BOTTOM, "axis")
    for value in range(int(low), int(high) + 1, 20):
        yield _line(LEFT, scale.at(value), WIDTH - RIGHT, scale.at(value), "grid")
        yield _text(LEFT - 6, scale.at(value) + 4, str(value), "end")
    for place, (field, points) in enumerate((f, p) for f, p in series.items() if p):
        words, colour, dashes, mark = LINES[field]
        spots = [(axis.at(_seconds(time, origin)), scale.at(value)) for time, value in points]
        path = "M" + "L".join(f"{x} {y}" for x, y in spots)
        yield f'<path fill="none" stroke="{colour}" stroke-width="1.5" stroke-dasharray="{dashes}" d="{path}"/>'
        yield "".join(_mark(mark, x, y, colour) for x, y in spots)
        x = LEFT + place * 170
        yield _mark(mark, x + 4, HEIGHT - 10, colour) + _text(x + 14, HEIGHT - 6, words, "start")


def _series(readings: Sequence[VitalSigns], field: str) -> list[tuple[datetime, float]]:
    return [(e.time, float(getattr(e, field))) for e in readings if getattr(e, field) is not None]


def _reactions(session: InfusionSession, axis: Axis, origin: datetime) -> Iterator[str]:
    for event in session.events:
        if isinstance(event, Reaction) and 0 <= _seconds(event.time, origin) <= axis.high:
            x = axis.at(_seconds(event.time, origin))
            yield _line(x, VITAL_TOP - 10, x, VITAL_BOTTOM, "reaction")
            yield _text(x, VITAL_TOP - 14, f"\u26a0 {event.severity}", "middle")


def _mark(kind: str, x: float, y: float, colour: str) -> str:
    if kind == "circle":
        return f'<circle cx="{x}" cy="{y}" r="3" fill="{colour}"/>'
    if kind == "square":
        return f'<rect x="{x - 2.5}" y="{y - 2.5}" width="5" height="5" fill="{colour}"/>'
    return f'<path d="M{x} {y - 3.5}L{x + 3.5} {y + 3}H{x - 3.5}Z" fill="{colour}"/>'


def _line(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    return f'<path class="{kind}" d="M{x1} {y1}L{x2} {y2}"/>'


def _text(x: float, y: float, words: str, anchor: str) -> str:
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}">{escape(words)}</text>'


def _short(value: Any) -> str:
    return f"{Decimal(value).normalize():f}" if value is not None else "?"
