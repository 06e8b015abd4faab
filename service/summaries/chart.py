"""The chart of a session: rate, boluses, vital signs and reactions on one time axis. SVG made by us, no scripts.

Series are told apart by marks and dashes, so it reads in black and white. Times are the clinic's own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mappings import Clinic, InfusionSession
from mappings.derived import sets_of_readings
from service.summaries import lanes, svg, tracks
from service.summaries.borne import Bore, VitalSign, reactions, vital_signs
from service.summaries.lanes import Lane
from service.summaries.scales import TimeScale
from service.summaries.words import Clock, number

WIDTH, LEFT, RIGHT, TOP = 760, 48, 18, 4
GAP, ROW, FOOT = 8, 20, 48
DATE = 36  # half the width of a date
TITLE = "Infusion rate, boluses, vital signs and reactions over the session"


def chart(session: InfusionSession, clinic: Clinic) -> str:
    """An ``<svg>``, or an empty text when there is nothing to draw."""
    shown, sets = lanes.lanes(session, clinic), sets_of_readings(session)
    found = list(reactions(session, clinic))
    times = [time for bar in _bars(shown) for time in (bar.start, bar.end) if time is not None]
    times += [time for lane in shown for time, _ in lane.boluses] + [e.time for e in sets]
    if not times:
        return ""
    times += [bore.reaction.time for bore in found]
    axis, clock = TimeScale.over(times, session.start, LEFT, WIDTH - RIGHT), Clock(session.start)
    rows = _rows(found, axis)
    body: list[str] = []
    top = float(TOP + ROW * (max(rows) + 1 if rows else 0))
    for lane in shown:
        body += lanes.draw(lane, axis, clock, top)
        top += lane.height + GAP
    for track in tracks.charted(sets):
        body += tracks.draw(track, sets, axis, clock, top)
        top += track.height + GAP
    bottom = top - GAP
    frame = [*_time_axis(axis, clock, bottom), *_reactions(found, rows, axis, clock, bottom)]
    return _svg(
        bottom + (FOOT if _days(axis) else FOOT - 11), _description(session, shown, found, clock), [*frame, *body]
    )


def _svg(height: float, description: str, body: Sequence[str]) -> str:
    named = svg.words("title", TITLE, id="chart-title") + svg.words("desc", description, id="chart-desc")
    return svg.element(
        "svg",
        named + "".join(body),
        class_="chart",
        viewBox=f"0 0 {WIDTH} {height:g}",
        role="img",
        aria_labelledby="chart-title",
        aria_describedby="chart-desc",
    )


def _bars(shown: Sequence[Lane]) -> Iterator[lanes.Bar]:
    return (bar for lane in shown for bar in lane.bars)


def _time_axis(axis: TimeScale, clock: Clock, bottom: float) -> Iterator[str]:
    """The date stands under the first time and wherever it changes."""
    day = None
    for time in axis.ticks():
        x = axis.at(time)
        yield svg.line(x, TOP, x, bottom + 4, "grid")
        yield svg.text(x, bottom + 16, f"{time:%H:%M}", "middle")
        if day is not None and time.date() != day:
            yield svg.text(min(x, WIDTH - DATE), bottom + 28, f"{time:%Y-%m-%d}", "middle")
        day = time.date()
    label = f"clinic time, {clock.day(axis.first)}, {clock.offset}"
    yield svg.text((axis.start + axis.end) / 2, bottom + (42 if _days(axis) else 31), label, "middle")


def _days(axis: TimeScale) -> bool:
    """It spans midnight, so that dates need a line of their own."""
    return axis.first.date() != axis.last.date()


def _badge(bore: Bore, axis: TimeScale) -> tuple[float, float]:
    """The left and right edge of a reaction's mark: about its onset, but within the plot."""
    width = 8 + 6.5 * len(bore.mark)
    left = min(max(axis.at(bore.reaction.time) - width / 2, axis.start), axis.end - width)
    return round(left, 1), round(left + width, 1)


def _rows(found: Sequence[Bore], axis: TimeScale) -> list[int]:
    """The row of each reaction's mark: the first in which it covers no other, and no other's bar."""
    free: list[float] = []
    rows = []
    for bore in found:
        left, right = _badge(bore, axis)
        row = next((row for row, end in enumerate(free) if left >= end), len(free))
        lasting = axis.at(bore.reaction.end) if bore.reaction.end else 0
        free[row : row + 1] = [max(right, lasting) + 4]
        rows.append(row)
    return rows


def _reactions(
    found: Sequence[Bore], rows: Sequence[int], axis: TimeScale, clock: Clock, bottom: float
) -> Iterator[str]:
    """A line through the chart at each onset and a bar until the end; on top of them the numbered marks."""
    heights = [TOP + ROW * row + 9 for row in rows]
    for bore, y in zip(found, heights, strict=True):
        x, end = axis.at(bore.reaction.time), bore.reaction.end
        yield svg.line(x, y, x, bottom, "onset")
        if end is not None:
            yield svg.line(x, y, axis.at(end), y, "lasting")
        if end is not None and end > axis.last:  # it goes on beyond the chart
            yield svg.element(
                "path", class_="lasting", d=f"M{axis.end - 5:g} {y - 5}L{axis.end:g} {y}L{axis.end - 5:g} {y + 5}"
            )
    for bore, y in zip(found, heights, strict=True):
        said = svg.words("title", f"{clock.at(bore.reaction.time)}: {bore.name}, {bore.reaction.severity}")
        left, right = _badge(bore, axis)
        width = round(right - left, 1)
        yield svg.element("rect", said, class_="badge", x=left, y=y - 8, width=width, height=16, rx=3)
        yield svg.text(round((left + right) / 2, 1), y + 4, bore.mark, "middle", class_="badge-words")


def _description(session: InfusionSession, shown: Sequence[Lane], found: Sequence[Bore], clock: Clock) -> str:
    """The chart in words, for who cannot see it."""
    said = [
        f"{lane.drug}: " + "; ".join(f"{clock.span(bar.start, bar.end)} at {bar.said}" for bar in lane.bars)
        for lane in shown
        if lane.bars
    ]
    said += [f"Bolus of {lane.drug} at {clock.at(time)}: {dose}" for lane in shown for time, dose in lane.boluses]
    said += [_vital(sign, clock) for sign in vital_signs(session) if sign.highest and sign.lowest]
    said += [f"{b.mark} at {clock.at(b.reaction.time)}: {b.name}, {b.reaction.severity}" for b in found]
    return ". ".join(said) + "."


def _vital(sign: VitalSign, clock: Clock) -> str:
    lowest, highest = sign.lowest, sign.highest
    if lowest is None or highest is None:
        return ""
    return (
        f"{sign.name}: lowest {number(lowest.value)} {sign.unit} at {clock.at(lowest.time)}, "
        f"highest {number(highest.value)} {sign.unit} at {clock.at(highest.time)}"
    )
