"""The real application over a real store, with made-up sessions in it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from mappings import load_clinic
from service.api import Service, create_app
from service.errors import NotFound
from service.pipeline import Pipeline
from service.settings import Settings
from service.store import Store
from service.validation import Validator

FIXTURES = Path(__file__).parents[3] / "fixtures" / "sessions"
NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
URL = "http://127.0.0.1:8000"
MakeClient = Callable[[FastAPI], TestClient]


@pytest.fixture(scope="session")
def validator() -> Validator:
    """One for all tests: it learns shapes."""
    return Validator()


@pytest.fixture
def pipeline(store: Store, validator: Validator) -> Pipeline:
    return Pipeline(store, load_clinic(), validator, (), lambda: NOW)


@pytest.fixture
def settings() -> Settings:
    return Settings(auth="open")


@pytest.fixture
def service(pipeline: Pipeline, store: Store, settings: Settings) -> Service:
    def summarise(number: str) -> str:
        if number == "BROKEN":
            raise RuntimeError("Zmarkername was here")
        if number != "SYN-S-0001":
            raise NotFound("no such session")
        return f"<!doctype html><title>{number}</title>"

    return Service(pipeline, store, settings, summarise)


@pytest.fixture
def app(service: Service) -> FastAPI:
    return create_app(service)


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app, base_url=URL) as opened:
        yield opened


@pytest.fixture
def plain() -> bytes:
    """The record of session SYN-S-0001."""
    return (FIXTURES / "01-plain-40-minutes.json").read_bytes()


@pytest.fixture
def minimal() -> dict[str, Any]:
    """The record of session SYN-S-0010: required fields only, to be changed by tests."""
    record: dict[str, Any] = json.loads((FIXTURES / "10-minimal.json").read_bytes())
    return record
