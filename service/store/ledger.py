"""The ledger: where each of our resources stands with each destination. Written before a request leaves, and after."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from service.store.engine import is_sqlite, reading, writing
from service.store.intervals import written
from service.store.rows import Link
from service.store.tables import ledger, members, resources

KEY = ("destination", "type", "id")
FIELDS = (
    *("state", "their_id", "their_version", "sent_hash", "answered_hash"),
    *("intent_hash", "intent_at", "code", "theirs", "updated_at"),
)
NAMES = (*KEY, *FIELDS)
SAVE = (
    f"INSERT INTO ledger ({', '.join(NAMES)}) VALUES ({', '.join('?' * len(NAMES))}) "  # noqa: S608
    f"ON CONFLICT (destination, type, id) DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in FIELDS)}"
)
# By pairs, so that the primary key is used however much has gone to the destination before.
GIVEN = {
    "sqlite": "SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(:names)",
    "postgresql": "SELECT value ->> 0, value ->> 1 FROM json_array_elements(CAST(:names AS json))",
}
SOME = {
    dialect: sa.text(
        f"SELECT {', '.join(NAMES)} FROM ledger WHERE destination = :destination AND (type, id) IN ({given})"  # noqa: S608
    )
    for dialect, given in GIVEN.items()
}


def save(engine: sa.Engine, found: Sequence[Link], now: datetime) -> None:
    """In one transaction; what is said last stands."""
    latest = {(one.destination, one.name): one for one in found}
    at = written(now)
    rows = [_row(one, at) for one in latest.values()]
    with writing(engine) as connection:  # the driver's own way, as this is done twice in every delivery
        connection.exec_driver_sql(SAVE if is_sqlite(engine) else SAVE.replace("?", "%s"), rows)


def forget(engine: sa.Engine, destination: str, resource_type: str, id_: str) -> None:
    c = ledger.c
    with writing(engine) as connection:
        which = sa.and_(c.destination == destination, c.type == resource_type, c.id == id_)
        connection.execute(sa.delete(ledger).where(which))


def one(engine: sa.Engine, destination: str, resource_type: str, id_: str) -> Link | None:
    return next(iter(some(engine, destination, [(resource_type, id_)])), None)


def some(engine: sa.Engine, destination: str, names: Iterable[tuple[str, str]]) -> list[Link]:
    """What is known of these resources, given as (type, id)."""
    given = {"destination": destination, "names": json.dumps(sorted(set(names)))}
    with reading(engine) as connection:
        return [_link(row) for row in connection.execute(SOME[engine.dialect.name], given)]


def of_session(engine: sa.Engine, destination: str, number: str) -> list[Link]:
    """What is known of what the session yields, in the order of delivery."""
    query = (
        sa.select(ledger)
        .join(resources, sa.and_(resources.c.type == ledger.c.type, resources.c.id == ledger.c.id))
        .join(members, members.c.resource == resources.c.pk)
        .where(members.c.number == number, ledger.c.destination == destination)
        .order_by(members.c.position)
    )
    with reading(engine) as connection:
        return [_link(row) for row in connection.execute(query)]


def _row(link: Link, at: str) -> tuple[Any, ...]:
    """As NAMES has them."""
    since = link.intent_at and written(link.intent_at)
    return (
        *(link.destination, link.resource_type, link.id),
        *(link.state, link.their_id, link.their_version, link.sent_hash, link.answered_hash),
        *(link.intent_hash, since, link.code, link.theirs, at),
    )


def _link(row: Any) -> Link:
    return Link(
        row.destination,
        row.type,
        row.id,
        row.their_id,
        row.their_version,
        row.sent_hash,
        row.state,
        row.answered_hash,
        row.intent_hash,
        row.intent_at and datetime.fromisoformat(row.intent_at),
        row.code,
        None if row.theirs is None else bytes(row.theirs),
    )
