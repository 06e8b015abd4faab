"""Deny first: what no rule opens is shut, and a key opens what its role may do."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from service.api import Service, create_app
from service.api.auth import PUBLIC, TRUST_SECONDS, KeyRing, roles_for
from service.settings import Settings
from service.store import Store

NOW = datetime(2026, 6, 1, tzinfo=UTC)
KEYS = {"clinic": "ib_clinic-key-of-the-test", "reader": "ib_reader-key-of-the-test"}


class Watch:
    """A clock that the test moves."""

    time = 100.0

    def __call__(self) -> float:
        return self.time


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def app(service: Service, store: Store, watch: Watch) -> FastAPI:
    for role, key in KEYS.items():
        store.add_key(f"{role}-1", role, hashlib.sha256(key.encode()).hexdigest(), NOW)
    closed = Service(service.pipeline, store, Settings(auth="keys"), service.summarise)
    return create_app(closed, KeyRing(store, watch))


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app, base_url="https://bridge.example") as opened:
        yield opened


def bearer(role: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {KEYS[role]}"}


def basic(role: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"anyone:{KEYS[role]}".encode()).decode()}


def routes(app: FastAPI) -> list[tuple[str, str]]:
    """Every (method, address) that is mounted, documented or not."""
    return [
        (method, route.path.replace("{", "").replace("}", ""))  # type: ignore[attr-defined]
        for route in app.routes
        for method in sorted(route.methods)  # type: ignore[attr-defined]
    ]


def test_every_route_demands_a_key_unless_it_is_public(app: FastAPI, client: TestClient) -> None:
    walked = routes(app)
    assert len(walked) > 25
    for method, path in walked:
        status = client.request(method, path).status_code
        assert (status == 401) is (path not in PUBLIC), (method, path, status)


def test_every_route_of_the_clinic_refuses_a_reader(app: FastAPI, client: TestClient) -> None:
    for method, path in routes(app):
        if path.startswith("/sessions"):
            assert client.request(method, path, headers=bearer("reader")).status_code == 403, (method, path)


def test_address_that_no_rule_names_is_for_the_clinic_alone(client: TestClient) -> None:
    assert roles_for("/something/new") == {"clinic"}
    assert roles_for("/fhirx") == {"clinic"}
    assert client.get("/something/new").status_code == 401
    assert client.get("/something/new", headers=bearer("reader")).status_code == 403
    assert client.get("/something/new", headers=bearer("clinic")).status_code == 404


def test_addresses_beside_the_public_ones_are_shut(client: TestClient) -> None:
    for path in ("//fhir/metadata", "/fhir/metadata/", "/FHIR/metadata", "/health/live/x", "/docs/x"):
        assert client.get(f"https://bridge.example{path}").status_code == 401, path


def test_key_is_taken_as_bearer_and_as_basic_password(client: TestClient) -> None:
    for way in (bearer, basic):
        assert client.get("/fhir/Patient", headers=way("reader")).status_code == 200
        assert client.get("/sessions", headers=way("clinic")).status_code == 200


def test_401_asks_for_both_ways_and_says_what_is_wrong(client: TestClient) -> None:
    answered = client.get("/summaries/sessions/SYN-S-0001")
    assert answered.status_code == 401
    schemes = [value.partition(" ")[0] for value in answered.headers.get_list("www-authenticate")]
    assert schemes == ["Bearer", "Basic"]
    assert answered.json()["issue"][0]["code"] == "login"


def test_403_is_an_outcome(client: TestClient) -> None:
    answered = client.get("/sessions", headers=bearer("reader"))
    assert answered.json()["issue"][0]["code"] == "forbidden"


def test_anything_else_is_401(client: TestClient) -> None:
    for value in ("", "Bearer", "Bearer ", "Basic !!", "Basic YQ==", "Basic /w==", "Bearer ib_wrong", "Digest x"):
        assert client.get("/fhir/Patient", headers={"Authorization": value}).status_code == 401, value


def test_sender_of_a_session_is_the_name_of_its_key(client: TestClient, plain: bytes) -> None:
    headers = {**bearer("clinic"), "Content-Type": "application/json"}
    assert client.put("/sessions/SYN-S-0001", content=plain, headers=headers).status_code == 201
    assert client.get("/sessions/SYN-S-0001", headers=bearer("clinic")).json()["sender"] == "clinic-1"


def test_revoked_key_ends_within_the_time_of_trust(client: TestClient, store: Store, watch: Watch) -> None:
    assert client.get("/fhir/Patient", headers=bearer("reader")).status_code == 200
    store.revoke_key("reader-1", NOW)
    watch.time += TRUST_SECONDS
    assert client.get("/fhir/Patient", headers=bearer("reader")).status_code == 401


def test_new_key_works_at_once(client: TestClient, store: Store) -> None:
    key = "ib_new-key-of-the-test"
    assert client.get("/fhir/Patient", headers={"Authorization": f"Bearer {key}"}).status_code == 401
    store.add_key("new", "reader", hashlib.sha256(key.encode()).hexdigest(), NOW)
    assert client.get("/fhir/Patient", headers={"Authorization": f"Bearer {key}"}).status_code == 200


def test_open_service_answers_to_names_of_this_machine_only(service: Service) -> None:
    own = ("127.0.0.1:8000", "localhost", "[::1]:8000", "bridge")
    others = ("evil.example", "127.0.0.1.evil.example:8000", "10.0.0.1", "[2001:db8::1]:8000")
    with TestClient(create_app(service)) as client:
        for host in (*own, *others):
            status = client.get("/fhir/Patient", headers={"Host": host}).status_code
            assert status == (200 if host in own else 403), host
