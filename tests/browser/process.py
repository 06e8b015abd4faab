"""The service as a process of its own, as a person starts it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from golden_sessions import ROOT

HOST = "127.0.0.1"
COMMAND = [sys.executable, "-m", "service"]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def surroundings(settings: Mapping[str, str]) -> dict[str, str]:
    return {**os.environ, **{f"INFUSION_BRIDGE_{name}": value for name, value in settings.items()}}


@contextmanager
def serving(environment: dict[str, str], port: int, log: Path) -> Iterator[str]:
    """Its address, while it runs."""
    with log.open("wb") as out:
        process = subprocess.Popen([*COMMAND, "serve"], cwd=ROOT, env=environment, stdout=out, stderr=out)
    try:
        _wait_for(port, process, log)
        yield f"http://{HOST}:{port}"
    finally:
        process.kill()
        process.wait()


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex((HOST, port)) == 0:
                return
        time.sleep(0.05)
    pytest.fail("the service did not come up: " + log.read_text()[-2000:])
