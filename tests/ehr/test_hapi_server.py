"""What the delivery tests take for granted about the real EHR they deliver to."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
from ehr.hapi.server import HapiServer

pytestmark = pytest.mark.hapi


@pytest.fixture(scope="module")
def ehr(hapi: HapiServer) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=hapi.base_url, timeout=60, trust_env=False) as client:
        yield client


def test_it_speaks_fhir_4_0_1_from_loopback(ehr: httpx.Client) -> None:
    assert ehr.base_url.host == "127.0.0.1"
    assert ehr.get("metadata").json()["fhirVersion"] == "4.0.1"


@pytest.mark.slow
def test_a_server_does_not_outlive_a_killed_parent() -> None:
    program = (
        "import time; from ehr.hapi.server import HapiServer; print(HapiServer().pid, flush=True); time.sleep(600)"
    )
    tests = Path(__file__).parents[1]
    with subprocess.Popen([sys.executable, "-c", program], cwd=tests, stdout=subprocess.PIPE, text=True) as parent:
        try:
            assert parent.stdout is not None
            server = Path("/proc", parent.stdout.readline().strip())
            assert "hapi-server.jar" in (server / "cmdline").read_text()
        finally:
            parent.kill()
    with suppress(FileNotFoundError):  # gone, or already waiting to be collected
        for _ in range(100):
            if "State:\tZ" in (server / "status").read_text():
                break
            time.sleep(0.1)
        else:
            pytest.fail("the server is still there 10 s after its parent was killed")
