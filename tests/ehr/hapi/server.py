"""A real HAPI FHIR R4 server for tests: built once with Maven, then started in a few seconds.

Everything is in memory and bound to 127.0.0.1. A server that is stopped forgets everything; tests that share one keep
apart by using identifiers of their own.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import re
import select
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

HERE = Path(__file__).resolve().parent
TARGET = HERE / "target"
JAR = TARGET / "hapi-server.jar"
STAMP = TARGET / "sources.sha256"

NEEDED_JAVA = 17
READY_WITHIN_S = 120.0
STOP_WITHIN_S = 10.0
# The serial collector and the first compiler only: half the CPU time to boot and half the memory. A long load test may
# prefer ("-Xmx2g",), which is faster once warm.
JAVA_OPTIONS = ("-Xmx1g", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")


class HapiServerError(RuntimeError):
    """The server could not be built or started; the message ends with what Maven or Java said."""


def why_not() -> str | None:
    """Say what to install before the server can run here, or None when nothing is missing."""
    java = _java_version()
    if java is None or java < NEEDED_JAVA:
        found = "no java" if java is None else f"java {java}"
        return f"HAPI server: needs Java {NEEDED_JAVA} or newer, found {found} (Debian: openjdk-17-jdk-headless)"
    if not _is_built():
        missing = [tool for tool in ("javac", "mvn") if shutil.which(tool) is None]
        if missing:
            return f"HAPI server: no {' and no '.join(missing)} to build it (Debian: openjdk-17-jdk-headless, maven)"
    return None


def build() -> None:
    """Build the jar and collect its libraries in target/, unless that was done for these very sources."""
    if _is_built():
        return
    TARGET.mkdir(exist_ok=True)
    with (TARGET / "build.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two test runs may want it at once
        if _is_built():
            return
        _say("building it with Maven (the first time about 200 MB are downloaded)")
        started = time.monotonic()
        STAMP.unlink(missing_ok=True)
        digest = _sources_digest()
        maven = subprocess.run(
            ["mvn", "-q", "-B", "-f", str(HERE / "pom.xml"), "package"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if maven.returncode != 0:
            raise HapiServerError(f"mvn package failed ({maven.returncode}):\n{maven.stdout[-4000:]}")
        STAMP.write_text(digest)
        _say(f"built in {time.monotonic() - started:.0f} s")


class HapiServer:
    """One running server, started by the constructor and good until `stop()`."""

    def __init__(self, port: int = 0, java_options: Sequence[str] = JAVA_OPTIONS) -> None:
        """Build if needed, start on `port` (0: any free one) and return once the server answers."""
        build()
        started = time.monotonic()
        self._stderr: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 -- lives as long as the server
        # An open stdin is the server's life line: when this process dies, however it dies, the server ends too.
        self._process = subprocess.Popen(
            ["java", *java_options, "-jar", str(JAR), str(port)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._stderr,
            bufsize=0,
        )
        try:
            self.base_url = self._wait_until_ready(started + READY_WITHIN_S)
        except BaseException:
            self.stop()
            raise
        self.boot_seconds = time.monotonic() - started
        _say(f"ready at {self.base_url} after {self.boot_seconds:.1f} s")

    @property
    def pid(self) -> int:
        """The process id of the server."""
        return self._process.pid

    def stderr_tail(self, characters: int = 4000) -> str:
        """The end of what the server logged: warnings and errors only."""
        descriptor = self._stderr.fileno()
        # pread: the server writes through the same file position, which must not move.
        tail = os.pread(descriptor, characters, max(0, os.fstat(descriptor).st_size - characters))
        return tail.decode(errors="replace")

    def stop(self) -> None:
        """End the server: ask by closing its stdin, then insist. Stopping twice is harmless."""
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.close()
        for insist in (process.terminate, process.kill):
            try:
                process.wait(STOP_WITHIN_S)
                break
            except subprocess.TimeoutExpired:
                insist()
        process.wait()
        process.stdout.close()
        self._stderr.close()

    def _wait_until_ready(self, deadline: float) -> str:
        """Read stdout until the READY line and return the base URL in it."""
        stdout = self._process.stdout
        assert stdout is not None
        line = b""
        while not line.endswith(b"\n"):
            readable, _, _ = select.select([stdout], [], [], max(0.0, deadline - time.monotonic()))
            chunk = stdout.read(1024) if readable else b""
            if not chunk:
                problem = "ended before it was ready" if readable else f"was not ready after {READY_WITHIN_S:.0f} s"
                raise HapiServerError(f"the HAPI server {problem}:\n{self.stderr_tail()}")
            line += chunk
        word, _, base_url = line.decode().strip().partition(" ")
        if word != "READY":
            raise HapiServerError(f"the HAPI server said {line!r} instead of READY:\n{self.stderr_tail()}")
        return base_url


@contextlib.contextmanager
def hapi_server(port: int = 0, java_options: Sequence[str] = JAVA_OPTIONS) -> Iterator[HapiServer]:
    """A running server for the length of a `with` block."""
    server = HapiServer(port, java_options)
    try:
        yield server
    finally:
        server.stop()


def _java_version() -> int | None:
    """The major version of the java on the path, None when there is none."""
    try:
        answer = subprocess.run(["java", "-version"], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return None
    found = re.search(r'version "(\d+)', answer.stderr)
    return int(found[1]) if found else None


def _is_built() -> bool:
    return JAR.exists() and STAMP.exists() and STAMP.read_text() == _sources_digest()


def _sources_digest() -> str:
    """One hash over everything the build reads from this folder."""
    digest = hashlib.sha256()
    for path in [HERE / "pom.xml", *sorted(p for p in (HERE / "src").rglob("*") if p.is_file())]:
        digest.update(f"{path.relative_to(HERE)}\0".encode())
        digest.update(path.read_bytes() + b"\0")
    return digest.hexdigest()


def _say(what: str) -> None:
    print(f"HAPI server: {what}", file=sys.stderr, flush=True)
