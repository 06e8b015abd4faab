"""The Dockerfile's own steps in a clean directory: what is copied and installed there is all that the service needs."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import httpx
import pytest
from e2e.stage import HOST, free_port, until_open
from golden_sessions import ROOT, record

from service.fhirjson import encode

pytestmark = pytest.mark.slow
DOCKERFILE = (ROOT / "Dockerfile").read_text()


def copied() -> list[str]:
    """What the build stage copies from the context, and nothing of it is left out by .dockerignore."""
    lines = re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE)
    return [name for line in lines for name in line.split()]


def build(folder: Path) -> None:
    ignored = (ROOT / ".dockerignore").read_text().split()
    for name in copied():
        assert name not in ignored
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder / name)
    for step in re.findall(r"^RUN (uv .+)$", DOCKERFILE, re.MULTILINE):
        subprocess.run(["sh", "-ec", step], cwd=folder, check=True, capture_output=True)


def test_the_image_serves_a_session_as_nobody_in_particular(tmp_path: Path) -> None:
    app, data = tmp_path / "app", tmp_path / "data"
    app.mkdir()
    data.mkdir()
    build(app)
    port = free_port()
    environment = {
        "PATH": f"{app / '.venv' / 'bin'}:/usr/bin:/bin",
        "HOME": str(tmp_path),
        "INFUSION_BRIDGE_PORT": str(port),
        "INFUSION_BRIDGE_DATABASE_URL": f"sqlite:///{data / 'infusion-bridge.sqlite3'}",
    }
    made = ["python", "-m", "service", "keys", "create", "clinic", "--role", "clinic"]
    key = subprocess.run(made, cwd=app, env=environment, check=True, capture_output=True, text=True).stdout.split()[-1]
    with subprocess.Popen(["python", "-m", "service", "serve"], cwd=app, env=environment) as service:
        try:
            until_open(port, lambda: service.poll() is None)
            base = f"http://{HOST}:{port}"
            assert httpx.get(f"{base}/health/live").status_code == 200
            assert httpx.put(f"{base}/sessions/T-1", content=encode(record())).status_code == 401
            answer = httpx.put(
                f"{base}/sessions/T-1",
                content=encode(record()),
                headers={"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
            )
            assert answer.status_code == 201
        finally:
            service.terminate()


def test_the_image_runs_as_nobody_and_keeps_data_in_a_volume() -> None:
    assert re.search(r"^USER 10001$", DOCKERFILE, re.MULTILINE)
    assert "VOLUME /data" in DOCKERFILE
    assert "sqlite:////data/" in DOCKERFILE
