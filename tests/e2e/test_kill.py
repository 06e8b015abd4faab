"""The service is killed with -9 at random moments while sessions are handed over, imported and delivered.

Afterwards every acknowledged session is there, and in the EHR once. Judged by the EHR's own log.
"""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from golden_sessions import ROOT, record

from service.fhirjson import encode

pytestmark = pytest.mark.slow
SESSIONS, KILLS = 60, 8
HOST = "127.0.0.1"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def numbered(i: int) -> dict[str, Any]:
    found = record(number=f"K-{i:03d}")
    found["patient"] = {**found["patient"], "mrn": f"KILL-{i % 7}"}
    return found


class Stage:
    """A service that can be killed and started again, and the EHR it delivers to."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port, self.ehr_port = folder, free_port(), free_port()
        destinations = folder / "destinations.toml"
        destinations.write_text(
            f'[destinations.ehr]\nbase_url = "http://{HOST}:{self.ehr_port}/fhir"\ninternal = true\ncreate_patients = true\n'
        )
        own = {
            "DATABASE_URL": f"sqlite:///{folder / 'kill.sqlite3'}",
            "PORT": str(self.port),
            "DESTINATIONS": str(destinations),
            "AUTH": "open",
            "SYNC_POLL_SECONDS": "0.1",
        }
        self.environment = {**os.environ, **{f"INFUSION_BRIDGE_{name}": value for name, value in own.items()}}
        self.ehr = self.command("sandbox-ehr", "--port", str(self.ehr_port))
        self.wait(self.ehr_port)
        self.service: subprocess.Popen[bytes] | None = None

    def command(self, *words: str) -> subprocess.Popen[bytes]:
        with (self.folder / f"{words[0]}.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "service", *words], cwd=ROOT, env=self.environment, stdout=log, stderr=log
            )

    def start(self) -> None:
        self.service = self.command("serve")
        self.wait(self.port)

    def kill(self) -> None:
        if self.service is not None:
            os.kill(self.service.pid, signal.SIGKILL)
            self.service.wait()

    def wait(self, port: int) -> None:
        end = time.monotonic() + 30
        while time.monotonic() < end:
            with socket.socket() as probe:
                if probe.connect_ex((HOST, port)) == 0:
                    return
            time.sleep(0.05)
        pytest.fail("a process did not come up: " + (self.folder / "serve.log").read_text()[-2000:])

    def close(self) -> None:
        for process in (self.service, self.ehr):
            if process is not None and process.poll() is None:
                process.kill()
                process.wait()

    def deliveries(self, number: str) -> list[dict[str, Any]]:
        answer = httpx.get(f"http://{HOST}:{self.port}/sessions/{number}", timeout=10)
        return list(answer.json().get("deliveries", []))

    def applied(self) -> list[dict[str, Any]]:
        return list(httpx.get(f"http://{HOST}:{self.ehr_port}/_control/log").json()["applied"])


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    found = Stage(tmp_path)
    yield found
    found.close()


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
    end = time.monotonic() + 90
    waiting = sorted(numbers)
    while waiting and time.monotonic() < end:
        waiting = [n for n in waiting if not any(d["state"] == "delivered" for d in stage.deliveries(n))]
        time.sleep(0.2)
    assert waiting == []
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
