"""Servers in processes of their own, on a core of their own, ended by pid."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
START_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Server:
    port: int
    pid: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def cpu(self) -> float:
        """Processor seconds spent so far, by all its threads: the kernel's clock of that process."""
        return time.clock_gettime((~self.pid << 3) | 2)


@contextmanager
def service(directory: Path) -> Iterator[Server]:
    """`serve` over a new SQLite file, as anybody would start it, open on loopback."""
    port = free_port()
    settings = {"DATABASE_URL": f"sqlite:///{directory / 'served.sqlite3'}", "AUTH": "open", "PORT": str(port)}
    with _running(["-m", "service", "serve"], port, settings, directory / "serve.log") as server:
        yield server


@contextmanager
def empty(directory: Path) -> Iterator[Server]:
    """The peer of reads: an empty FastAPI route."""
    port = free_port()
    with _running(["-m", "bench.empty", str(port)], port, {}, directory / "empty.log") as server:
        yield server


@contextmanager
def sandbox(directory: Path) -> Iterator[Server]:
    """An EHR that takes everything, transactions too."""
    port = free_port()
    with _running(["-m", "service", "sandbox-ehr", "--port", str(port)], port, {}, directory / "ehr.log") as server:
        yield server


@contextmanager
def own_core() -> Iterator[None]:
    """This process keeps off the servers' core, where there are two."""
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores - {min(cores)} or cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, cores)


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def _running(arguments: list[str], port: int, settings: dict[str, str], log: Path) -> Iterator[Server]:
    outside = {name: value for name, value in os.environ.items() if not name.startswith("INFUSION_BRIDGE_")}
    environment = outside | {f"INFUSION_BRIDGE_{name}": value for name, value in settings.items()}
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, *arguments], cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        os.sched_setaffinity(process.pid, {min(os.sched_getaffinity(0))})  # so: start servers before own_core()
        _wait(process, port, log)
        yield Server(port, process.pid)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError(f"the server did not start:\n{log.read_text()}")
