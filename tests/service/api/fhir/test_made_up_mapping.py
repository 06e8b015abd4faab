"""A new resource type is one mapping: routes, search and the CapabilityStatement follow from it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from mappings import RESOURCES, load_clinic
from mappings.context import SessionContext
from mappings.resource import Resource, ResourceMapping, SearchParam
from service.api import Service, create_app
from service.pipeline import Pipeline
from service.settings import Settings
from service.store import Store
from service.validation import Validator


def map_basic(context: SessionContext) -> Iterator[Resource]:
    yield context.own("Basic", code={"coding": [{"system": "urn:made-up", "code": "made-up"}]}, subject=context.patient)


MAPPING = ResourceMapping("Basic", map_basic, search=(SearchParam("code", "token", ("code",)),))


@pytest.fixture
def app(store: Store, validator: Validator) -> FastAPI:
    pipeline = Pipeline(store, load_clinic(), validator, mappings=(*RESOURCES, MAPPING))
    return create_app(Service(pipeline, store, Settings(auth="open"), str))


def test_made_up_mapping_is_served_searched_and_declared(client: TestClient, plain: bytes) -> None:
    put = client.put("/sessions/SYN-S-0001", content=plain, headers={"Content-Type": "application/json"})
    assert put.json()["state"] == "published", put.text
    bundle = client.get("/fhir/Basic", params={"code": "urn:made-up|made-up"}).json()
    assert bundle["total"] == 1
    id_ = bundle["entry"][0]["resource"]["id"]
    assert client.get(f"/fhir/Basic/{id_}").json()["resourceType"] == "Basic"
    types = [r["type"] for r in client.get("/fhir/metadata").json()["rest"][0]["resource"]]
    assert types[-1] == "Basic"
    assert "/fhir/Basic" in client.get("/openapi.json").json()["paths"]
