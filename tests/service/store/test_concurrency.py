"""Several threads and several processes on one database; kill -9 in the middle loses nothing that was acknowledged."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa
from databases import Cluster
from made_up import NOW, item, patient, publish
from store_writer import RESOURCES

from service.fhirjson import read_json
from service.store import Store, open_store

ROOT = Path(__file__).parents[3]
WRITER = ROOT / "tests" / "store_writer.py"


def writer(url: str, prefix: str, count: int) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, str(WRITER), url, prefix, str(count)]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)


def queued(store: Store) -> list[str]:
    table = "workflow_status" if store.embedded else "dbos.workflow_status"
    with store.engine.connect() as connection:
        return list(connection.scalars(sa.text(f"SELECT workflow_uuid FROM {table}")))


def test_threads_write_and_read_side_by_side(store: Store) -> None:
    def work(number: int) -> None:
        for n in range(5):
            items = [patient(), item("Observation", f"o-{number}", note=n)]
            publish(store, f"S-{number}", items, b"%d" % n, ("hospital",))
            assert read_json(store.read("Observation", f"o-{number}").content)["note"] == n

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(work, range(6)))
    assert store.search("Observation", [], 50).total == 6
    assert store.read("Patient", "p1").version == 1
    assert Counter(d.state for d in store.deliveries()) == {"pending": 6, "superseded": 24}


def test_the_same_document_from_many_threads_is_one_revision(store: Store) -> None:
    with ThreadPoolExecutor(8) as pool:
        recorded = list(pool.map(lambda _: store.record("S-1", b"{}", "clinic", NOW), range(16)))
    assert sum(r.is_new for r in recorded) == 1
    assert {r.revision.revision for r in recorded} == {1}


def test_different_documents_of_one_session_become_revisions_without_gap(store: Store) -> None:
    with ThreadPoolExecutor(8) as pool:
        recorded = list(pool.map(lambda n: store.record("S-1", b"%d" % n, "clinic", NOW), range(16)))
    assert sorted(r.revision.revision for r in recorded) == list(range(1, 17))


@pytest.mark.slow
def test_processes_share_one_database(database_url: str) -> None:
    writers = [writer(database_url, name, 8) for name in ("A", "B", "C")]
    assert [process.communicate(timeout=60)[0].count("\n") for process in writers] == [8, 8, 8]
    assert [process.returncode for process in writers] == [0, 0, 0]
    with closing(open_store(database_url)) as store:
        assert store.search("Observation", [], 1).total == 24 * (RESOURCES - 1)
        assert store.search("Patient", [], 1).total == 1
        assert len(queued(store)) == len(store.deliveries()) == 24


@pytest.mark.slow
def test_kill_9_leaves_all_that_was_acknowledged_and_nothing_half(database_url: str) -> None:
    acknowledged: list[str] = []
    for attempt, seconds in enumerate((0.05, 0.13, 0.31)):
        process = writer(database_url, f"K{attempt}", 10_000)
        assert process.stdout is not None
        first = process.stdout.readline()
        time.sleep(seconds)
        process.kill()
        rest, _ = process.communicate()
        acknowledged += [first.strip(), *(line for line in rest.split("\n")[:-1])]
    with closing(open_store(database_url)) as store:
        store.migrate()
        states = {row.number: row.state for row in store.sessions(None, 100_000)}
        assert {states[number] for number in acknowledged} == {"published"}
        published = [number for number, state in states.items() if state == "published"]
        assert {r.number for r in store.unpublished()} == set(states) - set(published)
        for number in published:
            assert len(store.session_resources(number)) == RESOURCES
        assert set(queued(store)) == {f"hospital:{number}:1:1" for number in published}
        assert {d.number for d in store.deliveries(limit=100_000)} == set(published)


@pytest.mark.postgres
def test_who_stands_still_within_a_transaction_does_not_hold_up_the_others(cluster: Cluster) -> None:
    """PostgreSQL ends its session; on SQLite the lock is the process's, and ends with it."""
    url = cluster.url(cluster.create())
    with closing(open_store(url)) as store:
        store.migrate()
        with store.engine.connect() as connection:
            found = connection.exec_driver_sql("SHOW idle_in_transaction_session_timeout").scalar()
    assert found == "10s"
