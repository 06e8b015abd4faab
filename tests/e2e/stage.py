"""A service as its own process, that can be killed and started again, and the EHR it delivers to."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any

import httpx
import pytest
from golden_sessions import ROOT

from service.store import Store, open_store

HOST = "127.0.0.1"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def until_open(port: int, is_alive: Callable[[], bool] = lambda: True, seconds: float = 90) -> None:
    """Wait until something listens there. Raises TimeoutError, at once when what should is no longer alive."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and is_alive():
        with socket.socket() as probe:
            if probe.connect_ex((HOST, port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError(f"nothing listens on {port}")


class Stage:
    """A service that can be killed and started again, and the EHR it delivers to."""

    def __init__(
        self, folder: Path, database_url: str | None = None, ehr_url: str | None = None, clinic: Path | None = None
    ) -> None:
        """The EHR is a sandbox of its own, unless ``ehr_url`` is another's."""
        self.folder, self.port, self.ehr_port = folder, free_port(), free_port()
        base_url = ehr_url or f"http://{HOST}:{self.ehr_port}/fhir"
        destinations = folder / "destinations.toml"
        destinations.write_text(
            f'[destinations.ehr]\nbase_url = "{base_url}"\ninternal = true\ncreate_patients = true\n'
        )
        own = {
            "DATABASE_URL": database_url or f"sqlite:///{folder / 'kill.sqlite3'}",
            "PORT": str(self.port),
            "DESTINATIONS": str(destinations),
            "AUTH": "open",
            "SYNC_POLL_SECONDS": "0.1",
            "LOG_LEVEL": "DEBUG",
            **({} if clinic is None else {"CLINIC": str(clinic)}),
        }
        self.environment = {**os.environ, **{f"INFUSION_BRIDGE_{name}": value for name, value in own.items()}}
        self.service: subprocess.Popen[bytes] | None = None
        self.ehr: subprocess.Popen[bytes] | None = None
        if ehr_url is None:
            self.start_ehr()

    def start_ehr(self) -> None:
        """Empty."""
        self.ehr = self.command("sandbox-ehr", "--port", str(self.ehr_port))
        self.wait(self.ehr_port)

    def kill_ehr(self) -> None:
        assert self.ehr is not None
        self.ehr.kill()
        self.ehr.wait()

    def command(self, *words: str, **settings: str) -> subprocess.Popen[bytes]:
        own = {f"INFUSION_BRIDGE_{name.upper()}": value for name, value in settings.items()}
        with (self.folder / f"{words[0]}.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "service", *words],
                cwd=ROOT,
                env={**self.environment, **own},
                stdout=log,
                stderr=log,
            )

    def start(self, **settings: str) -> None:
        """``settings`` are this start's own."""
        self.service = self.command("serve", **settings)
        self.wait(self.port)

    def kill(self) -> None:
        if self.service is not None:
            os.kill(self.service.pid, signal.SIGKILL)
            self.service.wait()

    def wait(self, port: int) -> None:
        try:
            until_open(port)
        except TimeoutError:
            pytest.fail("a process did not come up: " + self.logged()[-2000:])

    @cached_property
    def store(self) -> Store:
        """What the service's own database says."""
        return open_store(self.environment["INFUSION_BRIDGE_DATABASE_URL"])

    def close(self) -> None:
        if "store" in vars(self):
            self.store.close()
        for process in (self.service, self.ehr):
            if process is not None and process.poll() is None:
                process.kill()
                process.wait()

    def put(self, number: str, content: bytes) -> httpx.Response:
        """Hand over a session document."""
        url = f"http://{HOST}:{self.port}/sessions/{number}"
        return httpx.put(url, content=content, headers={"Content-Type": "application/json"}, timeout=30)

    def logged(self) -> str:
        """Everything the service has said so far."""
        return (self.folder / "serve.log").read_text()

    def deliveries(self, number: str) -> list[dict[str, Any]]:
        answer = httpx.get(f"http://{HOST}:{self.port}/sessions/{number}", timeout=10)
        return list(answer.json().get("deliveries", []))

    def latest(self, number: str) -> dict[str, Any]:
        """The delivery of the latest revision."""
        return max(self.deliveries(number), key=lambda delivery: int(delivery["revision"]), default={})

    def until_delivered(self, numbers: set[str], seconds: float = 90, state: str = "delivered") -> None:
        """Wait until the service says so of each; fails when it does not in time."""
        end = time.monotonic() + seconds
        waiting = sorted(numbers)
        while waiting and time.monotonic() < end:
            waiting = [n for n in waiting if self.latest(n).get("state") != state]
            time.sleep(0.2)
        assert waiting == []

    def control(self, path: str, **body: Any) -> None:
        """Tell the EHR how to behave."""
        httpx.post(f"http://{HOST}:{self.ehr_port}/_control/{path}", json=body).raise_for_status()

    def applied(self) -> list[dict[str, Any]]:
        return list(httpx.get(f"http://{HOST}:{self.ehr_port}/_control/log").json()["applied"])
