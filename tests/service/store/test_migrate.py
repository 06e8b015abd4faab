"""Migrations make exactly the tables of the metadata, once, however many processes try."""

from __future__ import annotations

from contextlib import closing
from threading import Thread

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from made_up import NOW

from service.store import open_store
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
        assert connection.exec_driver_sql("SELECT version_num FROM schema_version").scalars().all() == ["0006"]
    for store in stores:
        store.close()


def test_the_delivery_engine_has_its_tables_in_the_same_database(empty_database_url: str) -> None:
    with closing(open_store(empty_database_url)) as store:
        store.migrate()
        schema = None if store.embedded else "dbos"
        assert sa.inspect(store.engine).has_table("workflow_status", schema=schema)
