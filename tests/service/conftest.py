"""The pipeline over a real store, for tests that look at one session after another."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from courses import pipeline_on

from service.pipeline import Pipeline
from service.store import open_store


@pytest.fixture
def pipeline(migrated_file: Path, tmp_path: Path) -> Iterator[Pipeline]:
    """On SQLite; what it queues nobody delivers."""
    path = tmp_path / "store.sqlite3"
    path.write_bytes(migrated_file.read_bytes())
    with closing(open_store(f"sqlite:///{path}")) as store:
        yield pipeline_on(store)
