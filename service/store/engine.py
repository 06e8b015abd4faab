"""Connections: durable on SQLite and PostgreSQL alike, and foreign exceptions turned into ours at one place.

SQLite: WAL, synchronous=FULL, and BEGIN IMMEDIATE for every write, so that writers queue instead of failing half-way.
PostgreSQL: one advisory lock plays the same part, so that both databases see the same order of writes.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import sqlalchemy as sa
from sqlalchemy import event

from service.errors import Rejected, Unavailable

BUSY_SECONDS = 30
CONNECT_SECONDS = 10
# A process that stands still within a transaction holds what all others wait for: PostgreSQL ends its session then.
STILL = "-c idle_in_transaction_session_timeout=10000 -c tcp_keepalives_idle=10 -c tcp_keepalives_count=3"
# A publication touches pages all over the index; moved into the file less often, many of its writes become one.
CHECKPOINT_PAGES = 8_000
CACHE = "cache_size=-16000"  # KiB per connection: a publication touches pages all over the index
# SQLite's own way of waiting is to sleep and to ask again: threads of one process wait for each other instead.
QUEUE = "infusion_bridge_writers"
WRITE_LOCK = 7_301_455  # an arbitrary number that names our lock among PostgreSQL's advisory locks


def create_engine(url: str) -> sa.Engine:
    """An engine for ``sqlite:///FILE`` or ``postgresql+psycopg://…``. Raises Rejected for an SQLite without a file."""
    parsed = sa.make_url(url)
    # hide_parameters: a fault that is logged names the statement, never the patient's values in it.
    if parsed.get_backend_name() != "sqlite":
        given = {"connect_timeout": CONNECT_SECONDS, "options": STILL}
        waits = {name: value for name, value in given.items() if name not in parsed.query}
        return sa.create_engine(
            parsed, pool_size=20, max_overflow=20, pool_pre_ping=True, hide_parameters=True, connect_args=waits
        )
    if parsed.database in (None, "", ":memory:"):
        raise Rejected("an SQLite database must be a file: what is in memory is not durable", code="value")
    engine = sa.create_engine(
        parsed,
        pool_size=32,
        max_overflow=32,
        hide_parameters=True,
        connect_args={"timeout": BUSY_SECONDS},
        execution_options={QUEUE: threading.Lock()},
    )
    event.listen(engine, "connect", _prepare_sqlite)
    return engine


def is_sqlite(engine: sa.Engine) -> bool:
    return engine.dialect.name == "sqlite"


def _prepare_sqlite(connection: sqlite3.Connection, _record: Any) -> None:
    # "IMMEDIATE" is what the driver itself begins with before a write; ours begin explicitly, in writing() below.
    connection.isolation_level = "IMMEDIATE"
    waits, moves = f"busy_timeout={BUSY_SECONDS * 1000}", f"wal_autocheckpoint={CHECKPOINT_PAGES}"
    connection.execute(f"PRAGMA {waits}")
    _use_wal(connection)
    for pragma in ("synchronous=FULL", "foreign_keys=ON", moves, CACHE):
        connection.execute(f"PRAGMA {pragma}")


def _use_wal(connection: sqlite3.Connection) -> None:
    """SQLite does not wait when several processes turn a new file to WAL at once: so we do."""
    last = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > last:
                raise
            time.sleep(0.01)
        else:
            return


@contextmanager
def reading(engine: sa.Engine) -> Iterator[sa.Connection]:
    with translated(), engine.connect() as connection:
        yield connection


@contextmanager
def writing(engine: sa.Engine) -> Iterator[sa.Connection]:
    """One write transaction: all of it is durable when this ends, or none of it happened."""
    with _in_line(engine), translated(), engine.begin() as connection:
        if is_sqlite(engine):
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({WRITE_LOCK})")
        yield connection


@contextmanager
def _in_line(engine: sa.Engine) -> Iterator[None]:
    line = engine.get_execution_options().get(QUEUE)
    if line is None:
        yield
        return
    if not line.acquire(timeout=BUSY_SECONDS):
        raise Unavailable("the database cannot be used at the moment")
    try:
        yield
    finally:
        line.release()


def bulk(connection: sa.Connection, table: sa.Table, columns: tuple[str, ...], rows: list[tuple[Any, ...]]) -> None:
    """Many inserts the driver's own way, executemany or COPY: the hot path of a publication."""
    if not rows:
        return
    target = f"{table.name} ({', '.join(columns)})"
    driver: Any = connection.connection.driver_connection
    if connection.dialect.name == "sqlite":
        driver.executemany(f"INSERT INTO {target} VALUES ({', '.join('?' * len(columns))})", rows)  # noqa: S608
        return
    with driver.cursor() as cursor, cursor.copy(f"COPY {target} FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


TROUBLES = (
    *(sa.exc.OperationalError, sa.exc.InterfaceError, sa.exc.InternalError, sa.exc.TimeoutError),
    # the drivers' own, from bulk() and the connection kept for reads
    *(sqlite3.OperationalError, psycopg.OperationalError, psycopg.InterfaceError, psycopg.InternalError),
)
# A NUL, half a character, a number beyond every column: from a request's address, nothing that was ever stored.
UNSTORABLE = (sa.exc.DataError, psycopg.DataError, UnicodeEncodeError, OverflowError)


@contextmanager
def translated() -> Iterator[None]:
    """The database's troubles become Unavailable: nothing was acknowledged, trying again is right.

    A value that no database can hold is Rejected. The texts say nothing of the statement or its values.
    """
    try:
        yield
    except TROUBLES as error:
        raise _unavailable(error) from error
    except UNSTORABLE as error:
        raise Rejected("a value that cannot be stored", code="value") from error


def _unavailable(error: Exception) -> Unavailable:
    text = str(getattr(error, "orig", error)).lower()
    if "full" in text or "no space" in text:
        return Unavailable("the disk is full: nothing was stored", code="no-store")
    return Unavailable("the database cannot be used at the moment")
