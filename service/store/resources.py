"""Reading resources: by id, by version, by session. The bytes that were validated are the bytes returned."""

from __future__ import annotations

import sqlite3
import threading

import sqlalchemy as sa

from service.errors import NotFound
from service.store.engine import BUSY_SECONDS, is_sqlite, reading, translated
from service.store.rows import Stored
from service.store.tables import history, members, resources

READ = "SELECT type, id, version, last_updated, content, pk FROM resources WHERE type = ? AND id = ?"


class Reader:
    """Reads by id, the most frequent request of all. On SQLite each thread keeps one connection and one statement."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._local = threading.local()
        self._embedded = is_sqlite(engine)

    def read(self, resource_type: str, id_: str) -> Stored:
        """The current version. Raises NotFound."""
        row = self._sqlite(resource_type, id_) if self._embedded else self._other(resource_type, id_)
        if row is None:
            raise NotFound("no such resource")
        return Stored(row[0], row[1], row[2], row[3], bytes(row[4]), row[5])

    def _sqlite(self, resource_type: str, id_: str) -> tuple | None:  # type: ignore[type-arg]
        with translated():
            connection = getattr(self._local, "connection", None)
            if connection is None:
                path = str(self._engine.url.database)
                connection = self._local.connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)
            return connection.execute(READ, (resource_type, id_)).fetchone()  # type: ignore[no-any-return]

    def _other(self, resource_type: str, id_: str) -> sa.Row | None:  # type: ignore[type-arg]
        c = resources.c
        columns = (c.type, c.id, c.version, c.last_updated, c.content, c.pk)
        with reading(self._engine) as connection:
            return connection.execute(sa.select(*columns).where(c.type == resource_type, c.id == id_)).first()


def read_version(engine: sa.Engine, resource_type: str, id_: str, version: int) -> Stored:
    """One version, current or past. Raises NotFound."""
    for table in (resources, history):
        c = table.c
        query = sa.select(c.type, c.id, c.version, c.last_updated, c.content)
        with reading(engine) as connection:
            row = connection.execute(query.where(c.type == resource_type, c.id == id_, c.version == version)).first()
        if row is not None:
            return Stored(*row[:4], bytes(row[4]))
    raise NotFound("no such version")


def of_session(engine: sa.Engine, number: str) -> list[Stored]:
    """What a session yields now, retracted resources among it, referenced before referring."""
    c = resources.c
    query = (
        sa.select(c.type, c.id, c.version, c.last_updated, c.content, c.pk)
        .join(members, members.c.resource == c.pk)
        .where(members.c.number == number)
        .order_by(members.c.position)
    )
    with reading(engine) as connection:
        return [Stored(*row[:4], bytes(row[4]), row[5]) for row in connection.execute(query)]
