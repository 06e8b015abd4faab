"""Connections are durable, and a database in trouble answers Unavailable without a word of what was being stored."""

from __future__ import annotations

import socket
from contextlib import suppress
from pathlib import Path

import pytest
import sqlalchemy as sa
from databases import Cluster, free_port
from made_up import NOW, item, patient, publish

from service.errors import Rejected, ServiceError, Unavailable
from service.store import Store, TokenCriterion, open_store
from service.store.engine import writing

SECRET = "Mustermann"


def test_sqlite_syncs_every_commit_and_checks_foreign_keys(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'a.sqlite3'}")
    with store.engine.connect() as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    store.close()
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 30_000}


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:"])
def test_a_database_in_memory_is_refused(url: str) -> None:
    with pytest.raises(Rejected):
        open_store(url)


def test_ping_answers(store: Store) -> None:
    store.ping()


def test_a_failed_write_leaves_nothing(store: Store) -> None:
    def fail() -> None:
        with writing(store.engine) as connection:
            connection.exec_driver_sql("INSERT INTO sessions VALUES ('S-1', 1, 'received', '')")
            raise RuntimeError("in the middle")

    with pytest.raises(RuntimeError, match="in the middle"):
        fail()
    assert store.sessions(None, 10) == []


@pytest.mark.parametrize("bad", ["a\0b", "\udc80"])
def test_a_text_that_no_row_can_hold_is_a_fault_of_the_caller(store: Store, bad: str) -> None:
    criterion = TokenCriterion("code", ((None, bad),))
    for call in (
        lambda: store.read("Patient", bad),
        lambda: store.read_version("Patient", bad, 1),
        lambda: store.revision(bad),
    ):
        with pytest.raises(ServiceError) as raised:
            call()
        assert raised.value.issues[0].code in ("not-found", "value")
    with suppress(Rejected):
        assert store.search("Patient", [criterion], 10).total == 0


@pytest.mark.parametrize("number", [2**31, 2**63, 10**30])
def test_a_number_beyond_every_column_is_a_fault_of_the_caller(store: Store, number: int) -> None:
    for call in (lambda: store.read_version("Patient", "p1", number), lambda: store.revision("S-1", number)):
        with pytest.raises(ServiceError) as raised:
            call()
        assert raised.value.issues[0].code in ("not-found", "value")


def test_a_full_sqlite_disk_acknowledges_nothing_and_keeps_what_was_there(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'small.sqlite3'}")
    store.migrate()
    publish(store, "S-1", [patient()])
    store.engine.dispose()
    sa.event.listen(store.engine, "connect", lambda raw, _: raw.execute("PRAGMA max_page_count = 1"))  # its size now

    def fill() -> None:
        for n in range(50):
            publish(store, f"S-full-{n}", [item("Observation", f"o{n}", note=SECRET * 500)])

    with pytest.raises(Unavailable) as raised:
        fill()
    store.close()
    assert raised.value.issues[0].code == "no-store"
    again = open_store(store.engine.url.render_as_string())
    recorded = [row.number for row in again.sessions(None, 100)]
    assert again.read("Patient", "p1").version == 1
    assert len(recorded) <= 51
    assert {row.number for row in again.sessions(None, 100, "received")} == {r.number for r in again.unpublished()}
    again.close()


@pytest.mark.postgres
def test_a_full_postgresql_disk_is_no_store(cluster: Cluster, migrated_database: str) -> None:
    store = open_store(cluster.url(cluster.create(migrated_database)))
    with store.engine.begin() as connection:
        connection.exec_driver_sql(
            "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION "
            "'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$"
        )
        connection.exec_driver_sql(
            "CREATE TRIGGER full_disk BEFORE INSERT ON resources FOR EACH ROW EXECUTE FUNCTION full_disk()"
        )
    with pytest.raises(Unavailable) as raised:
        publish(store, "S-1", [patient(name=SECRET)])
    assert raised.value.issues[0].code == "no-store"
    assert [r.number for r in store.unpublished()] == ["S-1"]
    store.close()


@pytest.mark.postgres
def test_an_outage_of_postgresql_is_unavailable_and_passes(cluster: Cluster, migrated_database: str) -> None:
    store = open_store(cluster.url(cluster.create(migrated_database)))
    publish(store, "S-1", [patient()])
    store.read("Patient", "p1")
    cluster.halt("immediate")
    try:
        for call in (store.ping, lambda: store.read("Patient", "p1"), lambda: publish(store, "S-2", [patient()])):
            with pytest.raises(Unavailable) as raised:
                call()
            assert raised.value.issues[0].code == "transient"
    finally:
        cluster.start()
    store.ping()
    assert store.read("Patient", "p1").version == 1
    assert publish(store, "S-2", [patient()]).unchanged == 1
    store.close()


@pytest.mark.postgres
def test_nobody_listening_is_unavailable() -> None:
    store = open_store(f"postgresql+psycopg://bridge@127.0.0.1:{free_port()}/nowhere")
    with pytest.raises(Unavailable):
        store.ping()
    store.close()


def test_a_locked_sqlite_file_is_unavailable(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite3"
    holder, waiter = open_store(f"sqlite:///{path}"), open_store(f"sqlite:///{path}")
    holder.migrate()
    sa.event.listen(waiter.engine, "connect", lambda raw, _: raw.execute("PRAGMA busy_timeout = 20"))
    with writing(holder.engine), pytest.raises(Unavailable) as raised:
        waiter.record("S-1", b"{}", "clinic", NOW)
    assert raised.value.issues[0].code == "transient"
    holder.close()
    waiter.close()


def test_a_file_that_is_no_database_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "a.sqlite3").mkdir()
    store = open_store(f"sqlite:///{tmp_path / 'a.sqlite3'}")
    with pytest.raises(Unavailable):
        store.ping()
    store.close()


def test_no_fault_repeats_a_value(store: Store) -> None:
    with store.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE ledger")
        connection.exec_driver_sql("DROP TABLE api_keys")
    with pytest.raises(Exception) as raised:  # noqa: PT011 (whatever it is, it must not tell)
        store.add_key(SECRET, "reader", SECRET, NOW)
    told: BaseException | None = raised.value
    while told is not None:
        assert SECRET not in str(told)
        told = told.__cause__


def test_free_port_is_free() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", free_port()))
