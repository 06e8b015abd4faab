"""The clinic's door: create, revise, repeat, list, look, try out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, cast

import pytest
from starlette.testclient import TestClient

from mappings import load_clinic
from service.api import Service, create_app, schemas
from service.errors import Unavailable
from service.pipeline import Pipeline
from service.settings import Settings
from service.store import Store
from service.validation import Validator

JSON = {"Content-Type": "application/json"}


def put(client: TestClient, record: Any, number: str = "") -> Any:
    content = record if isinstance(record, bytes) else json.dumps(record).encode()
    return client.put(f"/sessions/{number or json.loads(content)['number']}", content=content, headers=JSON)


def test_new_session_is_created_and_published(client: TestClient, plain: bytes) -> None:
    answered = put(client, plain)
    assert answered.status_code == 201
    assert answered.headers["location"] == "/sessions/SYN-S-0001"
    receipt = schemas.Receipt.model_validate(answered.json())
    assert (receipt.number, receipt.revision, receipt.state, receipt.changed) == ("SYN-S-0001", 1, "published", True)


def test_same_content_again_changes_nothing(client: TestClient, plain: bytes) -> None:
    put(client, plain)
    before = client.get("/sessions/SYN-S-0001").json()
    answered = put(client, plain)
    assert answered.status_code == 200
    assert answered.json()["changed"] is False
    assert answered.json()["revision"] == 1
    assert client.get("/sessions/SYN-S-0001").json() == before


def test_other_content_is_a_revision(client: TestClient, minimal: dict[str, Any]) -> None:
    put(client, minimal)
    answered = put(client, {**minimal, "end": "2026-03-17T16:40:00-05:00"})
    assert answered.status_code == 200
    assert (answered.json()["revision"], answered.json()["changed"]) == (2, True)


def test_number_in_the_address_is_the_number_in_the_document(client: TestClient, minimal: dict[str, Any]) -> None:
    answered = put(client, minimal, "SYN-OTHER")
    assert answered.status_code == 400
    assert answered.json()["issue"][0]["expression"] == ["number"]
    assert client.get("/sessions").json()["sessions"] == []


def test_concept_without_a_row_is_kept_and_parked(client: TestClient, minimal: dict[str, Any]) -> None:
    answered = put(client, {**minimal, "indications": [{"key": "no-such-row"}]})
    assert answered.status_code == 201
    receipt = schemas.Receipt.model_validate(answered.json())
    assert receipt.state == "parked"
    assert [issue.severity for issue in receipt.issues] == ["error"]
    assert client.get("/sessions/SYN-S-0010").json()["state"] == "parked"


def test_detail_gives_the_record_as_received(client: TestClient, plain: bytes) -> None:
    put(client, plain)
    answered = client.get("/sessions/SYN-S-0001")
    assert plain in answered.content
    detail = schemas.SessionDetail.model_validate(answered.json())
    assert detail.sender == "open"
    assert any(resource.reference.startswith("Encounter/") for resource in detail.resources)
    for resource in detail.resources[:3]:
        assert client.get(f"/fhir/{resource.reference}").status_code == 200


def test_session_that_is_not_there_is_not_found(client: TestClient) -> None:
    for number in ("SYN-S-9999", "%00", "a%20b", "x" * 100):
        answered = client.get(f"/sessions/{number}")
        assert answered.status_code == 404, number
        assert answered.json()["issue"][0]["code"] == "not-found"


def test_list_goes_page_by_page(client: TestClient, minimal: dict[str, Any]) -> None:
    for place in range(5):
        put(client, {**minimal, "number": f"N-{place}"})
    seen, address = [], "/sessions?count=2&state=published"
    while address:
        page = schemas.SessionList.model_validate(client.get(address).json())
        assert len(page.sessions) <= 2
        seen += [row.number for row in page.sessions]
        address = page.next or ""
    assert seen == ["N-0", "N-1", "N-2", "N-3", "N-4"]


def test_list_filters_by_state(client: TestClient, minimal: dict[str, Any]) -> None:
    put(client, minimal)
    put(client, {**minimal, "number": "PARKED", "indications": [{"key": "no-such-row"}]})
    assert [row["number"] for row in client.get("/sessions?state=parked").json()["sessions"]] == ["PARKED"]


def test_list_refuses_wrong_parameters(client: TestClient) -> None:
    for query in ("count=0", "count=x", "count=501", "state=x", "after=%00", "after=a%20b"):
        answered = client.get(f"/sessions?{query}")
        assert answered.status_code == 400, query
        assert answered.json()["issue"][0]["expression"] == [f"query.{query.partition('=')[0]}"]


def test_dry_run_maps_and_stores_nothing(client: TestClient, plain: bytes) -> None:
    answered = client.post("/sessions/dry-run", content=plain, headers=JSON)
    assert answered.status_code == 200
    found = schemas.DryRun.model_validate(answered.json())
    assert (found.number, found.state) == ("SYN-S-0001", "published")
    assert found.bundle["type"] == "collection"
    assert {"Patient", "Procedure"} <= {entry["resource"]["resourceType"] for entry in found.bundle["entry"]}
    assert b'"value":0.50' in answered.content
    assert client.get("/sessions").json()["sessions"] == []
    assert client.get("/fhir/Patient").json()["total"] == 0


def test_dry_run_says_what_would_stand_in_the_way(client: TestClient, minimal: dict[str, Any]) -> None:
    record = json.dumps({**minimal, "indications": [{"key": "no-such-row"}]})
    answered = client.post("/sessions/dry-run", content=record, headers=JSON)
    found = schemas.DryRun.model_validate(answered.json())
    assert found.state == "parked"
    assert found.issues
    assert "entry" not in found.bundle


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"instrument": "madrs", "items": [1, 2]}, "events[0].items"),
        ({"instrument": "phq9", "items": [5, 0, 0, 0, 0, 0, 0, 0, 0]}, "events[0].items"),
    ],
)
def test_what_would_be_parked_is_not_explained_but_said(
    client: TestClient, minimal: dict[str, Any], changes: dict[str, Any], place: str
) -> None:
    record = json.dumps({**minimal, "events": [{"type": "score", "time": minimal["start"], **changes}]})
    answered = client.post("/sessions/dry-run?explain=true", content=record, headers=JSON)
    found = schemas.DryRun.model_validate(answered.json())
    assert (answered.status_code, found.state, found.explained) == (200, "parked", [])
    assert [issue.expression for issue in found.issues if issue.severity == "error"] == [[place]]


class FullDisk:
    """A store on a full disk: it refuses to record."""

    embedded = True

    def record(self, *_: object) -> None:
        raise Unavailable("the disk is full: nothing was stored", code="no-store")


@pytest.fixture
def full(validator: Validator) -> Iterator[TestClient]:
    store = cast("Store", FullDisk())
    pipeline = Pipeline(store, load_clinic(), validator)
    with TestClient(create_app(Service(pipeline, store, Settings(auth="open"), str)), base_url="http://localhost") as c:
        yield c


def test_full_disk_is_503_and_acknowledges_nothing(full: TestClient, plain: bytes) -> None:
    answered = put(full, plain)
    assert answered.status_code == 503
    assert answered.headers["retry-after"]
    assert answered.json()["issue"][0]["code"] == "no-store"
