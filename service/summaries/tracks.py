"""The lower part of the chart: blood pressure and heart rate on one scale, oxygen saturation on a closer one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from mappings.events import VitalSigns
from service.summaries import svg
from service.summaries.scales import Scale, TimeScale, around, drawable, ticks
from service.summaries.words import Clock, number

HEAD = 18
LABEL = 15  # height that a label of the value axis needs
DENSE = 60  # readings in a series from which on their marks are small


@dataclass(frozen=True, slots=True)
class Series:
    """A field of the record, and how it is drawn: a mark, and a line that is whole or dashed."""

    field: str
    name: str
    unit: str
    mark: str
    dashed: bool = False


@dataclass(frozen=True, slots=True)
class Track:
    """Series that share a scale, with the range it shows at least and the step of its labels."""

    title: str
    series: tuple[Series, ...]
    least: float
    most: float
    step: float
    plot: int

    @property
    def height(self) -> int:
        return HEAD + self.plot


TRACKS = (
    Track(
        "Blood pressure, mmHg; heart rate, /min",
        (
            Series("systolic", "systolic", "mmHg", "down"),
            Series("diastolic", "diastolic", "mmHg", "up"),
            Series("heart_rate", "heart rate", "/min", "circle", dashed=True),
        ),
        40,
        160,
        20,
        136,
    ),
    Track(
        "Oxygen saturation, %",
        (Series("oxygen_saturation", "SpO\u2082", "%", "square"),),
        90,
        100,
        5,
        50,
    ),
)


def points(sets: Sequence[VitalSigns], series: Series) -> list[tuple[datetime, Decimal]]:
    return [(e.time, value) for e in sets if (value := getattr(e, series.field)) is not None]


def charted(sets: Sequence[VitalSigns]) -> list[Track]:
    """The tracks that have a reading to show."""
    return [track for track in TRACKS if any(points(sets, series) for series in track.series)]


def draw(track: Track, sets: Sequence[VitalSigns], axis: TimeScale, clock: Clock, top: float) -> Iterator[str]:
    """The track between ``top`` and ``top + track.height``."""
    upper, lower = top + HEAD, top + HEAD + track.plot
    found = [(series, charted) for series in track.series if (charted := points(sets, series))]
    values = [drawable(value) for _, charted in found for _, value in charted]
    low, high, step = around(values, track.least, track.most, track.step, track.plot // LABEL)
    scale = Scale(low, high, lower, upper)
    yield svg.text(axis.start, top + 11, track.title, class_="head")
    if len(track.series) > 1:
        yield from _legend([series for series, _ in found], axis, top)
    for value in ticks(low, high, step):
        yield svg.line(axis.start, scale.at(value), axis.end, scale.at(value), "grid")
        yield svg.text(axis.start - 6, scale.at(value) + 4, number(Decimal(str(value))), "end")
    for series, charted in found:
        yield from _series(series, charted, axis, scale, clock)
    yield svg.line(axis.start, lower, axis.end, lower, "axis")
    yield svg.line(axis.start, upper, axis.start, lower, "axis")


def _series(
    series: Series, charted: list[tuple[datetime, Decimal]], axis: TimeScale, scale: Scale, clock: Clock
) -> Iterator[str]:
    spots = [(axis.at(time), scale.at(drawable(value))) for time, value in charted]
    path = "M" + "L".join(f"{x:g} {y:g}" for x, y in spots)
    yield svg.element("path", class_="line dashed" if series.dashed else "line", d=path)
    for (time, value), (x, y) in zip(charted, spots, strict=True):
        said = f"{clock.at(time)}: {series.name} {number(value)} {series.unit}"
        yield svg.mark(series.mark, x, y, said, 0.5 if len(spots) > DENSE else 1)


def _legend(shown: Sequence[Series], axis: TimeScale, top: float) -> Iterator[str]:
    """From the right edge leftwards, in the order of the track."""
    x = axis.end
    for series in reversed(shown):
        x -= 6 * len(series.name) + 42
        style = "line dashed" if series.dashed else "line"
        yield svg.line(x, top + 7, x + 28, top + 7, style)
        yield svg.mark(series.mark, x + 14, top + 7)
        yield svg.text(x + 33, top + 11, series.name)
