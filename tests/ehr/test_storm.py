"""The storm of tests/e2e over deliveries to a real server: service and workers are killed with -9, the server is not.

Judged by what the server holds and by its histories, past its cache: nothing lost, nothing twice, nothing set back.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from e2e.stage import Stage
from e2e.storm import Storm, is_set_back, rates
from ehr.bridge import clinic_file
from ehr.ehrs import UNIDENTIFIED, Server, Version
from ehr.hapi.server import HapiServer

pytestmark = [pytest.mark.hapi, pytest.mark.slow]
FULL = os.environ.get("RELIABILITY") == "full"
SESSIONS, PATIENTS, SECONDS = (200, 30, 90) if FULL else (24, 8, 12)
CALM = 60 if FULL else 90


@pytest.fixture
def clinic() -> str:
    """Its identifiers are met nowhere else."""
    return f"storm-{uuid4().hex[:8]}"


@pytest.fixture
def storm(hapi: HapiServer, clinic: str, tmp_path: Path) -> Iterator[Storm]:
    stage = Stage(tmp_path, None, hapi.base_url, clinic_file(tmp_path, clinic))
    made = Storm(stage, SESSIONS, PATIENTS, SECONDS)
    yield made
    made.close()
    stage.close()


def test_nothing_is_lost_doubled_or_set_back_there(storm: Storm, hapi: HapiServer, clinic: str) -> None:
    storm.weather(CALM)
    with closing(Server(hapi.base_url)) as there:
        copies = there.copies(published(storm), f"https://{clinic}.example/id/infusion-bridge")
        kinds = Counter(name.split("/")[0] for name in copies)
        assert (kinds["Encounter"], kinds["Patient"]) == (SESSIONS, PATIENTS)
        assert {name: found for name, found in copies.items() if len(found) != 1} == {}, "lost or doubled"
        said = [history(there, *found) for name, found in copies.items() if name.startswith("Observation/")]
    assert [found for found in said if is_set_back(found)] == []
    assert Counter(found[-1] for found in said if found) == storm.newest_rates
    print(f"{len(copies)} resources: lost 0, duplicated 0, set back 0")


def published(storm: Storm) -> list[str]:
    """All that the service says it has published, as far as it can be found by an identifier there."""
    rows = [row for number in storm.acknowledged for row in storm.stage.store.session_resources(number)]
    names = dict.fromkeys(f"{row.resource_type}/{row.id}" for row in rows)
    return [name for name in names if name.split("/")[0] not in UNIDENTIFIED]


def history(there: Server, copy: Version) -> list[int]:
    versions: list[dict[str, Any]] = [
        entry["resource"] for entry in reversed(there.get(f"Observation/{copy[0]}/_history?_count=100")["entry"])
    ]
    return rates(versions)
