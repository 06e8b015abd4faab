"""Several processes that deliver: one dies or stands still, many meet at one new patient, one destination hangs.

Short in ordinary runs, ``RELIABILITY=full`` in full. Judged by the EHR's log.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest
from databases import Cluster
from e2e.stage import HOST, Stage
from golden_sessions import record

from service.fhirjson import encode
from service.settings import Settings
from service.store.statements import Reconciled
from service.sync.slots import TAKEN

pytestmark = pytest.mark.slow
FULL = os.environ.get("RELIABILITY") == "full"
WORKERS, SESSIONS = (8, 100) if FULL else (2, 16)
DELIVERIES = 60 if FULL else 20
AT_ONCE = Settings.model_fields["sync_workers"].default
MORE_THAN_ONE_TAKES = TAKEN * AT_ONCE + 4


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    url = None
    if request.param == "postgresql":
        cluster: Cluster = request.getfixturevalue("cluster")
        url = cluster.url(cluster.create())
    found = Stage(tmp_path, url)
    yield found
    found.close()


@contextmanager
def workers(stage: Stage, count: int) -> Iterator[list[subprocess.Popen[bytes]]]:
    """``serve`` without delivering, and so many processes that deliver."""
    stage.service = stage.command("serve", "--no-sync")
    stage.wait(stage.port)
    running = [stage.command("sync") for _ in range(count)]
    try:
        until(lambda: len(stage.store.workers.living()) == count, 60 + 40 * count)
        yield running
    finally:
        for one in running:
            one.send_signal(signal.SIGCONT)
            one.kill()
            one.wait()


def until(condition: Any, seconds: float = 60) -> float:
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < seconds, "it did not happen in time"
        time.sleep(0.1)
    return time.monotonic() - began


def put(stage: Stage, number: str, mrn: str) -> None:
    found = record(number=number)
    found["patient"] = {**found["patient"], "mrn": mrn}
    assert stage.put(number, encode(found)).status_code == 201


def states(stage: Stage) -> Counter[str]:
    return Counter(delivery.state for delivery in stage.store.deliveries(limit=5000))


def once(stage: Stage, sessions: int, patients: int) -> None:
    made = Counter((line["type"], line["id"]) for line in stage.applied())
    kinds = Counter(kind for kind, _ in made)
    assert set(made.values()) == {1}
    assert (kinds["Procedure"], kinds["Patient"]) == (sessions, patients)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP], ids=["dies", "stands still"])
def test_the_work_of_one_that_never_comes_back_is_taken_over_within_a_minute(stage: Stage, how: signal.Signals) -> None:
    with workers(stage, 2) as (lost, _):
        stage.control("misbehave", mode="slow", seconds=3)
        for n in range(MORE_THAN_ONE_TAKES):
            put(stage, f"T-{n}", f"TAKEN-{n}")
        until(lambda: states(stage)["in-flight"] > AT_ONCE)  # so both are at it
        lost.send_signal(how)
        began = time.monotonic()
        time.sleep(1)
        stage.control("misbehave", mode="none")
        until(lambda: states(stage) == {"delivered": MORE_THAN_ONE_TAKES}, 60)
        print(f"taken over and delivered after {time.monotonic() - began:.1f} s")
        if how is signal.SIGSTOP:  # and when it comes back after all, it spoils nothing
            lost.send_signal(signal.SIGCONT)
            time.sleep(5)
        assert states(stage) == {"delivered": MORE_THAN_ONE_TAKES}
    once(stage, MORE_THAN_ONE_TAKES, MORE_THAN_ONE_TAKES)


def test_many_processes_make_one_patient_of_a_new_one(stage: Stage) -> None:
    """Conditional creates that meet make two resources there: so ours never meet."""
    stage.control("persona", name="racing", conduct={"race_seconds": 0.05})
    with workers(stage, WORKERS):
        for n in range(SESSIONS):
            put(stage, f"P-{n:03d}", "NEW-1" if n % 2 else f"NEW-{n}")
        until(lambda: states(stage) == {"delivered": SESSIONS}, 60 + 2 * SESSIONS)
    stage.control("persona", name="open")
    made = Counter(line["type"] for line in stage.applied())
    assert (made["Patient"], made["Procedure"]) == (1 + SESSIONS // 2, SESSIONS)
    twice = [kind for kind in made if max(identified(stage, kind).values(), default=1) > 1]
    assert twice == []


def identified(stage: Stage, kind: str) -> Counter[str]:
    page = httpx.get(f"http://{HOST}:{stage.ehr_port}/fhir/{kind}?_count=1000").json()
    found: Counter[str] = Counter()
    for entry in page.get("entry", []):
        own = entry["resource"].get("identifier", [])
        found.update({f"{i.get('system')}|{i.get('value')}" for i in (own if isinstance(own, list) else [own])})
    return found


@contextmanager
def hanging() -> Iterator[str]:
    """Takes connections, and never says a word."""
    with socket.create_server((HOST, 0), backlog=100) as listener:
        yield f"http://{HOST}:{listener.getsockname()[1]}/fhir"


def latencies(stage: Stage, prefix: str) -> float:
    """Seconds from acknowledged to delivered there: the 95th of a hundred."""
    for n in range(DELIVERIES):
        put(stage, f"{prefix}-{n}", f"{prefix}-{n}")
        time.sleep(0.2)
    numbers = [f"{prefix}-{n}" for n in range(DELIVERIES)]

    def of(number: str) -> Any:
        return stage.store.deliveries(number=number, destination="ehr")[0]

    until(lambda: all(of(number).state == "delivered" for number in numbers), 120)
    taken = [(of(n).updated_at - stage.store.revision(n).received_at).total_seconds() for n in numbers]
    return sorted(taken)[int(len(taken) * 0.95) - 1]


def test_a_destination_that_hangs_does_not_slow_another(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    file = Path(stage.environment["INFUSION_BRIDGE_DESTINATIONS"])
    alone = file.read_text()
    try:
        stage.start()
        latencies(stage, "WARM")
        baseline = latencies(stage, "BASE")
        stage.kill()
        with hanging() as url:
            file.write_text(f'{alone}[destinations.hangs]\nbase_url = "{url}"\ninternal = true\n')
            stage.start()
            beside = latencies(stage, "HANG")
        print(f"p95 {baseline:.2f} s alone, {beside:.2f} s beside one that hangs")
        assert beside <= 2 * baseline + 0.2
    finally:
        stage.close()


def test_several_processes_reconcile_once_a_period_and_go_on_without_one_that_dies(stage: Stage) -> None:
    period = timedelta(seconds=3)
    stage.environment["INFUSION_BRIDGE_RECONCILE_EVERY_HOURS"] = str(period / timedelta(hours=1))

    def complete() -> list[Reconciled]:
        return [one for one in stage.store.statements.listed("ehr", 50) if one.outcome == "complete"]

    with workers(stage, 2) as (lost, _):
        put(stage, "R-1", "RECONCILED-1")
        until(lambda: states(stage) == {"delivered": 1})
        until(lambda: len(complete()) >= 3)
        lost.send_signal(signal.SIGKILL)
        known = len(complete())
        until(lambda: len(complete()) >= known + 2)
    began = [one.started_at for one in reversed(stage.store.statements.listed("ehr", 50))]
    assert all(later - earlier >= period for earlier, later in pairwise(began))
    assert complete()[0].counts == {"delivered": 1}
