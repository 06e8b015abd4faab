"""How deliveries stand, as a person wants to see them: counted by the database, listed by the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from service.store.deliveries import delivery_of
from service.store.engine import reading
from service.store.patient_tables import patient_links
from service.store.rows import LIVE, Delivery, Try
from service.store.tables import attempts, deliveries, ledger, members, resources

_d = deliveries.c


@dataclass(frozen=True, slots=True)
class Standing:
    """One destination: sessions by state; since when the oldest one waits, and when the next attempt is due."""

    counts: dict[str, int]
    oldest: datetime | None = None
    next_attempt_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Patient:
    """Who a session is about, ours and there; ``state`` is that of the link, where somebody decided it or must."""

    id: str
    state: str | None
    their_id: str | None
    how: str | None
    by: str | None


@dataclass(frozen=True, slots=True)
class Listed:
    """A delivery with its patient; ``edited`` names the resources that somebody changed there."""

    delivery: Delivery
    patient: Patient | None
    edited: tuple[str, ...]


class Board:
    """Reads only. No question is asked for each row of an answer."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def standing(self) -> dict[str, Standing]:
        """By destination."""
        count = sa.func.count(_d.number.distinct()).label("many")
        counted = sa.select(_d.destination, _d.state, count).group_by(_d.destination, _d.state)
        oldest = sa.func.min(sa.func.coalesce(_d.since, _d.updated_at)).label("oldest")
        later = sa.func.min(_d.next_attempt_at).label("later")
        waiting = sa.select(_d.destination, oldest, later).where(_d.state.in_(LIVE)).group_by(_d.destination)
        with reading(self._engine) as connection:
            found: dict[str, dict[str, int]] = {}
            for row in connection.execute(counted):
                found.setdefault(row.destination, {})[row.state] = row.many
            times = {row.destination: (_time(row.oldest), _time(row.later)) for row in connection.execute(waiting)}
        return {name: Standing(counts, *times.get(name, (None, None))) for name, counts in found.items()}

    def answers(self, destination: str, limit: int) -> list[Try]:
        """The last attempts that ended there, latest first."""
        c = attempts.c
        which = sa.select(attempts).where(c.destination == destination, c.ended_at.is_not(None))
        query = which.order_by(c.ended_at.desc(), c.pk.desc()).limit(limit)
        with reading(self._engine) as connection:
            return [_try(row) for row in connection.execute(query)]

    def last_success(self, destination: str) -> datetime | None:
        c = attempts.c
        which = sa.select(c.ended_at).where(c.destination == destination, c.ended_at.is_not(None))
        query = which.where(c.state == "delivered").order_by(c.ended_at.desc()).limit(1)
        with reading(self._engine) as connection:
            return _time(connection.scalar(query))

    def listed(self, destination: str, states: Sequence[str], after: str, limit: int) -> list[Listed]:
        """By session number."""
        query = sa.select(deliveries).where(_d.destination == destination, _d.state.in_(states), _d.number > after)
        with reading(self._engine) as connection:
            rows = connection.execute(query.order_by(_d.number, _d.revision.desc()).limit(limit)).all()
            numbers = [row.number for row in rows]
            patients, edited = _patients(connection, destination, numbers), _edited(connection, destination, numbers)
        return [Listed(delivery_of(row), patients.get(row.number), edited.get(row.number, ())) for row in rows]

    def about(self, destination: str, number: str) -> Patient | None:
        """Who a session is about."""
        with reading(self._engine) as connection:
            return _patients(connection, destination, [number]).get(number)


def _patients(connection: sa.Connection, destination: str, numbers: Sequence[str]) -> dict[str, Patient]:
    p, theirs = patient_links.c, sa.func.coalesce(patient_links.c.their_id, ledger.c.their_id).label("theirs")
    decided = sa.and_(p.destination == destination, p.patient == resources.c.id)
    known = sa.and_(ledger.c.destination == destination, ledger.c.type == "Patient", ledger.c.id == resources.c.id)
    query = (
        sa.select(members.c.number, resources.c.id, p.state, theirs, p.how, p.by)
        .join(resources, sa.and_(resources.c.pk == members.c.resource, resources.c.type == "Patient"))
        .outerjoin(patient_links, decided)
        .outerjoin(ledger, known)
        .where(members.c.number.in_(numbers))
    )
    return {row.number: Patient(row.id, row.state, row.theirs, row.how, row.by) for row in connection.execute(query)}


def _edited(connection: sa.Connection, destination: str, numbers: Sequence[str]) -> dict[str, tuple[str, ...]]:
    same = sa.and_(resources.c.type == ledger.c.type, resources.c.id == ledger.c.id)
    query = (
        sa.select(members.c.number, ledger.c.type, ledger.c.id)
        .select_from(members)
        .join(resources, resources.c.pk == members.c.resource)
        .join(ledger, sa.and_(same, ledger.c.destination == destination, ledger.c.state == "conflict"))
        .where(members.c.number.in_(numbers))
        .order_by(members.c.number, members.c.position)
    )
    found: dict[str, tuple[str, ...]] = {}
    for row in connection.execute(query):
        found[row.number] = (*found.get(row.number, ()), f"{row.type}/{row.id}")
    return found


def _try(row: Any) -> Try:
    times = (datetime.fromisoformat(row.began_at), datetime.fromisoformat(row.ended_at))
    return Try(row.revision, row.round, row.nth, *times, row.state, row.code, row.detail, row.sent)


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
