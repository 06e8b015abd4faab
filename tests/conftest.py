"""For every test that asks: databases, each of SQLite and of PostgreSQL and of its own; and an EHR that plays along."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from databases import MISSING, Cluster, programs

from service.store import Store, open_store

if TYPE_CHECKING:
    from ehr.ehrs import Sandbox

BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """One PostgreSQL server for the whole run; where its programs are missing, CI fails and others skip."""
    found = programs()
    if found is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(MISSING)
    server = Cluster(found)
    yield server
    server.stop()


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with all tables, to be copied."""
    path = tmp_path_factory.mktemp("template") / "store.sqlite3"
    _migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def migrated_database(cluster: Cluster) -> str:
    """A PostgreSQL database with all tables, to be copied."""
    name = cluster.create()
    _migrate(cluster.url(name))
    return name


@pytest.fixture(params=BOTH)
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database without any table, on each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.sqlite3'}"
    else:
        yield from _database(request.getfixturevalue("cluster"), None)


@pytest.fixture(params=BOTH)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A fresh database with all tables and no rows, on each kind; ``migrate`` finds nothing left to do."""
    if request.param == "sqlite":
        path = tmp_path / "store.sqlite3"
        shutil.copy(request.getfixturevalue("migrated_file"), path)
        yield f"sqlite:///{path}"
    else:
        template = request.getfixturevalue("migrated_database")
        yield from _database(request.getfixturevalue("cluster"), template)


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    """An open store on a fresh database of each kind."""
    with closing(open_store(database_url)) as opened:
        yield opened


@pytest.fixture(scope="module")
def sandbox_server() -> Iterator[Sandbox]:
    """A sandbox EHR on a socket, as the test before left it."""
    from ehr.ehrs import running_sandbox  # only where it is needed: it takes a while to load

    with running_sandbox() as found:
        yield found


@pytest.fixture
def sandbox(sandbox_server: Sandbox) -> Sandbox:
    """Empty, and well-behaved."""
    sandbox_server.control("reset")
    return sandbox_server


def _database(cluster: Cluster, template: str | None) -> Iterator[str]:
    name = cluster.create(template)
    yield cluster.url(name)
    cluster.drop(name)


def _migrate(url: str) -> None:
    with closing(open_store(url)) as opened:
        opened.migrate()
