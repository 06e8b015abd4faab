"""`generate` writes the same bytes for a seed, and what it writes can be imported."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner, Result

from service.__main__ import app
from service.commands.generate import run_generate
from service.commands.import_ import run_import
from service.fhirjson import read_json
from service.settings import Settings

MOODS = {"mixed": (False, False), "courses": (True, False), "wild": (False, True)}


def generated(count: int, seed: int = 3, mood: str = "mixed") -> bytes:
    out = io.BytesIO()
    run_generate(count, seed, *MOODS[mood], out)
    return out.getvalue()


def command(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["generate", *arguments])


@pytest.mark.parametrize("mood", MOODS)
def test_one_document_on_a_line_and_as_many_as_asked_for(mood: str) -> None:
    lines = generated(40, mood=mood).splitlines()
    assert len(lines) == 40
    assert len({read_json(line)["number"] for line in lines}) == 40


@pytest.mark.parametrize("mood", MOODS)
def test_more_of_a_seed_begins_with_less_of_it(mood: str) -> None:
    assert generated(30, mood=mood).startswith(generated(20, mood=mood))


def test_seeds_and_moods_share_no_number() -> None:
    outputs = [generated(20, seed, mood) for seed in (1, 2) for mood in MOODS]
    numbers = [read_json(line)["number"] for output in outputs for line in output.splitlines()]
    assert len(set(numbers)) == len(numbers)


def test_courses_are_whole_but_for_the_last() -> None:
    found = [read_json(line) for line in generated(30, mood="courses").splitlines()]
    assert all(session["course"]["id"].startswith("SYN-C-3-C-") for session in found)


@pytest.mark.parametrize("mood", ["mixed", "wild"])
def test_the_same_bytes_from_every_process(mood: str) -> None:
    """Sets and hashes have no say in it."""
    options = ["--wild"] if mood == "wild" else []
    line = [sys.executable, "-m", "service", "generate", "--sessions", "60", "--seed", "3", *options]
    done = subprocess.run(line, capture_output=True, env={"PYTHONHASHSEED": "1"}, check=True)
    assert done.stdout == generated(60, mood=mood)


def test_a_plausible_file_is_mapped_without_a_refusal(tmp_path: Path) -> None:
    path = tmp_path / "generated.ndjson"
    assert command("--sessions", "60", "--seed", "5", "--output", str(path)).exit_code == 0
    said, code = imported(path, tmp_path)
    assert code == 0
    at = next(i for i, line in enumerate(said) if "mapped" in line)
    assert [cell.strip() for cell in said[at + 2].strip("│ ").split("│")] == ["1", "60", "60", "0", "0"]


def test_a_wild_file_is_not_refused(tmp_path: Path) -> None:
    path = tmp_path / "wild.ndjson"
    path.write_bytes(generated(60, mood="wild"))
    assert imported(path, tmp_path)[1] == 0


def imported(path: Path, folder: Path) -> tuple[list[str], int]:
    out = io.StringIO()
    settings = Settings(database_url=f"sqlite:///{folder / 'a.sqlite3'}")
    code = run_import(settings, [path], None, True, None, folder / "rejects.ndjson", Console(file=out, width=200))
    return out.getvalue().splitlines(), code


@pytest.mark.parametrize(
    "arguments",
    [
        ["--sessions", "0"],
        ["--sessions", "3", "--seed", "-1"],
        ["--sessions", "3", "--courses", "--wild"],
        ["--sessions", "3", "--output", "/nonexistent/folder/a.ndjson"],
        [],
    ],
)
def test_wrong_options_end_with_a_line(arguments: list[str]) -> None:
    done = command(*arguments)
    assert done.exit_code == 2
    assert isinstance(done.exception, SystemExit)
