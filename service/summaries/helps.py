"""Whether it helps: scores over the course with their change from the baseline."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from mappings import Clinic, InfusionSession
from mappings.alerts import PHQ9, SCREENER, death_item
from mappings.clinic import Row
from mappings.events import Score
from mappings.infusion import rounded
from mappings.observations.scores import total_of

# Of the session alone (dissociation at its peak, fitness to leave): not measures of whether the course helps
OF_THE_SESSION = frozenset({"cadss", "aldrete", "padss", "moaas", "rass"})


@dataclass(frozen=True, slots=True)
class Point:
    """A total in points; ``session`` is the number of the session it was taken in."""

    session: str
    time: datetime
    total: Decimal


@dataclass(frozen=True, slots=True)
class Trend:
    """One instrument in time order; never empty. ``watched`` marks a single item: shown, without a change."""

    name: str
    points: tuple[Point, ...]
    watched: bool = False

    @property
    def change(self) -> Decimal | None:
        """Points from the first total to the latest; None for a first total."""
        return self.points[-1].total - self.points[0].total if len(self.points) > 1 else None

    @property
    def percent(self) -> Decimal | None:
        """The change in percent of the first total, to one decimal; None where that is 0."""
        first = self.points[0].total
        if self.change is None or not first:
            return None
        return rounded(Fraction(self.change) * 100 / Fraction(first), Decimal("0.1"))


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
    """Every instrument with a total over the sessions; under the PHQ-9 its ninth item."""
    found: dict[str, list[Point]] = {}
    for session in sessions:
        for event in scored(session):
            if event.instrument in OF_THE_SESSION:
                continue
            total = _total(event, clinic)
            if total is not None:
                found.setdefault(event.instrument, []).append(Point(session.number, event.time, total))
            if (item := death_item(event)) is not None:
                found.setdefault(f"{PHQ9}-9", []).append(Point(session.number, event.time, Decimal(item)))
    for key in sorted(found, key=lambda key: (not key.startswith(PHQ9), list(found).index(key))):
        points = tuple(sorted(found[key], key=lambda point: point.time))
        watched = key == f"{PHQ9}-9"
        name = "PHQ-9 item 9, thoughts of death or self-harm (0\u00a0to\u00a03)" if watched else instrument(key, clinic)
        yield Trend(name, points, watched)


def of_the_session(session: InfusionSession, clinic: Clinic) -> Iterator[tuple[str, Point]]:
    """CADSS, Aldrete and the like, in time order."""
    for event in scored(session):
        total = _total(event, clinic)
        if event.instrument in OF_THE_SESSION and total is not None:
            yield instrument(event.instrument, clinic), Point(session.number, event.time, total)


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
    row = _row(key, clinic)
    return row.text if row else key


def _total(event: Score, clinic: Clinic) -> Decimal | None:
    row = _row(event.instrument, clinic)
    return total_of(event, row) if row else event.total


def _yes(event: Score, clinic: Clinic) -> tuple[str, ...]:
    """The questions answered yes, in words; a total above 0 alone says that there was one."""
    row = _row(event.instrument, clinic)
    keys = row.items if row else ()
    if not event.items:
        return ("stated as positive",) if event.total else ()
    return tuple(_question(place, keys, clinic) for place, answer in enumerate(event.items) if answer)


def _question(place: int, keys: tuple[str, ...], clinic: Clinic) -> str:
    row = clinic.tables.get("item", {}).get(keys[place]) if place < len(keys) else None
    return row.text if row else f"question {place + 1}"


def _row(key: str, clinic: Clinic) -> Row | None:
    return clinic.tables.get("instrument", {}).get(key)
