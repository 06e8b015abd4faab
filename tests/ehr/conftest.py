"""The real EHR of the delivery tests: one HAPI FHIR server for the whole run."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from ehr.hapi.server import HapiServer, hapi_server, why_not


@pytest.fixture(scope="session")
def hapi() -> Iterator[HapiServer]:
    """A running HAPI FHIR server, shared by all tests; where Java or Maven is missing, CI fails and others skip."""
    missing = why_not()
    if missing:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(missing)
    with hapi_server() as server:
        yield server
