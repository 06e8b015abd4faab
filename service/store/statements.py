"""Statements as they were found: when each destination was reconciled, by whom, and whose turn it is next."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

import sqlalchemy as sa

from service.errors import NotFound
from service.store.engine import reading, writing
from service.store.intervals import written
from service.store.statement_tables import statements
from service.store.tables import attempts
from service.store.workers import is_alive

KEPT = 30  # of each destination, of those that say something, and as many of those that do not
AGAIN_AFTER = timedelta(hours=1)  # what could not be looked up is looked up again after this long
Outcome = Literal["running", "complete", "unreachable", "abandoned"]
_c = statements.c
HEAD = (_c.pk, _c.destination, _c.started_at, _c.ended_at, _c.outcome, _c.detail, _c.by, _c.counts, _c.retracted)


@dataclass(frozen=True, slots=True)
class Reconciled:
    """One statement without its lines. ``counts`` are sessions by state; the retracted ones are among them."""

    id: int
    destination: str
    started_at: datetime
    ended_at: datetime | None
    outcome: Outcome
    detail: str | None
    by: str
    counts: Mapping[str, int]
    retracted: int

    @property
    def has_faults(self) -> bool:
        return bool(self.counts.keys() & {"missing", "duplicated"})


@dataclass(frozen=True, slots=True)
class Found:
    """How a run ended; ``lines`` as JSON."""

    outcome: Outcome
    detail: str | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    retracted: int = 0
    lines: bytes = b"[]"


class Statements:
    """One door to the table; each method is one short transaction."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def claim(self, destination: str, owner: str, every: timedelta, now: datetime) -> int | None:
        """The key of a run that is ``owner``'s from now on; None while none is due, or another that lives is at it.

        An owner asks when it is at none itself.
        """
        with reading(self._engine) as connection:
            if not _is_due(connection, destination, owner, every, now):
                return None
        with writing(self._engine) as connection:
            if not _is_due(connection, destination, owner, every, now):  # somebody was quicker
                return None
            _abandon(connection, destination, now)
            values = {"destination": destination, "started_at": written(now), "outcome": "running", "owner": owner}
            statement = sa.insert(statements).values(**values, by="", counts="{}", retracted=0)
            key: int = connection.execute(statement).inserted_primary_key[0]  # type: ignore[index]
        return key

    def end(self, key: int, owner: str, found: Found, now: datetime) -> bool:
        """False when others took the owner for dead meanwhile: then nothing is kept of it."""
        which = sa.and_(_c.pk == key, _c.owner == owner, _c.outcome == "running")
        with writing(self._engine) as connection:
            values = {"ended_at": written(now), "owner": None, **_values(found)}
            row = connection.execute(sa.update(statements).where(which).values(values))
            if row.rowcount == 1:
                _prune(connection, connection.scalar(sa.select(_c.destination).where(_c.pk == key)) or "")
        return row.rowcount == 1

    def save(self, destination: str, by: str, began: datetime, found: Found, now: datetime) -> int:
        """What a person asked for."""
        head = {"destination": destination, "by": by, "started_at": written(began), "ended_at": written(now)}
        with writing(self._engine) as connection:
            statement = sa.insert(statements).values(**head, **_values(found))
            key: int = connection.execute(statement).inserted_primary_key[0]  # type: ignore[index]
            _prune(connection, destination)
        return key

    def listed(self, destination: str, limit: int) -> list[Reconciled]:
        """Newest first."""
        query = sa.select(*HEAD).where(_c.destination == destination).order_by(_c.pk.desc()).limit(limit)
        with reading(self._engine) as connection:
            return [_head(row) for row in connection.execute(query)]

    def newest(self, destination: str) -> tuple[Reconciled | None, Reconciled | None]:
        """The newest that is complete; and the newest of all, where that is another."""
        query = sa.select(*HEAD).where(_c.destination == destination).order_by(_c.pk.desc()).limit(1)
        with reading(self._engine) as connection:
            complete = connection.execute(query.where(_c.outcome == "complete")).first()
            last = connection.execute(query).first()
        other = None if last is None or (complete is not None and complete.pk == last.pk) else _head(last)
        return None if complete is None else _head(complete), other

    def one(self, destination: str, id_: int) -> tuple[Reconciled, bytes]:
        """With its lines, as JSON. Raises NotFound."""
        query = sa.select(*HEAD, _c.lines).where(_c.destination == destination, _c.pk == id_)
        with reading(self._engine) as connection:
            row = connection.execute(query).first()
        if row is None:
            raise NotFound("no such statement")
        return _head(row), b"[]" if row.lines is None else bytes(row.lines)


def _is_due(connection: sa.Connection, destination: str, owner: str, every: timedelta, now: datetime) -> bool:
    """A period after the last began, or after the first attempt; sooner where the last one came to nothing.

    An ``owner`` that asks is at none: of one of its own that runs, the end could not be written. A last one that is
    far in the future was written by a clock that went wrong.
    """
    names = (_c.outcome, _c.owner, _c.started_at, _c.ended_at)
    last = connection.execute(sa.select(*names).where(_c.destination == destination).order_by(_c.pk.desc())).first()
    if last is None:
        c = attempts.c
        ended = sa.select(sa.func.min(c.ended_at)).where(c.destination == destination, c.ended_at.is_not(None))
        first = connection.scalar(ended)
        return first is not None and datetime.fromisoformat(first) + every <= now
    if last.outcome == "running" and last.owner != owner and is_alive(connection, last.owner, now):
        return False
    if last.outcome == "complete":
        return abs(now - datetime.fromisoformat(last.started_at)) >= every
    return abs(now - datetime.fromisoformat(last.ended_at or last.started_at)) >= min(every, AGAIN_AFTER)


def _abandon(connection: sa.Connection, destination: str, now: datetime) -> None:
    values = {"outcome": "abandoned", "ended_at": written(now), "owner": None}
    connection.execute(
        sa.update(statements).where(_c.destination == destination, _c.outcome == "running").values(values)
    )


def _prune(connection: sa.Connection, destination: str) -> None:
    """So that an EHR that is down for weeks does not push out what was found before."""
    for complete in (_c.outcome == "complete", _c.outcome.in_(("unreachable", "abandoned"))):
        which = sa.and_(_c.destination == destination, complete)
        query = sa.select(_c.pk).where(which).order_by(_c.pk.desc()).offset(KEPT).limit(1)
        oldest = connection.scalar(query)
        if oldest is not None:
            connection.execute(sa.delete(statements).where(which, _c.pk <= oldest))


def _values(found: Found) -> dict[str, Any]:
    counts = json.dumps(dict(found.counts))
    how = {"outcome": found.outcome, "detail": found.detail}
    return {**how, "counts": counts, "retracted": found.retracted, "lines": found.lines}


def _head(row: Any) -> Reconciled:
    ended = None if row.ended_at is None else datetime.fromisoformat(row.ended_at)
    times = (datetime.fromisoformat(row.started_at), ended)
    how = (row.outcome, row.detail, row.by, json.loads(row.counts), row.retracted)
    return Reconciled(row.pk, row.destination, *times, *how)
