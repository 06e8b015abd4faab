"""Alive, and able to work."""

from __future__ import annotations

from typing import cast

from starlette.testclient import TestClient

from service.api import Service, create_app, schemas
from service.errors import Unavailable
from service.store import Store


class Down:
    embedded = True

    def ping(self) -> None:
        raise Unavailable("the database cannot be used at the moment")


def test_live_and_ready_are_200(client: TestClient) -> None:
    for path in ("/health/live", "/health/ready"):
        answered = client.get(path)
        assert answered.status_code == 200
        assert schemas.Health.model_validate(answered.json())


def test_without_its_database_it_is_alive_and_not_ready(service: Service) -> None:
    down = Service(service.pipeline, cast("Store", Down()), service.settings, service.summarise)
    with TestClient(create_app(down), base_url="http://localhost") as client:
        assert client.get("/health/live").status_code == 200
        answered = client.get("/health/ready")
    assert answered.status_code == 503
    assert answered.json()["issue"][0]["code"] == "transient"
