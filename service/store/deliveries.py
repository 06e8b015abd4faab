"""Where each revision stands with each destination."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from service.errors import NotFound
from service.store.attempts import save_act
from service.store.engine import reading, writing
from service.store.intervals import written
from service.store.outbox import Outbox
from service.store.rows import OVER, STOPPED, Act, Delivery, Revision
from service.store.tables import deliveries, ledger, members, resources, revisions

# What a newer revision leaves as it is
ENDED = ("delivered", *OVER)
NEWEST = sa.select(sa.func.max(revisions.c.pk))


def queue_revision(
    connection: sa.Connection,
    outbox: Outbox,
    destination: str,
    revision: Revision,
    patient: str,
    changed: bool,
    now: datetime,
) -> None:
    """In the publishing transaction: supersede what waits of this session, and queue this revision once.

    A revision that was queued before is queued again only when its resources changed (a remap with new terminology).
    """
    queued = _get(connection, destination, revision.number, revision.revision)
    if queued is not None and not changed:
        return
    older = sa.and_(
        deliveries.c.destination == destination,
        deliveries.c.number == revision.number,
        deliveries.c.revision < revision.revision,
        deliveries.c.state.not_in(ENDED),
    )
    connection.execute(sa.update(deliveries).where(older).values(state="superseded", updated_at=written(now)))
    # Queued again, it leaves behind what was recorded since: it may refer to that.
    sequence = revision.pk if queued is None else connection.scalar(NEWEST) or revision.pk
    _queue(connection, outbox, destination, revision.number, revision.revision, patient, sequence, queued, now)


def went_to(connection: sa.Connection, number: str) -> list[str]:
    """Where something of the session is, or may be: its corrections go there, whatever the file says today."""
    query = (
        sa.select(ledger.c.destination)
        .join(resources, sa.and_(resources.c.type == ledger.c.type, resources.c.id == ledger.c.id))
        .join(members, members.c.resource == resources.c.pk)
        .join(deliveries, sa.and_(deliveries.c.number == number, deliveries.c.destination == ledger.c.destination))
        .where(members.c.number == number)
        .distinct()
    )
    return sorted(connection.scalars(query))


def redeliver(
    engine: sa.Engine,
    outbox: Outbox,
    destination: str,
    number: str,
    now: datetime,
    act: Act | None = None,
    mapped: str | None = None,
    again: bool = True,
) -> Delivery:
    """Queue the latest published revision again, as a new round. Raises NotFound where there is none.

    ``again`` looks at everything that is there already, and mends what is missing.
    """
    with writing(engine) as connection:
        published = sa.and_(revisions.c.number == number, revisions.c.state == "published")
        latest = sa.select(revisions.c.revision, revisions.c.pk).where(published).order_by(revisions.c.pk.desc())
        row = connection.execute(latest.limit(1)).first()
        if row is None:
            raise NotFound("nothing is published of this session")
        revision, sequence = row
        query = (
            sa.select(resources.c.id)
            .join(members, members.c.resource == resources.c.pk)
            .where(members.c.number == number, resources.c.type == "Patient")
        )
        patient = connection.scalar(query) or number
        queued = _get(connection, destination, number, revision)
        new = {"again": again, "mapped": mapped}
        _queue(connection, outbox, destination, number, revision, patient, sequence, queued, now, new)
        found = _get(connection, destination, number, revision)
        if act is not None:
            save_act(connection, act)
    if found is None:
        raise NotFound("no such delivery")
    return found


def purge(engine: sa.Engine, act: Act, now: datetime) -> None:
    """Nothing more is done about a delivery that stopped; who said so, and why, stays. Raises NotFound."""
    c = deliveries.c
    which = sa.and_(c.destination == act.destination, c.number == act.number, c.revision == act.revision)
    values = {"state": "purged", "next_attempt_at": None, "updated_at": written(now)}
    with writing(engine) as connection:
        statement = sa.update(deliveries).where(which, c.state.in_(STOPPED)).values(values)
        if connection.execute(statement).rowcount == 0:
            raise NotFound("no delivery of this session waits for a person there")
        save_act(connection, act)


def find(
    engine: sa.Engine,
    number: str | None = None,
    destination: str | None = None,
    states: Sequence[str] | None = None,
    limit: int = 100,
) -> list[Delivery]:
    """Deliveries, latest revision first."""
    c = deliveries.c
    query = sa.select(deliveries).order_by(c.number, c.revision.desc(), c.destination).limit(limit)
    if number is not None:
        query = query.where(c.number == number)
    if destination is not None:
        query = query.where(c.destination == destination)
    if states is not None:
        query = query.where(c.state.in_(states))
    with reading(engine) as connection:
        return [delivery_of(row) for row in connection.execute(query)]


def set_state(
    engine: sa.Engine,
    destination: str,
    number: str,
    revision: int,
    *,
    state: str,
    attempts: int,
    now: datetime,
    code: str | None = None,
    detail: str | None = None,
    next_attempt_at: datetime | None = None,
) -> None:
    """Write how a delivery stands. ``code`` and ``detail`` hold no patient data."""
    which = sa.and_(
        deliveries.c.destination == destination, deliveries.c.number == number, deliveries.c.revision == revision
    )
    values = {
        "state": state,
        "attempts": attempts,
        "code": code,
        "detail": detail,
        "next_attempt_at": next_attempt_at and written(next_attempt_at),
        "updated_at": written(now),
    }
    with writing(engine) as connection:
        connection.execute(sa.update(deliveries).where(which).values(values))


def _queue(
    connection: sa.Connection,
    outbox: Outbox,
    destination: str,
    number: str,
    revision: int,
    patient: str,
    sequence: int,
    queued: Delivery | None,
    now: datetime,
    new: Mapping[str, Any] | None = None,
) -> None:
    round_ = queued.round + 1 if queued else 1
    values: dict[str, Any] = {
        "round": round_,
        "state": "pending",
        "attempts": 0,
        "code": None,
        "detail": None,
        "next_attempt_at": None,
        "updated_at": written(now),
        "since": None,
        "again": False,
        "mapped": None,
        **(new or {}),
    }
    key = {"destination": destination, "number": number, "revision": revision}
    if queued is None:
        connection.execute(sa.insert(deliveries).values(**key, **values))
    else:
        which = sa.and_(*(deliveries.c[name] == value for name, value in key.items()))
        connection.execute(sa.update(deliveries).where(which).values(values))
    outbox.enqueue(connection, destination, number, revision, round_, patient, sequence)


def _get(connection: sa.Connection, destination: str, number: str, revision: int) -> Delivery | None:
    c = deliveries.c
    query = sa.select(deliveries).where(c.destination == destination, c.number == number, c.revision == revision)
    row = connection.execute(query).first()
    return None if row is None else delivery_of(row)


def delivery_of(row: Any) -> Delivery:
    later = row.next_attempt_at
    return Delivery(
        row.destination,
        row.number,
        row.revision,
        row.state,
        row.attempts,
        row.code,
        row.detail,
        later and datetime.fromisoformat(later),
        datetime.fromisoformat(row.updated_at),
        row.round,
        row.since and datetime.fromisoformat(row.since),
        row.again,
        row.mapped,
    )
