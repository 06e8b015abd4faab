"""A storm of kill -9 over service and workers while sessions are handed over, revised and delivered.

Short in ordinary runs; ``RELIABILITY=full`` is three minutes and 500 sessions. Judged by the EHR's log: nothing lost,
nothing twice, no resource set back, and the queue empty a minute after calm. tests/ehr has the same on a real server.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from databases import MISSING, Cluster, programs
from e2e.stage import HOST, Stage
from e2e.storm import Storm, is_set_back, rates

pytestmark = pytest.mark.slow
FULL = os.environ.get("RELIABILITY") == "full"
SESSIONS, SECONDS = (500, 180) if FULL else (40, 15)
PATIENTS = min(SESSIONS, 50)
CALM = 60 if FULL else 90  # the short form shares its machine with the rest of the tests


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def storm(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Storm]:
    cluster = None
    if request.param == "postgresql":
        found = programs()
        if found is None:
            (pytest.fail if os.environ.get("CI") else pytest.skip)(MISSING)
        cluster = Cluster(found)
    stage = Stage(tmp_path, cluster.url(cluster.create()) if cluster else None)
    made = Storm(stage, SESSIONS, PATIENTS, SECONDS, cluster)
    yield made
    made.close()
    stage.close()
    if cluster is not None:
        cluster.stop()


def test_nothing_is_lost_doubled_or_set_back(storm: Storm) -> None:
    storm.weather(CALM)
    applied = storm.stage.applied()
    made = Counter((line["type"], line["id"]) for line in applied if line["version"] == 1)
    kinds = Counter(kind for kind, _ in made)
    assert {pair for pair, times in made.items() if times > 1} == set(), "made twice"
    assert (kinds["Encounter"], kinds["Procedure"]) == (SESSIONS, SESSIONS), "lost or doubled"
    assert kinds["Patient"] == PATIENTS
    said = {id_: history(storm.stage, kind, id_) for kind, id_ in made if kind == "Observation"}
    assert {id_: found for id_, found in said.items() if is_set_back(found)} == {}
    assert Counter(found[-1] for found in said.values() if found) == storm.newest_rates


def history(stage: Stage, kind: str, id_: str) -> list[int]:
    """The heart rates that it ever said there, oldest first; empty for any other observation."""
    page = httpx.get(f"http://{HOST}:{stage.ehr_port}/fhir/{kind}/{id_}/_history").json()
    return rates([entry["resource"] for entry in reversed(page.get("entry", []))])
