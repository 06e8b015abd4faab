"""HL7's FHIR validator as a judge: one Java process on a loopback port, offline, for a whole run.

    with hl7_validator() as judge:
        findings = judge.validate(resource)

Loading takes seconds, a resource then takes milliseconds, and a Bundle of a hundred much less than a hundred resources
one by one. What is judged is passed on byte for byte, so ``0.50`` stays ``0.50``.
"""

from __future__ import annotations

import fcntl
import hashlib
import select
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import httpx
import msgspec
from conformance.validator import packages

HERE = Path(__file__).parent
TARGET = HERE / "target"
JAR = TARGET / "hl7-judge.jar"
SOURCES = (HERE / "pom.xml", HERE / "src" / "main" / "java" / "infusionbridge" / "Judge.java")
READY_WITHIN = 180.0
HEAP = "-Xmx2g"
AT_ONCE = "-Dsun.net.httpserver.nodelay=true"
"""Java's server waits 40 ms with the rest of an answer until the first part was acknowledged, unless told not to."""

_encoder = msgspec.json.Encoder(decimal_format="number")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing the validator said. ``severity`` is fatal, error, warning or information."""

    severity: str
    type: str
    location: str
    message: str
    message_id: str

    @property
    def is_error(self) -> bool:
        return self.severity in {"error", "fatal"}

    def __str__(self) -> str:
        return f"{self.severity} at {self.location or '(document)'}: {self.message} [{self.message_id or self.type}]"


@dataclass(frozen=True, slots=True)
class Judge:
    """A running validator."""

    client: httpx.Client

    def validate(self, resource: bytes | Mapping[str, Any], profiles: Sequence[str] = ()) -> list[Finding]:
        """What HL7 says of a resource or a Bundle, against FHIR, the profiles it claims, and ``profiles``."""
        body = resource if isinstance(resource, bytes) else _encoder.encode(resource)
        answer = self.client.post("/validate", content=body, params={"profile": list(profiles)})
        answer.raise_for_status()
        return [
            Finding(said["severity"], said["type"], said["location"], said["message"], said["messageId"])
            for said in answer.json()
        ]

    def errors(self, resource: bytes | Mapping[str, Any], profiles: Sequence[str] = ()) -> list[Finding]:
        """Only what makes the resource invalid."""
        return [finding for finding in self.validate(resource, profiles) if finding.is_error]


def why_not() -> str | None:
    """What this machine lacks for the HL7 validator (a program to install, data to fetch), or None."""
    if not shutil.which("java"):
        return "java is needed for the HL7 validator (Debian: openjdk-17-jdk-headless)"
    if not _is_built() and not shutil.which("mvn"):
        return "mvn is needed to build the HL7 validator (Debian: maven)"
    return packages.why_not()


@contextmanager
def hl7_validator(us_core: str = "6.1.0") -> Iterator[Judge]:
    """Build what is not built, start the validator with one US Core version, and end it afterwards."""
    with tempfile.TemporaryFile("w+") as stderr:
        with _one_at_a_time():
            _build()
            process = _start(packages.prepare(), us_core, stderr)
            # Still alone: at its first start the engine writes an index into each package.
            address = _address(process, stderr)
        # Ends when its standard input closes, which happens even if we are killed.
        with process, httpx.Client(base_url=address, trust_env=False, timeout=READY_WITHIN) as client:
            try:
                yield Judge(client)
            finally:
                process.communicate(timeout=10)


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    TARGET.mkdir(exist_ok=True)
    with (TARGET / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _is_built() -> bool:
    stamp = TARGET / "built-from"
    return JAR.is_file() and stamp.is_file() and stamp.read_text() == _built_from()


def _built_from() -> str:
    return hashlib.sha256(b"".join(path.read_bytes() for path in SOURCES)).hexdigest()


def _build() -> None:
    if _is_built():
        return
    # What an older pom asked for must not stay on the class path.
    shutil.rmtree(TARGET / "lib", ignore_errors=True)
    command = ["mvn", "--batch-mode", "--quiet", "package"]
    done = subprocess.run(command, cwd=HERE, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"the HL7 validator was not built:\n{done.stdout[-3000:]}{done.stderr[-1000:]}")
    (TARGET / "built-from").write_text(_built_from())


def _start(home: Path, us_core: str, stderr: IO[str]) -> subprocess.Popen[str]:
    loaded = [packages.TERMINOLOGY, f"hl7.fhir.us.core#{us_core}"]
    java = ["java", HEAP, AT_ONCE, f"-Duser.home={home}", "-cp", f"{JAR}:{TARGET / 'lib'}/*", "infusionbridge.Judge"]
    return subprocess.Popen(
        [*java, *loaded], cwd=TARGET, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=stderr, text=True
    )


def _address(process: subprocess.Popen[str], stderr: IO[str]) -> str:
    """Wait for the one line that tells where it listens; if none comes, end it and say what it said."""
    assert process.stdout is not None
    readable, _, _ = select.select([process.stdout], [], [], READY_WITHIN)
    line = process.stdout.readline() if readable else ""
    if line.startswith("READY "):
        return line.split()[1]
    process.kill()
    process.communicate()
    stderr.seek(0)
    raise RuntimeError(f"the HL7 validator did not get ready:\n{stderr.read()[-4000:]}")
