"""FHIR's rules of reading and writing, asked of the sandbox and of a real server in the same words.

Where R4 leaves the status open, either answer is right; what is there afterwards is not open.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from uuid import uuid4

import httpx
import pytest
from ehr.ehrs import Server, running_sandbox


@pytest.fixture(scope="module", params=["open", "hapi-like", pytest.param("hapi", marks=pytest.mark.hapi)])
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """The sandbox, the sandbox playing HAPI, and HAPI: what is asked of one is asked of the others."""
    if request.param == "hapi":
        with closing(Server(request.getfixturevalue("hapi").base_url)) as found:
            yield found
    else:
        with running_sandbox(request.param) as sandbox:
            yield sandbox


@pytest.fixture(scope="module")
def ehr(server: Server) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.base_url, timeout=60, trust_env=False) as client:
        yield client


@pytest.fixture
def value() -> str:
    return str(uuid4())
