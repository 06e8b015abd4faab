"""Transaction 1: the clinic's words as received, and what is known about each revision."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from service.errors import Issue, NotFound
from service.fhirjson import content_hash
from service.store.engine import reading, writing
from service.store.intervals import written
from service.store.rows import Recorded, Revision, SessionRow
from service.store.tables import members, resources, revisions, sessions

# Built once: putting a statement together costs as much as running it.
_NUMBER: sa.BindParameter[str] = sa.bindparam("its_number")
LATEST_OF = sa.select(revisions).where(revisions.c.number == _NUMBER).order_by(revisions.c.revision.desc()).limit(1)
LATEST_REVISION = sa.select(sessions.c.revision).where(sessions.c.number == _NUMBER)
ADD_REVISION, ADD_SESSION = sa.insert(revisions), sa.insert(sessions)
MARK_REVISION = (
    sa.update(revisions)
    .where(revisions.c.pk == sa.bindparam("its_pk"))
    .values(state=sa.bindparam("state"), issues=sa.bindparam("issues"))
)
MARK_SESSION = (
    sa.update(sessions)
    .where(sessions.c.number == _NUMBER, sessions.c.revision == sa.bindparam("its_revision"))
    .values(state=sa.bindparam("state"))
)


def record(engine: sa.Engine, number: str, content: bytes, sender: str, now: datetime) -> Recorded:
    """Keep a document. The same content as the latest revision is that revision, and nothing is written."""
    digest = content_hash(content)
    with writing(engine) as connection:
        latest = _latest(connection, number)
        if latest is not None and latest.content_hash == digest:
            return Recorded(latest, False)
        next_revision = latest.revision + 1 if latest else 1
        row = {
            "number": number,
            "revision": next_revision,
            "content": content,
            "content_hash": digest,
            "sender": sender,
            "received_at": written(now),
            "state": "received",
            "issues": "[]",
        }
        pk = connection.execute(ADD_REVISION, row).inserted_primary_key[0]  # type: ignore[index]
        summary = {"revision": next_revision, "state": "received", "received_at": written(now)}
        if latest is None:
            connection.execute(ADD_SESSION, {"number": number, **summary})
        else:
            connection.execute(sa.update(sessions).where(sessions.c.number == number).values(summary))
    return Recorded(Revision(pk, number, next_revision, content, digest, now, sender, "received", ()), True)


def revision(engine: sa.Engine, number: str, which: int | None = None) -> Revision:
    """One revision, the latest by default. Raises NotFound."""
    with reading(engine) as connection:
        found = _latest(connection, number) if which is None else _one(connection, number, which)
    if found is None:
        raise NotFound("no such session")
    return found


def unpublished(engine: sa.Engine) -> list[Revision]:
    """Latest revisions that a crash left between the two transactions, oldest first."""
    both = sa.and_(sessions.c.number == revisions.c.number, sessions.c.revision == revisions.c.revision)
    query = sa.select(revisions).join(sessions, both).where(revisions.c.state == "received").order_by(revisions.c.pk)
    with reading(engine) as connection:
        return [revision_of(row) for row in connection.execute(query)]


def session_rows(engine: sa.Engine, after: str | None, limit: int, state: str | None) -> list[SessionRow]:
    """Sessions by number, from the one after ``after``."""
    query = sa.select(sessions).order_by(sessions.c.number).limit(limit)
    if after is not None:
        query = query.where(sessions.c.number > after)
    if state is not None:
        query = query.where(sessions.c.state == state)
    with reading(engine) as connection:
        found = connection.execute(query).all()
    return [SessionRow(r.number, r.revision, r.state, datetime.fromisoformat(r.received_at)) for r in found]


def numbers_of_patient(engine: sa.Engine, number: str) -> list[str]:
    """The numbers of all published sessions of the patient of this one, itself among them."""
    patients = (
        sa.select(members.c.resource)
        .join(resources, resources.c.pk == members.c.resource)
        .where(members.c.number == number, resources.c.type == "Patient")
    )
    query = sa.select(members.c.number).where(members.c.resource.in_(patients)).order_by(members.c.number)
    with reading(engine) as connection:
        return list(connection.scalars(query))


def park(engine: sa.Engine, which: Revision, issues: Sequence[Issue]) -> None:
    """What stands in the way of publishing; the record itself stays."""
    with writing(engine) as connection:
        set_state(connection, which, "parked", issues)


def set_state(connection: sa.Connection, which: Revision, state: str, issues: Sequence[Issue]) -> None:
    connection.execute(MARK_REVISION, {"its_pk": which.pk, "state": state, "issues": issues_to_text(issues)})
    of_session = {"its_number": which.number, "its_revision": which.revision, "state": state}
    connection.execute(MARK_SESSION, of_session)


def latest_revision(connection: sa.Connection, number: str) -> int:
    return connection.scalar(LATEST_REVISION, {"its_number": number}) or 0


def issues_to_text(issues: Sequence[Issue]) -> str:
    return json.dumps([[i.severity, i.code, i.text, list(i.expression)] for i in issues])


def _issues(text: str) -> tuple[Issue, ...]:
    return tuple(Issue(severity, code, words, tuple(places)) for severity, code, words, places in json.loads(text))


def _latest(connection: sa.Connection, number: str) -> Revision | None:
    row = connection.execute(LATEST_OF, {"its_number": number}).first()
    return None if row is None else revision_of(row)


def _one(connection: sa.Connection, number: str, which: int) -> Revision | None:
    query = sa.select(revisions).where(revisions.c.number == number, revisions.c.revision == which)
    row = connection.execute(query).first()
    return None if row is None else revision_of(row)


def revision_of(row: Any) -> Revision:
    return Revision(
        row.pk,
        row.number,
        row.revision,
        bytes(row.content),
        row.content_hash,
        datetime.fromisoformat(row.received_at),
        row.sender,
        row.state,
        _issues(row.issues),
    )
