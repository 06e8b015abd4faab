"""read and vread: the stored bytes, their version, and 304 when nothing changed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from starlette.testclient import TestClient

from service.store import Store

JSON = {"Content-Type": "application/json"}


@pytest.fixture
def encounter(client: TestClient, minimal: dict[str, Any]) -> str:
    """The address of an Encounter in its second version."""
    for record in (minimal, {**minimal, "end": "2026-03-17T16:40:00-05:00"}):
        client.put("/sessions/SYN-S-0010", content=json.dumps(record), headers=JSON)
    resources = client.get("/sessions/SYN-S-0010").json()["resources"]
    return next(f"/fhir/{r['reference']}" for r in resources if r["reference"].startswith("Encounter/"))


def test_read_serves_the_stored_bytes(client: TestClient, store: Store, encounter: str) -> None:
    answered = client.get(encounter)
    assert answered.status_code == 200
    assert answered.content == store.read("Encounter", encounter.rpartition("/")[2]).content
    assert answered.headers["content-type"] == "application/fhir+json; charset=utf-8"
    assert answered.headers["cache-control"] == "private, no-cache"


def test_version_is_in_the_etag_and_in_meta(client: TestClient, encounter: str) -> None:
    answered = client.get(encounter)
    assert answered.headers["etag"] == 'W/"2"'
    assert answered.headers["last-modified"] == "Mon, 01 Jun 2026 12:00:00 GMT"
    assert answered.json()["meta"]["versionId"] == "2"


def test_vread_serves_past_and_present(client: TestClient, encounter: str) -> None:
    first, second = (client.get(f"{encounter}/_history/{version}") for version in (1, 2))
    assert first.headers["etag"] == 'W/"1"'
    assert "end" not in first.json()["period"]
    assert second.content == client.get(encounter).content


def test_version_that_was_never_is_404(client: TestClient, encounter: str) -> None:
    for version in ("0", "3", "01", "x", "-1", "99999999999"):
        assert client.get(f"{encounter}/_history/{version}").status_code == 404, version


def test_if_none_match_is_304_with_nothing_in_it(client: TestClient, encounter: str) -> None:
    for tags in ('W/"2"', '"2"', '"1", W/"2"', "*"):
        answered = client.get(encounter, headers={"If-None-Match": tags})
        assert (answered.status_code, answered.content, answered.headers["etag"]) == (304, b"", 'W/"2"'), tags


def test_other_tag_is_answered_in_full(client: TestClient, encounter: str) -> None:
    headers = {"If-None-Match": 'W/"1"', "If-Modified-Since": "Mon, 01 Jun 2026 12:00:00 GMT"}
    assert client.get(encounter, headers=headers).status_code == 200


def test_if_modified_since(client: TestClient, encounter: str) -> None:
    asked = {"Mon, 01 Jun 2026 12:00:00 GMT": 304, "Mon, 01 Jun 2026 11:59:59 GMT": 200, "yesterday": 200}
    for since, status in asked.items():
        assert client.get(encounter, headers={"If-Modified-Since": since}).status_code == status, since


def test_id_of_another_type_is_404(client: TestClient, encounter: str) -> None:
    assert client.get(encounter.replace("Encounter", "Procedure")).status_code == 404


def test_type_that_is_not_served_is_404(client: TestClient) -> None:
    answered = client.get("/fhir/Zebra/1")
    assert answered.status_code == 404
    assert answered.json()["resourceType"] == "OperationOutcome"
