"""The benchmark runs from end to end and writes what it says. Times are never asserted: the machine is shared."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from golden_sessions import ROOT

NAMES = [
    "validation per resource / plain fhir.resources",
    "map + validate a resource / orjson.dumps of it",
    "map + index + store a session / plain fhir.resources",
    "map + index + store a session / plain fhir.resources, processor",
    "sessions to durable commit, 1 client / plain SQLite commits",
    "sessions to durable commit, 4 clients / plain SQLite commits",
    "read by id / empty FastAPI route",
    "read by id / empty FastAPI route, processor",
    "search / empty FastAPI route",
    "search / empty FastAPI route, processor",
    "deliveries / bare httpx loop",
    "deliveries / bare httpx loop, processor",
]


@pytest.mark.slow
def test_a_quick_run_writes_every_result(tmp_path: Path) -> None:
    output = tmp_path / "results.json"
    command = [sys.executable, "-m", "bench.run", "--quick", "--output", str(output)]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=180, check=False)
    assert ran.returncode == 0, ran.stderr
    results = json.loads(output.read_text())
    assert [found["name"] for found in results] == NAMES
    for found in results:
        assert set(found) == {"name", "ours", "other", "unit", "ratio"}
        assert found["ours"] > 0
        assert found["other"] > 0
        assert found["ratio"] > 0
