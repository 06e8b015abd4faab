"""What was taken out of the queue and is not under way yet: a pause holds it back, and the dead take nothing."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from ehr.bridge import Bridge, running_bridge
from ehr.ehrs import Sandbox, running_sandbox, wait_until

CROWD = 12  # as many as are taken out of the queue at once, of which a third is at the EHR


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with running_sandbox() as found:
        yield found


@pytest.fixture
def other() -> Iterator[Sandbox]:
    with running_sandbox() as found:
        yield found


@pytest.fixture
def bridge(sandbox: Sandbox, other: Sandbox, tmp_path: Path) -> Iterator[Bridge]:
    with running_bridge(tmp_path, "crowd-clinic", sandbox, busy=sandbox.base_url, other=other.base_url) as found:
        yield found


def in_queue(bridge: Bridge, status: str) -> int:
    with bridge.store.engine.connect() as connection:
        query = sa.text("SELECT count(*) FROM workflow_status WHERE name = 'deliver' AND status = :status")
        return int(connection.scalar(query, {"status": status}) or 0)


def under_way(bridge: Bridge, numbers: list[str]) -> set[str]:
    return {number for number in numbers if bridge.store.attempts("busy", number)}


def test_what_waits_for_its_turn_when_it_is_paused_is_not_sent(bridge: Bridge, sandbox: Sandbox) -> None:
    sandbox.control("misbehave", mode="slow", seconds=1)
    numbers = [bridge.send(bridge.session(f"W-{n}"), "busy") for n in range(CROWD)]
    wait_until(lambda: in_queue(bridge, "PENDING") == CROWD and len(under_way(bridge, numbers)) == CROWD // 3, 30)
    bridge.store.pause("busy", "ada", datetime.now(UTC))
    begun = under_way(bridge, numbers)
    sandbox.control("misbehave", mode="none")
    bridge.until("delivered", begun, "busy")
    for n in range(3):  # so long after
        bridge.until("delivered", [bridge.send(bridge.session(f"O-{n}"), "other")], "other")
    resumed = datetime.now(UTC)
    bridge.store.resume("busy")
    bridge.until("delivered", numbers, "busy")
    waited = set(numbers) - begun
    assert {n for n in waited if bridge.store.attempts("busy", n)[0].began_at < resumed} == set()
    assert all(len(found) == 1 for found in bridge.copies(*numbers).values())


def test_a_process_that_was_taken_for_dead_takes_nothing_out_of_the_queue(bridge: Bridge) -> None:
    bridge.until("delivered", [bridge.send(bridge.session("D-1"), "busy")], "busy")
    bridge.store.workers.bury(lambda _: True, datetime.now(UTC))
    wait_until(lambda: not any(one.name.startswith("lookout") for one in threading.enumerate()), 30)
    bridge.send(bridge.session("D-2"), "busy")
    assert (in_queue(bridge, "ENQUEUED"), in_queue(bridge, "PENDING")) == (1, 0)


def test_what_was_taken_out_and_never_came_is_taken_up_again(bridge: Bridge) -> None:
    """The database took it down as ours, and went away before it said so."""
    bridge.until("delivered", [bridge.send(bridge.session("L-1"), "busy")], "busy")
    wait_until(lambda: in_queue(bridge, "SUCCESS") == 1)
    (worker,) = bridge.store.workers.living()
    with bridge.store.engine.begin() as connection:
        connection.execute(sa.text("UPDATE deliveries SET state = 'pending'"))
        connection.execute(sa.text("DELETE FROM operation_outputs"))
        lost = sa.text("UPDATE workflow_status SET status = 'PENDING', output = NULL, executor_id = :name")
        connection.execute(lost, {"name": worker.executor})
    bridge.until("delivered", ["L-1"], "busy", 60)
    wait_until(lambda: in_queue(bridge, "PENDING") == 0)
    assert all(len(found) == 1 for found in bridge.copies("L-1").values())
