"""The EHRs of the delivery tests: the sandbox, and one real HAPI FHIR server for the whole run."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing

import pytest
from ehr.ehrs import Server, running_sandbox
from ehr.hapi.server import HapiServer, hapi_server, why_not


@pytest.fixture(scope="session")
def hapi() -> Iterator[HapiServer]:
    """A running HAPI FHIR server, shared by all tests; where Java or Maven is missing, CI fails and others skip."""
    missing = why_not()
    if missing:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(missing)
    with hapi_server() as server:
        yield server


@pytest.fixture(scope="module", params=["sandbox", pytest.param("hapi", marks=pytest.mark.hapi)])
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """What is asked of one is asked of the other, so that the sandbox stays honest."""
    if request.param == "sandbox":
        with running_sandbox() as sandbox:
            yield sandbox
    else:
        with closing(Server(request.getfixturevalue("hapi").base_url)) as found:
            yield found
