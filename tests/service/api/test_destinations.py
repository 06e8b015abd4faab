"""Destinations over HTTP: what the desk says is what is answered, and in the shape that is documented."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from ehr.ehrs import Sandbox, running_sandbox
from starlette.testclient import TestClient

from service.api import Service, create_app, schemas
from service.settings import Settings
from service.store import Store
from service.sync import Desk, Destination

URL = "http://127.0.0.1:8000"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with running_sandbox("epic-like") as found:
        yield found


@pytest.fixture
def client(service: Service, store: Store, sandbox: Sandbox) -> Iterator[TestClient]:
    desk = Desk(store, (Destination(name="north", base_url=sandbox.base_url, internal=True),))
    with TestClient(create_app(replace(service, destinations=desk)), base_url=URL) as opened:
        yield opened


def test_they_are_listed_and_tested(client: TestClient) -> None:
    listed = client.get("/destinations")
    assert listed.status_code == 200
    (row,) = schemas.DestinationList.model_validate(listed.json()).destinations
    assert (row.name, row.profile) == ("north", None)
    probe = schemas.Probe.model_validate(client.post("/destinations/north/test").json())
    assert probe.profile is not None
    assert (probe.reached, probe.profile.reach, probe.profile.way) == (True, "partial", "single")
    assert schemas.DestinationList.model_validate(client.get("/destinations").json()).destinations[0].asked_at


def test_one_is_paused_and_goes_on(client: TestClient) -> None:
    paused = schemas.DestinationAnswer.model_validate(client.post("/destinations/north/pause").json())
    assert (paused.paused, paused.paused_by) == (True, "open")
    assert client.get("/destinations").json()["destinations"][0]["paused"] is True
    assert client.post("/destinations/north/resume").json()["paused"] is False


def test_a_plan_is_shown(client: TestClient, plain: bytes, sandbox: Sandbox) -> None:
    sent = client.put("/sessions/SYN-S-0001", content=plain, headers={"Content-Type": "application/json"})
    assert sent.status_code == 201
    answer = client.get("/destinations/north/plan", params={"session": "SYN-S-0001"})
    plan = schemas.DeliveryPlan.model_validate(answer.json())
    assert {step.resource.split("/")[0] for piece in plan.pieces for step in piece} == {
        "Procedure", "Observation", "DocumentReference",
    }  # fmt: skip
    assert all(len(piece) == 1 for piece in plan.pieces)
    assert "MedicationAdministration" in {one.resource.split("/")[0] for one in plan.left_out}
    assert sandbox.log() == []


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/destinations/nowhere/test", 404),
        ("POST", "/destinations/nowhere/pause", 404),
        ("POST", "/destinations/nowhere/resume", 404),
        ("GET", "/destinations/nowhere/plan?session=S-1", 404),
        ("GET", "/destinations/north/plan?session=S-404", 404),
        ("GET", "/destinations/north/plan", 400),
        ("GET", "/destinations/north/plan?session=/", 400),
        ("GET", "/destinations/north", 404),
        ("GET", "/destinations/north/pause", 405),
    ],
)
def test_what_is_not_there(client: TestClient, method: str, path: str, status: int) -> None:
    answer = client.request(method, path)
    assert (answer.status_code, answer.json()["resourceType"]) == (status, "OperationOutcome")


def test_without_destinations_there_are_none(service: Service) -> None:
    with TestClient(create_app(service), base_url=URL) as client:
        assert client.get("/destinations").json() == {"destinations": []}
        for path in ("test", "pause", "resume"):
            assert client.post(f"/destinations/x/{path}").status_code == 404
        assert client.get("/destinations/x/plan?session=S-1").status_code == 404


def test_a_reader_may_not(service: Service) -> None:
    closed = replace(service, settings=Settings(auth="keys"))
    with TestClient(create_app(closed), base_url=URL) as client:
        assert client.get("/destinations").status_code == 401
        assert client.post("/destinations/north/pause").status_code == 401
