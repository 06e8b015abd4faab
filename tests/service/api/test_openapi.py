"""The OpenAPI document is current, complete and true."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from fastapi import FastAPI
from starlette.testclient import TestClient

from service.api.auth import PUBLIC
from service.api.openapi import VERSION, openapi_yaml

ROOT = Path(__file__).parents[3]


@pytest.fixture
def document(app: FastAPI) -> dict[str, Any]:
    found: dict[str, Any] = app.openapi()
    return found


def test_committed_document_is_current(app: FastAPI) -> None:
    assert (ROOT / "openapi.yaml").read_text() == openapi_yaml(app), "run: make openapi"


def test_yaml_says_what_the_json_says(app: FastAPI, client: TestClient) -> None:
    assert yaml.safe_load(openapi_yaml(app)) == client.get("/openapi.json").json()


def test_version_is_the_projects() -> None:
    assert tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"] == VERSION


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    def walk(value: Any) -> None:
        if isinstance(value, dict):
            if isinstance(ref := value.get("$ref"), str):
                assert ref.removeprefix("#/components/schemas/") in document["components"]["schemas"], ref
            for child in value.values():
                walk(child)
        elif isinstance(value, list):
            for child in value:
                walk(child)

    walk(document)


def test_record_asks_for_numbers_and_knows_its_events(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    assert {"number", "status", "patient", "start"} <= set(schemas["InfusionSession"]["required"])
    assert schemas["Dose"]["properties"]["value"]["type"] == "number"
    assert schemas["Dose"]["properties"]["value"]["minimum"] == 0
    assert "VitalSigns" in schemas


def test_every_operation_has_its_own_name_and_a_tag(document: dict[str, Any]) -> None:
    operations = [operation for path in document["paths"].values() for operation in path.values()]
    assert len({operation["operationId"] for operation in operations}) == len(operations)
    assert all(operation["tags"] and operation["description"] for operation in operations)


def test_public_operations_are_said_to_be(document: dict[str, Any]) -> None:
    said = {path for path, methods in document["paths"].items() for op in methods.values() if op.get("security") == []}
    assert said == PUBLIC - {"/docs", "/openapi.json"}


def test_docs_are_one_page_without_scripts(client: TestClient) -> None:
    answered = client.get("/docs")
    assert answered.status_code == 200
    assert "/sessions/{number}" in answered.text
    assert "script" not in answered.text.lower()
    assert "http" not in answered.text.replace("https://hl7.org", "").lower().partition("<body>")[0]
