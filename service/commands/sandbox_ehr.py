"""`sandbox-ehr`: run the small FHIR server that stands in for an EHR."""

from __future__ import annotations

import uvicorn

from service.sandbox import create_sandbox
from service.settings import is_loopback


def run_sandbox(host: str, port: int, persona: str) -> None:
    """It asks nobody who they are, so it binds to loopback only."""
    if not is_loopback(host):
        raise SystemExit("the sandbox EHR has no authentication and binds to a loopback address only")
    uvicorn.run(create_sandbox(persona), host=host, port=port, log_level="warning", access_log=False)
