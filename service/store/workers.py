"""The processes that deliver: who lives, who is at what, and what only one of them may do at a time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import sqlalchemy as sa

from service.store.engine import reading, writing
from service.store.intervals import written
from service.store.patient_tables import patient_turns
from service.store.rows import Worker
from service.store.tables import deliveries, leases, workers

# A process that has not been heard of for this long is dead to the others.
STALE_SECONDS = 15.0
LONG = timedelta(days=36_500)


class Workers:
    """Heartbeats and leases. ``gone`` tells of a process on this machine that it no longer runs."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def claim(self, token: str, process: str, gone: Callable[[str], bool], now: datetime) -> str:
        """The first free name for a process that starts: what a dead one of that name was at becomes its own."""
        with writing(self._engine) as connection:
            taken = {one.executor: one for one in _all(connection)}
            count = 1
            while (found := taken.get(f"worker-{count}")) is not None and not _is_dead(found, gone, now):
                count += 1
            if found is not None:
                _forget(connection, found.token)
            row = {"executor": f"worker-{count}", "token": token, "process": process, "beat_at": written(now)}
            connection.execute(sa.insert(workers).values(**row))
        return f"worker-{count}"

    def beat(self, token: str, now: datetime) -> bool:
        """False when another process took this one for dead."""
        with writing(self._engine) as connection:
            statement = sa.update(workers).where(workers.c.token == token).values(beat_at=written(now))
            return connection.execute(statement).rowcount == 1

    def leave(self, token: str) -> None:
        with writing(self._engine) as connection:
            _forget(connection, token)

    def living(self) -> list[Worker]:
        with reading(self._engine) as connection:
            return _all(connection)

    def bury(self, gone: Callable[[str], bool], now: datetime, silent_too: bool = True) -> list[str]:
        """Remove the dead; the names that were theirs. Without ``silent_too`` only those that certainly run no more."""
        with writing(self._engine) as connection:
            dead = [one for one in _all(connection) if (_is_dead(one, gone, now) if silent_too else gone(one.process))]
            for one in dead:
                _forget(connection, one.token)
        return [one.executor for one in dead]

    def lease(self, name: str, owner: str, now: datetime, seconds: float | None = None) -> bool:
        """True when it is ``owner``'s from now on: nobody had it, or whoever had it is dead, or its time is over.

        One without a time is asked for by an owner that is at nothing under it: its own is had again, as it stands
        only because its end could not be written.
        """
        until = now + (LONG if seconds is None else timedelta(seconds=seconds))
        with writing(self._engine) as connection:
            row = connection.execute(sa.select(leases).where(leases.c.name == name)).first()
            if row is not None:
                is_at_it = seconds is not None if row.owner == owner else is_alive(connection, row.owner, now)
                if is_at_it and row.until > written(now):
                    return False
                connection.execute(sa.delete(leases).where(leases.c.name == name))
            connection.execute(sa.insert(leases).values(name=name, owner=owner, until=written(until)))
        return True

    def release(self, name: str, owner: str) -> None:
        with writing(self._engine) as connection:
            connection.execute(sa.delete(leases).where(leases.c.name == name, leases.c.owner == owner))


def is_alive(connection: sa.Connection, token: str, now: datetime) -> bool:
    """Heard of lately."""
    beat = connection.scalar(sa.select(workers.c.beat_at).where(workers.c.token == token))
    return beat is not None and beat > written(now - timedelta(seconds=STALE_SECONDS))


def is_taken(connection: sa.Connection, destination: str, number: str, owner: str | None, now: datetime) -> bool:
    """Another process that lives is at a delivery of this session."""
    c = deliveries.c
    others = sa.select(c.owner).where(c.destination == destination, c.number == number, c.owner.is_not(None))
    return any(other != owner and is_alive(connection, other, now) for other in connection.scalars(others))


def _forget(connection: sa.Connection, token: str) -> None:
    """With all that only it could do."""
    connection.execute(sa.delete(leases).where(leases.c.owner == token))
    connection.execute(sa.delete(patient_turns).where(patient_turns.c.holder == token))
    connection.execute(sa.delete(workers).where(workers.c.token == token))


def _is_dead(one: Worker, gone: Callable[[str], bool], now: datetime) -> bool:
    return one.beat_at < now - timedelta(seconds=STALE_SECONDS) or gone(one.process)


def _all(connection: sa.Connection) -> list[Worker]:
    rows = connection.execute(sa.select(workers).order_by(workers.c.executor))
    return [Worker(row.executor, row.token, row.process, datetime.fromisoformat(row.beat_at)) for row in rows]
