"""`destinations` and `plan`: what a person reads, and the exit codes."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from ehr.ehrs import Sandbox, running_sandbox
from rich.console import Console

from service.commands import destinations
from service.commands.composition import build
from service.errors import NotFound
from service.settings import Settings

ROOT = Path(__file__).parents[3]
PLAIN = ROOT / "fixtures" / "sessions" / "01-plain-40-minutes.json"


@pytest.fixture(scope="module")
def server() -> Iterator[Sandbox]:
    with running_sandbox("epic-like") as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(server: Sandbox) -> Sandbox:
    server.control("reset")
    return server


@pytest.fixture
def settings(tmp_path: Path, sandbox: Sandbox) -> Settings:
    path = tmp_path / "destinations.toml"
    gone = '[destinations.gone]\nbase_url = "http://127.0.0.1:1/fhir"\ninternal = true\n'
    path.write_text(f'[destinations.north]\nbase_url = "{sandbox.base_url}"\ninternal = true\n{gone}')
    return Settings(database_url=f"sqlite:///{tmp_path / 'a.sqlite3'}", destinations=path)


def said(command: Callable[[Console], int | None]) -> tuple[int | None, str]:
    out = io.StringIO()
    return command(Console(file=out, width=240)), out.getvalue()


def test_a_list_before_and_after_asking(settings: Settings) -> None:
    _, text = said(lambda console: destinations.list_destinations(settings, console))
    assert text.count("not asked yet") == 2
    code, text = said(lambda console: destinations.test_destination(settings, "north", console))
    assert (code, "A session goes there partial, one write after the other." in text) == (0, True)
    assert "the destination does not take this type" in text
    _, text = said(lambda console: destinations.list_destinations(settings, console))
    assert "partial, by single" in text


def test_one_that_is_not_there_is_an_exit_code(settings: Settings) -> None:
    code, text = said(lambda console: destinations.test_destination(settings, "gone", console))
    assert (code, text) == (1, "gone: no connection, or one that is not allowed\n")


def test_a_pause_is_seen_in_the_list(settings: Settings) -> None:
    destinations.pause_destination(settings, "north")
    assert "paused by" in said(lambda console: destinations.list_destinations(settings, console))[1]
    destinations.resume_destination(settings, "north")
    assert "paused by" not in said(lambda console: destinations.list_destinations(settings, console))[1]
    with pytest.raises(NotFound):
        destinations.pause_destination(settings, "nowhere")


def test_a_plan_for_people(settings: Settings, sandbox: Sandbox) -> None:
    build(settings).pipeline.receive(PLAIN.read_bytes(), "test")
    code, text = said(lambda console: destinations.show_plan(settings, "north", "SYN-S-0001", console))
    assert code == 0
    assert "Session SYN-S-0001 to north: partial, one write after the other." in text
    assert "First: Patient/" in text
    assert "POST Observation" in text
    assert "what is left out is in the document" in text
    assert sandbox.log() == []
    sandbox.control("persona", name="athena-like")
    destinations.test_destination(settings, "north", Console(file=io.StringIO()))
    code, text = said(lambda console: destinations.show_plan(settings, "north", "SYN-S-0001", console))
    assert (code, "Session SYN-S-0001 to north: document, one write after the other." in text) == (0, True)


def test_they_are_on_the_command_line(settings: Settings) -> None:
    def run(*words: str) -> subprocess.CompletedProcess[str]:
        environment = {
            **os.environ,
            "INFUSION_BRIDGE_DATABASE_URL": settings.database_url,
            "INFUSION_BRIDGE_DESTINATIONS": str(settings.destinations),
        }
        command = [sys.executable, "-m", "service", *words]
        return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)

    assert run("destinations", "test", "gone").returncode == 1
    nothing = run("plan", "north", "S-404")
    assert (nothing.returncode, nothing.stderr) == (2, "no such session\n")
    unknown = run("sandbox-ehr", "--persona", "no-such")
    assert (unknown.returncode, unknown.stderr.startswith("no such persona: there are athena-like,")) == (2, True)
