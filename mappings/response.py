"""How a course has helped so far: each total beside the first one of the same instrument in the course. Pure.

The baseline is the first total by time, among the sessions of the same patient's course up to the one asked about.
Sessions entered in error count for nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from mappings.clinic import Clinic, Row
from mappings.context import SessionContext
from mappings.events import Score
from mappings.infusion import rounded
from mappings.observations.scores import total_of
from mappings.session import InfusionSession

CourseKey = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Total:
    """A total in points; ``session`` is the number of the session it was taken in, ``key`` names it there."""

    instrument: str
    session: str
    key: str
    time: datetime
    total: Decimal


@dataclass(frozen=True, slots=True)
class Change:
    """From the first total to a later one. ``percent`` and ``response`` are None from a first total of 0 or less: there
    is no share of it. ``remission`` is None where the clinic has no threshold for the instrument, or where the first
    total was within it already."""

    first: Total
    latest: Total
    points: Decimal
    percent: Decimal | None
    response: bool | None
    remission: bool | None


def course_key(session: InfusionSession, clinic: Clinic) -> CourseKey | None:
    """The patient and the course; two sessions with the same key belong together."""
    if session.course is None:
        return None
    return SessionContext(session, clinic).patient_id, session.course.id


def is_before(other: InfusionSession, session: InfusionSession) -> bool:
    """In the order of time; sessions that start at once, by number."""
    return (other.start, other.number) < (session.start, session.number)


def counted(session: InfusionSession, earlier: Iterable[InfusionSession], clinic: Clinic) -> list[InfusionSession]:
    """Of other sessions those that count for this one, in order: before it, of its patient and course, not in error."""
    others = list(earlier)
    key = course_key(session, clinic) if others else None
    found = [
        other
        for other in others
        if key is not None
        and other.number != session.number
        and other.status != "entered-in-error"
        and course_key(other, clinic) == key
        and is_before(other, session)
    ]
    return sorted(found, key=lambda other: (other.start, other.number))


def totals(session: InfusionSession, clinic: Clinic, measures: str = "course") -> list[Total]:
    """Of the instruments that measure how a course helps (or one session), in time order."""
    return _totals(SessionContext(session, clinic), measures)


def _totals(context: SessionContext, measures: str) -> list[Total]:
    found = []
    for event, key in context.events(Score):
        row = row_of(event.instrument, context.clinic)
        total = total_of(event, row) if row else event.total
        if total is not None and (row.measures if row else "course") == measures:
            found.append(Total(event.instrument, context.session.number, key, event.time, total))
    return sorted(found, key=lambda total: total.time)


def changes(context: SessionContext) -> Iterator[Change]:
    """Of each total of a session that is not itself the first of its instrument in the course."""
    session, clinic = context.session, context.clinic
    if session.course is None:
        return
    own = _totals(context, "course")
    everything = [total for other in counted(session, context.earlier, clinic) for total in totals(other, clinic)]
    for latest in own:
        first = min((t for t in (*everything, *own) if t.instrument == latest.instrument), key=lambda t: t.time)
        if first is not latest:
            yield change(first, latest, clinic)


def change(first: Total, latest: Total, clinic: Clinic) -> Change:
    points, row = latest.total - first.total, row_of(latest.instrument, clinic)
    share = Fraction(points) * 100 / Fraction(first.total) if first.total > 0 else None
    return Change(
        first,
        latest,
        points,
        None if share is None else rounded(share, Decimal("0.1")),
        None if share is None else better(share, row) >= clinic.response.drop_percent,
        _remission(first, latest, clinic),
    )


def better(change: Fraction, row: Row | None) -> Fraction:
    """A change as an improvement: above 0 where it is one."""
    return change if row and row.direction == "higher-is-better" else -change


def _remission(first: Total, latest: Total, clinic: Clinic) -> bool | None:
    threshold, row = clinic.response.remission.get(latest.instrument), row_of(latest.instrument, clinic)
    if threshold is None:
        return None
    before, now = (better(Fraction(total.total) - threshold, row) >= 0 for total in (first, latest))
    return None if before else now


def told_to_later(session: InfusionSession, clinic: Clinic) -> Sequence[tuple[str, str, str]]:
    """All that later sessions of its course build on: when this stays as it is, nothing of theirs changes."""
    if session.status == "entered-in-error":
        return ()
    return tuple((total.instrument, str(total.key), str(total.total)) for total in totals(session, clinic))


def row_of(instrument: str, clinic: Clinic) -> Row | None:
    return clinic.tables.get("instrument", {}).get(instrument)
