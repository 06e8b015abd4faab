"""Whether it helps: scores over the course with their change from the baseline."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from mappings import Clinic, InfusionSession
from mappings.alerts import DEATH_ITEM, PHQ9, SCREENER, death_item
from mappings.events import Score
from mappings.response import Change, Total, change, row_of, totals


@dataclass(frozen=True, slots=True)
class Trend:
    """One instrument in time order; never empty. ``change`` is that of the latest total, None for a first one.

    ``watched`` marks a single item: shown, without a change.
    """

    name: str
    points: tuple[Total, ...]
    change: Change | None = None
    watched: bool = False

    @property
    def verdict(self) -> str:
        """``response, no remission``; empty where nothing can be said."""
        if self.change is None:
            return ""
        said = (("response", self.change.response), ("remission", self.change.remission))
        return ", ".join(word if holds else f"no {word}" for word, holds in said if holds is not None)


@dataclass(frozen=True, slots=True)
class Screening:
    """A C-SSRS screener: the words of each question answered yes."""

    session: str
    time: datetime
    yes: tuple[str, ...]

    @property
    def positive(self) -> bool:
        return bool(self.yes)


def scored(session: InfusionSession) -> list[Score]:
    return sorted((event for event in session.events if isinstance(event, Score)), key=lambda event: event.time)


def trends(sessions: Iterable[InfusionSession], clinic: Clinic) -> Iterator[Trend]:
    """Every instrument that measures a course, with a total over the sessions; under the PHQ-9 its ninth item."""
    found: dict[str, list[Total]] = {}
    for session in sessions:
        for total in (*totals(session, clinic), *_deaths(session, clinic)):
            found.setdefault(total.instrument, []).append(total)
    for key in sorted(found, key=lambda key: (not key.startswith(PHQ9), list(found).index(key))):
        points = tuple(sorted(found[key], key=lambda point: point.time))
        if key == DEATH_ITEM:
            yield Trend("PHQ-9 item 9, thoughts of death or self-harm (0\u00a0to\u00a03)", points, watched=True)
        else:
            latest = change(points[0], points[-1], clinic) if len(points) > 1 else None
            yield Trend(instrument(key, clinic), points, latest)


def _deaths(session: InfusionSession, clinic: Clinic) -> Iterator[Total]:
    for event in scored(session):
        if event.instrument == PHQ9 and (item := death_item(event, clinic)) is not None:
            yield Total(DEATH_ITEM, session.number, "", event.time, Decimal(item))


def of_the_session(session: InfusionSession, clinic: Clinic) -> Iterator[tuple[str, Total]]:
    """CADSS, Aldrete and the like, in time order."""
    for total in totals(session, clinic, "session"):
        yield instrument(total.instrument, clinic), total


def screenings(sessions: Iterable[InfusionSession], clinic: Clinic) -> list[Screening]:
    """Every C-SSRS screener, in time order."""
    found = [
        Screening(session.number, event.time, _yes(event, clinic))
        for session in sessions
        for event in scored(session)
        if event.instrument == SCREENER
    ]
    return sorted(found, key=lambda screening: screening.time)


def instrument(key: str, clinic: Clinic) -> str:
    """Its words; the key itself where the terminology has no row (the session is then parked, yet readable)."""
    row = row_of(key, clinic)
    return row.text if row else key


def _yes(event: Score, clinic: Clinic) -> tuple[str, ...]:
    """The questions answered yes, in words; a total above 0 alone says that there was one."""
    row = row_of(event.instrument, clinic)
    keys = row.items if row else ()
    if not event.items:
        return ("stated as positive",) if event.total else ()
    return tuple(_question(place, keys, clinic) for place, answer in enumerate(event.items) if answer)


def _question(place: int, keys: tuple[str, ...], clinic: Clinic) -> str:
    row = clinic.tables.get("item", {}).get(keys[place]) if place < len(keys) else None
    return row.text if row else f"question {place + 1}"
