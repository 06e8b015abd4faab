"""Migrations make exactly the tables of the metadata, once, however many processes try."""

from __future__ import annotations

from contextlib import closing
from threading import Thread
from typing import Any

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from made_up import NOW

from service.fhirjson import encode
from service.store import Place, open_store
from service.store.migrate import migrate
from service.store.tables import metadata


def test_migrations_make_exactly_the_metadata(empty_database_url: str) -> None:
    with closing(open_store(empty_database_url)) as store:
        migrate(store.engine)
        with store.engine.connect() as connection:
            context = MigrationContext.configure(
                connection, opts={"version_table": "schema_version", "compare_type": True}
            )
            assert compare_metadata(context, metadata) == []
            tables = set(sa.inspect(connection).get_table_names())
    assert tables == {*metadata.tables, "schema_version"}


def test_migrating_again_changes_nothing_and_keeps_rows(database_url: str) -> None:
    with closing(open_store(database_url)) as store:
        store.add_key("clinic", "clinic", "hash", NOW)
        store.migrate()
        assert [(key.name, key.created_at) for key in store.keys()] == [("clinic", NOW)]  # noqa: SIM118 (a method of the store)


def test_several_starting_at_once_migrate_once(empty_database_url: str) -> None:
    stores = [open_store(empty_database_url) for _ in range(3)]
    threads = [Thread(target=store.migrate) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with stores[0].engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT version_num FROM schema_version").scalars().all() == ["0007"]
    for store in stores:
        store.close()


def test_sessions_published_before_there_were_courses_have_their_place(empty_database_url: str) -> None:
    """What is published is told apart from what is not, and from what names no course."""
    with closing(open_store(empty_database_url)) as store:
        migrate(store.engine, "0002")
        with store.engine.begin() as connection:
            fill(connection, "S-1", 1, "published", {"course": {"id": "C"}})
            fill(connection, "S-1", 2, "published", {"course": {"id": "D"}})
            fill(connection, "S-1", 3, "parked", {"course": {"id": "E"}})
            fill(connection, "S-2", 1, "published", {})
            fill(connection, "S-3", 1, "parked", {"course": {"id": "D"}})
            fill(connection, "S-4", 1, "published", {"course": {"id": "D"}, "status": "entered-in-error"})
            row = {"pk": 1, "type": "Patient", "id": "p1", "version": 1, "last_updated": "", "content": b"{}",
                   "content_hash": "", "number": "S-1", "as_of": ""}  # fmt: skip
            connection.execute(sa.insert(metadata.tables["resources"]).values(row))
            for number in ("S-1", "S-2", "S-4"):
                member = {"number": number, "resource": 1, "position": 0, "yields": True}
                connection.execute(sa.insert(metadata.tables["members"]).values(member))
        store.migrate()
        told = store.earlier("S-9", Place("p1", "D", "2026-03-02T16:00:00.000001+00:00", ""))
        assert [(one.number, one.told) for one in told] == [("S-1", "?")]
        assert b'"D"' in told[0].content
        assert store.earlier("S-0", Place("p1", "D", "2026-03-02T16:00:00.000000+00:00", "")) == []
        assert store.outdated() == []


def fill(connection: sa.Connection, number: str, revision: int, state: str, parts: dict[str, Any]) -> None:
    content = encode({"number": number, "status": "completed", "start": "2026-03-02T10:00:00-06:00", **parts})
    row = {"number": number, "revision": revision, "content": content, "content_hash": "", "sender": "clinic",
           "received_at": "2026-03-02T16:00:00+00:00", "state": state, "issues": "[]"}  # fmt: skip
    connection.execute(sa.insert(metadata.tables["revisions"]).values(row))


def test_the_delivery_engine_has_its_tables_in_the_same_database(empty_database_url: str) -> None:
    with closing(open_store(empty_database_url)) as store:
        store.migrate()
        schema = None if store.embedded else "dbos"
        assert sa.inspect(store.engine).has_table("workflow_status", schema=schema)
