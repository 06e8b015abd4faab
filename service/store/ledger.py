"""The ledger: where each of our resources stands with each destination. Written before a request leaves, and after."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from service.store.engine import reading, writing
from service.store.intervals import written
from service.store.rows import Link
from service.store.tables import ledger, members, resources

CHUNK = 400  # bound parameters per statement
KEY = ("destination", "type", "id")
FIELDS = (
    *("state", "their_id", "their_version", "sent_hash", "answered_hash"),
    *("intent_hash", "intent_at", "code", "theirs", "updated_at"),
)
NAMES = (*KEY, *FIELDS)
SAVE = sa.text(
    f"INSERT INTO ledger ({', '.join(NAMES)}) VALUES ({', '.join(f':{name}' for name in NAMES)}) "  # noqa: S608
    f"ON CONFLICT (destination, type, id) DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in FIELDS)}"
)


def save(engine: sa.Engine, found: Sequence[Link], now: datetime) -> None:
    """In one transaction; what is said last stands."""
    latest = {(one.destination, one.name): one for one in found}
    with writing(engine) as connection:
        connection.execute(SAVE, [_row(one, now) for one in latest.values()])


def forget(engine: sa.Engine, destination: str, resource_type: str, id_: str) -> None:
    c = ledger.c
    with writing(engine) as connection:
        which = sa.and_(c.destination == destination, c.type == resource_type, c.id == id_)
        connection.execute(sa.delete(ledger).where(which))


def one(engine: sa.Engine, destination: str, resource_type: str, id_: str) -> Link | None:
    return next(iter(some(engine, destination, [(resource_type, id_)])), None)


def some(engine: sa.Engine, destination: str, names: Iterable[tuple[str, str]]) -> list[Link]:
    """What is known of these resources, given as (type, id)."""
    wanted, c = set(names), ledger.c
    ids, found = sorted({id_ for _, id_ in wanted}), []
    with reading(engine) as connection:
        for start in range(0, len(ids), CHUNK):
            query = sa.select(ledger).where(c.destination == destination, c.id.in_(ids[start : start + CHUNK]))
            found += [_link(row) for row in connection.execute(query)]
    return [link for link in found if (link.resource_type, link.id) in wanted]


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


def _row(link: Link, now: datetime) -> dict[str, Any]:
    return {
        "destination": link.destination,
        "type": link.resource_type,
        "id": link.id,
        "state": link.state,
        "their_id": link.their_id,
        "their_version": link.their_version,
        "sent_hash": link.sent_hash,
        "answered_hash": link.answered_hash,
        "intent_hash": link.intent_hash,
        "intent_at": link.intent_at and written(link.intent_at),
        "code": link.code,
        "theirs": link.theirs,
        "updated_at": written(now),
    }


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
