"""The service is killed with -9 at random moments while sessions are handed over, imported and delivered.

Afterwards every acknowledged session is there, and in the EHR once. Judged by the EHR's own log.
"""

from __future__ import annotations

import json
import random
import threading
import time
from collections import Counter
from typing import Any

import httpx
import pytest
from e2e.stage import HOST, Stage
from golden_sessions import record

from service.fhirjson import encode

pytestmark = pytest.mark.slow
SESSIONS, KILLS = 60, 8


def numbered(i: int) -> dict[str, Any]:
    found = record(number=f"K-{i:03d}")
    found["patient"] = {**found["patient"], "mrn": f"KILL-{i % 7}"}
    return found


def hand_over(stage: Stage, acknowledged: set[str], done: threading.Event) -> None:
    """A clinic's client: it tries again until it has an answer."""
    for i in range(SESSIONS):
        data = numbered(i)
        while not done.is_set():
            try:
                url = f"http://{HOST}:{stage.port}/sessions/{data['number']}"
                answer = httpx.put(url, content=encode(data), headers={"Content-Type": "application/json"}, timeout=5)
            except httpx.HTTPError:
                time.sleep(0.05)
                continue
            if answer.status_code in (200, 201):
                acknowledged.add(data["number"])
                break
            assert answer.status_code == 503, answer.text
    done.set()


def check_all_delivered_once(stage: Stage, numbers: set[str]) -> None:
    stage.until_delivered(numbers)
    applied = stage.applied()
    written = Counter((line["type"], line["id"]) for line in applied)
    assert {pair for pair, times in written.items() if times > 1} == set()
    assert sum(1 for kind, _ in written if kind == "Encounter") == len(numbers)
    assert sum(1 for kind, _ in written if kind == "Patient") == 7


def test_killed_while_sessions_are_handed_over_and_delivered(stage: Stage) -> None:
    dice = random.Random(20260302)
    acknowledged: set[str] = set()
    done = threading.Event()
    stage.start()
    client = threading.Thread(target=hand_over, args=(stage, acknowledged, done))
    client.start()
    try:
        for _ in range(KILLS):
            time.sleep(dice.uniform(0.1, 1.2))
            stage.kill()
            stage.start()
        client.join(60)
    finally:
        done.set()
        client.join()
    assert len(acknowledged) == SESSIONS
    check_all_delivered_once(stage, acknowledged)


def test_killed_while_importing(stage: Stage) -> None:
    """The import is started again after each kill; it ends complete, with nothing twice."""
    dice = random.Random(7)
    file = stage.folder / "sessions.ndjson"
    file.write_bytes(b"\n".join(encode(numbered(i)) for i in range(SESSIONS)))
    rejects = str(stage.folder / "rejects.ndjson")
    for _ in range(KILLS):
        process = stage.command("import", str(file), "--rejects", rejects)
        time.sleep(dice.uniform(0.6, 2.5))
        process.kill()
        process.wait()
    assert stage.command("import", str(file), "--rejects", rejects).wait() == 0
    stage.start()
    sessions = httpx.get(f"http://{HOST}:{stage.port}/sessions?count=500").json()
    found = json.dumps(sessions)
    assert [n for n in range(SESSIONS) if f"K-{n:03d}" not in found] == []
    check_all_delivered_once(stage, {f"K-{i:03d}" for i in range(SESSIONS)})
