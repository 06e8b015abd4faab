"""A destination that a person has paused gets nothing, loses nothing, and holds nobody else up."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from ehr.bridge import Bridge, running_bridge
from ehr.ehrs import Sandbox, running_sandbox
from golden_sessions import at


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with running_sandbox() as found:
        yield found


@pytest.fixture
def bridge(sandbox: Sandbox, tmp_path: Path) -> Iterator[Bridge]:
    with running_bridge(tmp_path, "pause-clinic", sandbox, paused=sandbox.base_url, other=sandbox.base_url) as found:
        yield found


def test_what_is_paused_waits_and_goes_on(bridge: Bridge, sandbox: Sandbox) -> None:
    bridge.store.pause("paused", "ada", datetime.now(UTC))
    numbers = [bridge.send(bridge.session(f"P-{n}"), "paused") for n in range(6)]
    time.sleep(1.0)
    assert sandbox.requests() == 0
    assert {bridge.latest(number, "paused").state for number in numbers} == {"pending"}

    meanwhile = bridge.send(bridge.session("P-6"), "other")
    bridge.until("delivered", [meanwhile], "other")
    bridge.send(bridge.session("P-0", events=[at(0, "vital-signs", heart_rate=61)]), "paused")

    bridge.store.resume("paused")
    bridge.until("delivered", numbers, "paused")
    assert [(d.revision, d.state) for d in bridge.store.deliveries(number="P-0")] == [
        (2, "delivered"),
        (1, "superseded"),
    ]
    assert {bridge.latest(number, "paused").attempts for number in numbers} == {1}
    assert all(len(found) == 1 for found in bridge.copies(*numbers).values())
