"""What was learnt of destinations, and whether a person has paused one."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from service.store.engine import reading, writing
from service.store.intervals import written
from service.store.rows import Known
from service.store.tables import destinations


def known(engine: sa.Engine, name: str) -> Known:
    """Nothing, for a destination that was never talked to."""
    c = destinations.c
    query = sa.select(c.paused_at, c.paused_by, c.base_url, c.fetched_at).where(c.name == name)
    with reading(engine) as connection:
        row = connection.execute(query).first()
    return Known() if row is None else Known(_time(row.paused_at), row.paused_by, row.base_url, _time(row.fetched_at))


def statement(engine: sa.Engine, name: str) -> bytes | None:
    """The CapabilityStatement as it was last fetched."""
    with reading(engine) as connection:
        found = connection.scalar(sa.select(destinations.c.statement).where(destinations.c.name == name))
    return None if found is None else bytes(found)


def save_statement(engine: sa.Engine, name: str, base_url: str, content: bytes, now: datetime) -> None:
    """``base_url`` is where it came from: that of another server says nothing of this one."""
    _write(engine, name, {"base_url": base_url, "fetched_at": written(now), "statement": content})


def pause(engine: sa.Engine, name: str, by: str, now: datetime) -> None:
    """Who paused it first, and when, stays until it goes on."""
    if known(engine, name).paused_at is None:
        _write(engine, name, {"paused_at": written(now), "paused_by": by})


def resume(engine: sa.Engine, name: str) -> None:
    _write(engine, name, {"paused_at": None, "paused_by": None})


def _write(engine: sa.Engine, name: str, values: dict[str, Any]) -> None:
    which = destinations.c.name == name
    with writing(engine) as connection:
        if connection.execute(sa.update(destinations).where(which).values(values)).rowcount == 0:
            connection.execute(sa.insert(destinations).values(name=name, **values))


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
