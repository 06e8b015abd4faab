"""The process ends itself at every edge between two states of a delivery; started again, it ends in the same EHR state.

The edges are those of the code. Judged by the EHR's own log and by what it holds.
"""

from __future__ import annotations

import re
import time
from collections import Counter
from typing import Any

import httpx
import pytest
from e2e.stage import HOST, Stage
from golden_sessions import ROOT, record

from service.edges import Edge, fail_at, passes
from service.fhirjson import encode

pytestmark = pytest.mark.slow
NUMBER = "E-1"


def test_every_edge_is_passed_somewhere() -> None:
    """Each in the one place that its name says; and every write of a state has an edge after it."""
    text = "".join(path.read_text() for path in (ROOT / "service").rglob("*.py") if path.name != "edges.py")
    assert {edge.name: len(re.findall(rf"Edge\.{edge.name}\b", text)) > 0 for edge in Edge} == {
        e.name: True for e in Edge
    }


def test_in_earnest_nothing_happens_at_an_edge() -> None:
    assert fail_at("") is passes
    assert [passes(edge) for edge in Edge] == [None] * len(Edge)


def hand_over(stage: Stage, **changes: Any) -> None:
    """As a clinic's client does: until it is acknowledged. The service is started again when it has ended."""
    content = encode(record(number=NUMBER, **changes))
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            if stage.put(NUMBER, content).status_code in (200, 201):
                return
        except httpx.HTTPError:
            assert stage.service is not None
            stage.service.wait(20)
            stage.start()
    pytest.fail("not acknowledged")


def prepare(stage: Stage, edge: Edge) -> dict[str, Any]:
    """What must be so for the edge to be passed, and what is then handed over."""
    if edge is Edge.LEFT_OPEN:
        stage.control("misbehave", mode="commit-then-cut", times=1)
    if edge is Edge.SUCCEEDED:
        stage.control("misbehave", mode="down", times=1, retry_after=700)
    if edge is not Edge.SETTLED:
        return {}
    stage.start()
    hand_over(stage)
    stage.until_delivered({NUMBER})
    stage.kill()
    url = f"http://{HOST}:{stage.ehr_port}/fhir/Procedure"
    procedure = httpx.get(url).json()["entry"][0]["resource"]
    httpx.put(f"{url}/{procedure['id']}", json={**procedure, "note": [{"text": "edited"}]}).raise_for_status()
    return {"status": "stopped", "status_reason": "Nausea"}


@pytest.mark.parametrize("edge", list(Edge))
def test_killed_there_it_ends_as_it_would_have(stage: Stage, edge: Edge) -> None:
    changes = prepare(stage, edge)
    stage.start(fail_point=str(edge))
    hand_over(stage, **changes)
    assert stage.service is not None
    if stage.service.poll() is None and edge not in (Edge.RECORDED, Edge.QUEUED):
        stage.service.wait(30)
    if stage.service.poll() is not None:
        assert stage.service.returncode == -9
        stage.start()
    if edge is Edge.SUCCEEDED:  # it waits for its time; a person does not
        base = f"http://{HOST}:{stage.port}/destinations/ehr/deliveries/{NUMBER}"
        assert httpx.get(base).json()["state"] == "retrying"
        httpx.post(f"{base}/replay").raise_for_status()
    wanted = "conflict" if edge is Edge.SETTLED else "delivered"
    stage.until_delivered({NUMBER}, state=wanted)
    applied = stage.applied()
    written = Counter((line["type"], line["id"]) for line in applied if line["version"] == 1)
    assert set(written.values()) == {1}
    assert Counter(kind for kind, _ in written)["Procedure"] == 1
    if edge is Edge.SETTLED:
        assert [line["version"] for line in applied if line["type"] == "Procedure"] == [1, 2]  # the second is the edit
    else:
        assert {line["version"] for line in applied} == {1}
        published = httpx.get(f"http://{HOST}:{stage.port}/sessions/{NUMBER}").json()["resources"]
        assert sorted(f"{line['type']}/{line['id']}" for line in applied) == sorted(r["reference"] for r in published)
