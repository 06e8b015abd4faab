"""Reading resources: by id, by version, by session. The bytes that were validated are the bytes returned."""

from __future__ import annotations

import threading
from typing import Any

import sqlalchemy as sa

from service.errors import NotFound
from service.store.engine import is_sqlite, reading, translated
from service.store.rows import Stored
from service.store.tables import history, members, resources

READ = "SELECT type, id, version, last_updated, content, pk FROM resources WHERE type = ? AND id = ?"


class Reader:
    """Reads by id, the most frequent request of all, with the least around the one statement.

    On SQLite each thread keeps a connection of its own; on PostgreSQL, where connections are dear, the pool's are used
    without a transaction.
    """

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._kept = threading.local()
        self._embedded = is_sqlite(engine)
        self._autocommit = engine if self._embedded else engine.execution_options(isolation_level="AUTOCOMMIT")

    def close(self) -> None:
        """Lets go of the connections of all threads; a later read makes a new one."""
        self._kept = threading.local()

    def read(self, resource_type: str, id_: str) -> Stored:
        """The current version. Raises NotFound."""
        row = self._sqlite(resource_type, id_) if self._embedded else self._other(resource_type, id_)
        if row is None:
            raise NotFound("no such resource")
        return Stored(row[0], row[1], row[2], row[3], bytes(row[4]), row[5])

    def _sqlite(self, resource_type: str, id_: str) -> Any:
        with translated():
            kept = getattr(self._kept, "connection", None)
            if kept is None:
                kept = self._kept.connection = _Kept(self._engine)
            return kept.driver.execute(READ, (resource_type, id_)).fetchone()

    def _other(self, resource_type: str, id_: str) -> Any:
        with reading(self._autocommit) as connection:
            return connection.exec_driver_sql(READ.replace("?", "%s"), (resource_type, id_)).first()


class _Kept:
    """A connection taken out of the pool for good. It closes when its thread ends or the reader lets go of it."""

    def __init__(self, engine: sa.Engine) -> None:
        pooled = engine.raw_connection()
        self.driver: Any = pooled.driver_connection
        pooled.detach()
        self._pooled = pooled  # so that its end is not before ours

    def __del__(self) -> None:
        self.driver.close()


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


def versions(engine: sa.Engine, resource_type: str, id_: str) -> list[Stored]:
    """Every version, the current one first."""
    found: list[Stored] = []
    for table in (resources, history):
        c = table.c
        query = sa.select(c.type, c.id, c.version, c.last_updated, c.content).where(
            c.type == resource_type, c.id == id_
        )
        with reading(engine) as connection:
            rows = connection.execute(query.order_by(c.version.desc()))
            found += [Stored(*row[:4], bytes(row[4])) for row in rows]
    return found
