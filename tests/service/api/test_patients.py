"""The patients' desk over HTTP: for the clinic's keys alone, with answers as they are documented."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from ehr.ehrs import Sandbox
from ehr.patients import MRN, PATIENT, queue_session, their_patient
from pydantic import TypeAdapter
from starlette.testclient import TestClient

from mappings import load_clinic
from service.api import Service, create_app
from service.api.patients import DraftRecord, Linked, PatientList
from service.settings import Settings
from service.store import Store
from service.sync import Destination, PatientDesk

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
PATHS = f"/destinations/hospital/patients/{PATIENT}"
PATIENTS = "/destinations/hospital/patients"
CALLS = [("GET", PATIENTS), ("PUT", f"{PATHS}/link"), ("DELETE", f"{PATHS}/link"), ("POST", f"{PATHS}/import")]


@pytest.fixture
def sandbox(sandbox: Sandbox) -> Sandbox:
    sandbox.put(their_patient("their-1"))
    return sandbox


@pytest.fixture
def desk(store: Store, sandbox: Sandbox) -> Iterator[PatientDesk]:
    hospital = Destination(name="hospital", base_url=sandbox.base_url, internal=True, timeout_seconds=5)
    found = PatientDesk(store, load_clinic(), (hospital,), lambda: NOW)
    yield found
    found.close()


@pytest.fixture
def client(service: Service, desk: PatientDesk) -> Iterator[TestClient]:
    with TestClient(create_app(replace(service, patients=desk)), base_url="http://127.0.0.1:8000") as opened:
        yield opened


@pytest.fixture
def held(store: Store, desk: PatientDesk) -> Store:
    """One session whose delivery waits for a person."""
    queue_session(store, "hospital")
    store.set_delivery("hospital", "S-1", 1, state="held", attempts=1, now=NOW, code="not-found")
    from service.store import PatientLink

    store.patients.settle(PatientLink("hospital", PATIENT, "held", code="not-found"), NOW)
    return store


def as_documented(model: Any, body: Any) -> Any:
    TypeAdapter(model).validate_python(body)
    return body


def link(client: TestClient, body: Any) -> Any:
    return client.put(f"{PATHS}/link", json=body)


def test_who_waits_is_listed_beside_who_may_be_meant(client: TestClient, held: Store) -> None:
    body = as_documented(PatientList, client.get(PATIENTS).json())
    (row,) = body["patients"]
    assert (row["patient"], row["code"], row["waiting"], body["next"]) == (PATIENT, "not-found", ["S-1"], None)
    assert (row["ours"]["family"], row["ours"]["identifiers"][0]) == ("Synthetic-Alder", [MRN, "M-1"])
    assert [(one["id"], one["grade"]) for one in row["candidates"]] == [("their-1", "certain")]
    assert client.get(PATIENTS, params={"state": "linked"}).json() == {"patients": [], "next": None}


def test_link_releases_and_unlink_stops(client: TestClient, held: Store) -> None:
    done = as_documented(Linked, link(client, {"their_id": "their-1"}).json())
    assert done == {"patient": PATIENT, "state": "linked", "their_id": "their-1", "released": ["S-1"]}
    (delivery,) = held.deliveries(number="S-1")
    assert (delivery.state, delivery.round) == ("pending", 2)
    (row,) = as_documented(PatientList, client.get(PATIENTS, params={"state": "linked"}).json())["patients"]
    assert (row["how"], row["by"], row["their_id"]) == ("person", "open", "their-1")
    stopped = as_documented(Linked, client.delete(f"{PATHS}/link").json())
    assert (stopped["state"], stopped["their_id"]) == ("unlinked", None)
    assert len(client.get(PATIENTS, params={"state": "unlinked"}).json()["patients"]) == 1


def test_the_same_link_again_releases_nothing_new(client: TestClient, held: Store) -> None:
    assert link(client, {"their_id": "their-1"}).status_code == 200
    again = link(client, {"their_id": "their-1"})
    assert (again.status_code, again.json()["released"]) == (200, [])


def test_import_is_a_draft_as_documented(client: TestClient, held: Store, sandbox: Sandbox) -> None:
    sandbox.control("capabilities", types=["Patient", "Condition"])
    assert client.post(f"{PATHS}/import").status_code == 409
    link(client, {"their_id": "their-1"})
    body = as_documented(DraftRecord, client.post(f"{PATHS}/import").json())
    assert body["record"]["patient"]["family"] == "Synthetic-Alder"
    assert {"source": "ServiceRequest", "reason": "cannot be searched there"} in body["unused"]
    assert body["missing"] == ["number", "status", "start"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"their_id": "nobody"}, 422),
        ({"their_id": "../x"}, 400),
        ({"their_id": 3}, 400),
        ({"their_id": "their-1", "more": 1}, 400),
        ({}, 400),
        ([], 400),
    ],
)
def test_a_wrong_link_is_refused(client: TestClient, held: Store, body: Any, status: int) -> None:
    answer = link(client, body)
    assert (answer.status_code, answer.json()["resourceType"]) == (status, "OperationOutcome")
    assert "nobody" not in answer.text
    assert held.patients.get("hospital", PATIENT).state == "held"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/destinations/elsewhere/patients", 404),
        ("GET", f"{PATIENTS}?state=lost", 400),
        ("GET", f"{PATIENTS}?count=1000", 400),
        ("DELETE", f"{PATIENTS}/nobody/link", 404),
        ("POST", f"{PATIENTS}/nobody/import", 404),
        ("POST", f"{PATHS}/import?referral=a/b", 400),
        ("POST", f"{PATHS}/link", 405),
    ],
)
def test_what_is_not_there_or_not_allowed_is_said(
    client: TestClient, held: Store, method: str, path: str, status: int
) -> None:
    assert client.request(method, path).status_code == status


def test_without_destinations_there_is_nothing(service: Service) -> None:
    with TestClient(create_app(service), base_url="http://127.0.0.1:8000") as client:
        assert {client.request(*call, json={"their_id": "x"}).status_code for call in CALLS} == {404}


def test_readers_and_strangers_see_no_demographics(
    service: Service, desk: PatientDesk, held: Store, sandbox: Sandbox
) -> None:
    held.add_key("reader-1", "reader", hashlib.sha256(b"ib_reader").hexdigest(), NOW)
    closed = replace(service, patients=desk, settings=Settings(auth="keys"))
    before = sandbox.requests()
    with TestClient(create_app(closed), base_url="https://bridge.example") as client:
        for method, path in CALLS:
            assert client.request(method, path).status_code == 401
            answer = client.request(method, path, headers={"Authorization": "Bearer ib_reader"})
            assert (answer.status_code, "Synthetic" in answer.text) == (403, False)
    assert sandbox.requests() == before


def test_no_demographics_are_logged(client: TestClient, held: Store, capsys: pytest.CaptureFixture[str]) -> None:
    client.get(PATIENTS)
    link(client, {"their_id": "their-1"})
    client.post(f"{PATHS}/import")
    said = capsys.readouterr()
    assert "Synthetic" not in said.out + said.err
    assert "M-1" not in said.out + said.err
