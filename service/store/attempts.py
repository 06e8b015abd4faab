"""Every attempt at a delivery, begun before its first request leaves; and what people decided about deliveries."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from service.store.engine import reading, writing
from service.store.intervals import written
from service.store.rows import OVER, Act, Try
from service.store.tables import acts, attempts, deliveries, fidelity
from service.store.workers import is_taken

UNWANTED, TAKEN = -1, -2
# Built once: putting a statement together costs as much as running it.
_c = deliveries.c
_WHICH = sa.and_(
    _c.destination == sa.bindparam("of"), _c.number == sa.bindparam("session"), _c.revision == sa.bindparam("nr")
)
STANDING = sa.select(_c.state, _c.round, _c.since).where(_WHICH)
OF_DELIVERY = sa.update(deliveries).where(_WHICH)
END = sa.update(deliveries).where(_WHICH, _c.round == sa.bindparam("wanted_round"), _c.state.not_in(OVER))
ATTEMPT = sa.insert(attempts)
BY_KEY = sa.select(attempts).where(attempts.c.pk == sa.bindparam("key"))
ENDED = sa.update(attempts).where(attempts.c.pk == sa.bindparam("key"))


def begin(
    engine: sa.Engine,
    destination: str,
    number: str,
    revision: int,
    round_: int,
    count: int,
    owner: str | None,
    now: datetime,
) -> int:
    """The attempt's key; or UNWANTED, where something newer took its place; or TAKEN, by another process."""
    at, which = written(now), {"of": destination, "session": number, "nr": revision}
    with writing(engine) as connection:
        row = connection.execute(STANDING, which).first()
        if row is None or row.round != round_ or row.state in OVER:
            return UNWANTED
        if owner is not None and is_taken(connection, destination, number, owner, now):
            return TAKEN
        values = {"state": "in-flight", "attempts": count, "owner": owner, "since": row.since or at}
        cleared = {"code": None, "detail": None, "next_attempt_at": None, "updated_at": at}
        connection.execute(OF_DELIVERY, {**which, **values, **cleared})
        attempt = {"destination": destination, "number": number, "revision": revision, "round": round_, "nth": count}
        key: int = connection.execute(ATTEMPT, {**attempt, "began_at": at, "sent": 0}).inserted_primary_key[0]  # type: ignore[index]
    return key


def end(
    engine: sa.Engine,
    key: int,
    *,
    state: str,
    code: str | None,
    detail: str | None,
    next_attempt_at: datetime | None,
    sent: int,
    now: datetime,
) -> bool:
    """How it ended, and what follows for its delivery. False when that has been overtaken meanwhile."""
    at, later = written(now), next_attempt_at and written(next_attempt_at)
    values = {"state": state, "code": code, "detail": detail}
    with writing(engine) as connection:
        one = connection.execute(BY_KEY, {"key": key}).one()
        which = {"of": one.destination, "session": one.number, "nr": one.revision}
        ended = {**values, "next_attempt_at": later, "owner": None, "updated_at": at}
        found = connection.execute(END, {**which, "wanted_round": one.round, **ended})
        if found.rowcount == 0:
            connection.execute(OF_DELIVERY, {**which, "owner": None})
        connection.execute(ENDED, {"key": key, **values, "ended_at": at, "sent": sent})
    return found.rowcount == 1


def of_delivery(engine: sa.Engine, destination: str, number: str, limit: int = 500) -> list[Try]:
    """The latest attempts at delivering a session there, oldest first."""
    c = attempts.c
    query = sa.select(attempts).where(c.destination == destination, c.number == number)
    with reading(engine) as connection:
        rows = connection.execute(query.order_by(c.pk.desc()).limit(limit)).all()
    return [
        Try(
            row.revision,
            row.round,
            row.nth,
            datetime.fromisoformat(row.began_at),
            row.ended_at and datetime.fromisoformat(row.ended_at),
            row.state,
            row.code,
            row.detail,
            row.sent,
        )
        for row in reversed(rows)
    ]


def save_act(connection: sa.Connection, act: Act) -> None:
    names = ("who", "act", "destination", "number", "revision", "reason")
    values = {name: getattr(act, name) for name in names}
    connection.execute(sa.insert(acts).values(at=written(act.at), **values))


def acts_of(engine: sa.Engine, number: str) -> list[Act]:
    """What people decided about a session's deliveries, oldest first."""
    query = sa.select(acts).where(acts.c.number == number).order_by(acts.c.pk)
    with reading(engine) as connection:
        return [
            Act(datetime.fromisoformat(r.at), r.who, r.act, r.destination, r.number, r.revision, r.reason)
            for r in connection.execute(query)
        ]


def save_report(engine: sa.Engine, destination: str, number: str, revision: int, report: bytes, now: datetime) -> None:
    """What was found when a session was read back; the latest stands."""
    c = fidelity.c
    which = sa.and_(c.destination == destination, c.number == number, c.revision == revision)
    row = {"destination": destination, "number": number, "revision": revision, "report": report}
    with writing(engine) as connection:
        connection.execute(sa.delete(fidelity).where(which))
        connection.execute(sa.insert(fidelity).values(**row, read_at=written(now)))


def report(engine: sa.Engine, destination: str, number: str, revision: int) -> bytes | None:
    c = fidelity.c
    query = sa.select(c.report).where(c.destination == destination, c.number == number, c.revision == revision)
    with reading(engine) as connection:
        found = connection.scalar(query)
    return None if found is None else bytes(found)
