"""What waits in the queue leaves when there is room, and not when it is time to look again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from ehr.ehrs import Sandbox, running_sandbox, wait_until
from golden_sessions import record

from service.commands.composition import build
from service.fhirjson import encode
from service.settings import Settings
from service.sync import SyncWorker

FILE = '[destinations.ehr]\nbase_url = "{url}"\ninternal = true\ncreate_patients = true\n'
SESSIONS = 12


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with running_sandbox() as found:
        yield found


def test_many_sessions_need_no_second_look(tmp_path: Path, sandbox: Sandbox) -> None:
    destinations = tmp_path / "destinations.toml"
    destinations.write_text(FILE.format(url=sandbox.base_url))
    database = f"sqlite:///{tmp_path / 'queue.sqlite3'}"
    parts = build(Settings(database_url=database, destinations=destinations, sync_workers=1, sync_poll_seconds=60))
    for n in range(SESSIONS):  # three patients, four sessions each
        found = record(number=f"S-{n}")
        found["patient"]["mrn"] = f"MRN-{n % 3}"
        assert parts.pipeline.receive(encode(found), "test").state == "published"
    worker = SyncWorker(parts.store, parts.destinations, parts.settings)
    worker.start()
    try:
        wait_until(lambda: len(parts.store.deliveries(states=("delivered",))) == SESSIONS, 50)
    finally:
        worker.stop()
        parts.store.close()
