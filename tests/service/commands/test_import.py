"""`import` takes every good row, refuses the bad ones with their reasons, and says so with its exit code."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from real_data import real_data
from rich.console import Console

from service.commands.composition import build
from service.commands.import_ import Tally, import_files, run_import
from service.errors import Issue, Unavailable
from service.settings import Settings
from service.store import Store

FIXTURES = Path(__file__).parents[3] / "fixtures" / "sessions"
PLAIN = FIXTURES / "01-plain-40-minutes.json"
MINIMAL = '{"number":"%s","status":"completed","start":"2026-03-17T16:00:00-05:00","patient":%s}'
PATIENT = '{"mrn":"SYN-9","family":"Synthetic-Secret","birth_date":"1994-10-31","sex":"male"}'


@dataclass
class Desk:
    """An empty store and a folder to run `import` in."""

    folder: Path
    said: str = ""

    @property
    def settings(self) -> Settings:
        return Settings(database_url=f"sqlite:///{self.folder / 'a.sqlite3'}")

    @property
    def rejects(self) -> Path:
        return self.folder / "rejects.ndjson"

    @property
    def store(self) -> Store:
        return build(self.settings).store

    def run(self, *files: Path, format_: str | None = None, dry_run: bool = False, output: Path | None = None) -> int:
        out = io.StringIO()
        console = Console(file=out, width=200)
        code = run_import(self.settings, files, format_, dry_run, output, self.rejects, console)
        self.said = out.getvalue()
        return code

    def file(self, name: str, *lines: str) -> Path:
        path = self.folder / name
        path.write_text("\n".join(lines))
        return path

    def refused(self) -> list[Any]:
        return [json.loads(line) for line in self.rejects.read_bytes().splitlines()]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def outcomes(desk: Desk) -> list[str]:
    """The figures of the summary table: files, sessions, created, revised, unchanged, parked, refused."""
    lines = desk.said.splitlines()
    at = next(i for i, line in enumerate(lines) if "files" in line)
    return [cell.strip() for cell in lines[at + 2].strip("│ ").split("│")]


def resources(folder: Path) -> dict[str, Sequence[Any]]:
    return {p.stem: [json.loads(line) for line in p.read_bytes().splitlines()] for p in folder.glob("*.ndjson")}


def test_fixtures_are_all_taken(desk: Desk) -> None:
    files = sorted(path for path in FIXTURES.iterdir() if path.suffix in (".json", ".ndjson"))
    assert desk.run(*files) == 0
    assert outcomes(desk) == ["10", "20", "19", "1", "0", "0", "0"]
    assert not desk.rejects.exists()
    assert len(desk.store.sessions(None, 100)) == 19


def test_same_file_again_changes_nothing(desk: Desk) -> None:
    desk.run(PLAIN)
    assert desk.run(PLAIN) == 0
    assert outcomes(desk) == ["1", "1", "0", "0", "1", "0", "0"]


def test_bad_rows_are_refused_and_the_rest_is_taken(desk: Desk) -> None:
    good = MINIMAL % ("SYN-1", PATIENT)
    path = desk.file("a.ndjson", good, "{", MINIMAL % ("SYN-2", PATIENT.replace("male", "Synthetic-Secret")), "7")
    assert desk.run(path) == 1
    assert outcomes(desk) == ["1", "1", "1", "0", "0", "0", "3"]
    assert [row["place"] for row in desk.refused()] == ["a.ndjson:2", "a.ndjson:3", "a.ndjson:4"]
    assert desk.refused()[1]["issues"][0]["expression"] == ["patient.sex"]


def test_no_value_of_a_patient_is_printed_or_written(desk: Desk) -> None:
    desk.run(desk.file("a.ndjson", MINIMAL % ("SYN-2", PATIENT.replace("male", "Synthetic-Secret"))))
    assert "Secret" not in desk.said
    assert b"Secret" not in desk.rejects.read_bytes()


def test_rejects_of_an_earlier_run_do_not_stay(desk: Desk) -> None:
    desk.run(desk.file("a.json", "{"))
    desk.run(PLAIN)
    assert not desk.rejects.exists()


def test_unknown_concept_is_parked_not_refused(desk: Desk) -> None:
    text = (MINIMAL % ("SYN-3", PATIENT))[:-1] + ',"indications":[{"key":"no-such-row"}]}'
    assert desk.run(desk.file("a.json", text)) == 0
    assert outcomes(desk) == ["1", "1", "0", "0", "0", "1", "0"]
    assert "remap" in desk.said


def test_store_that_gives_up_ends_the_import_and_the_place_is_said(desk: Desk) -> None:
    taken: list[bytes] = []

    def full_after_one(data: bytes) -> tuple[str, list[Issue]]:
        if taken:
            raise Unavailable("the disk is full", code="no-store")
        taken.append(data)
        return "created", []

    tally = Tally(desk.rejects)
    path = desk.file("a.ndjson", '{"number":"1"}', '{"number":"2"}', '{"number":"3"}')
    import_files([path], None, full_after_one, tally, Console(file=io.StringIO()))
    assert (tally.outcomes, tally.stopped) == ({"created": 1}, "a.ndjson:2")


def test_file_that_is_missing_is_refused(desk: Desk) -> None:
    assert desk.run(desk.folder / "none.json") == 1


def test_dry_run_stores_nothing_and_writes_one_file_per_type(desk: Desk) -> None:
    out = desk.folder / "out"
    assert desk.run(PLAIN, dry_run=True, output=out) == 0
    assert not (desk.folder / "a.sqlite3").exists()
    found = resources(out)
    assert {"Patient", "Encounter", "Procedure", "Observation", "MedicationAdministration"} <= set(found)
    assert all(item["resourceType"] == name for name, items in found.items() for item in items)
    assert "mapped" in desk.said


def test_dry_run_keeps_digits(desk: Desk) -> None:
    desk.run(PLAIN, dry_run=True, output=desk.folder / "out")
    assert b'"value":0.50' in (desk.folder / "out" / "MedicationRequest.ndjson").read_bytes()


def test_dry_run_writes_each_resource_once_in_its_last_form(desk: Desk) -> None:
    out = desk.folder / "out"
    desk.run(FIXTURES / "07-corrected.ndjson", FIXTURES / "08-induction-course.ndjson", dry_run=True, output=out)
    found = resources(out)
    assert len(found["Patient"]) == 2
    assert len(found["Procedure"]) == 7
    for items in found.values():
        assert len({item["id"] for item in items}) == len(items)
    weights = [o["valueQuantity"]["value"] for o in found["Observation"] if o["code"]["coding"][0]["code"] == "29463-7"]
    assert 86.0 in weights
    assert 68.0 not in weights


def test_dry_run_replaces_the_files_of_an_earlier_one(desk: Desk) -> None:
    out = desk.folder / "out"
    desk.run(PLAIN, dry_run=True, output=out)
    desk.run(FIXTURES / "10-minimal.json", dry_run=True, output=out)
    assert not (out / "MedicationAdministration.ndjson").exists()


@pytest.mark.parametrize(("format_", "dry_run", "output"), [("hl7v2", False, False), (None, False, True)])
def test_wrong_options_do_nothing(desk: Desk, format_: str | None, dry_run: bool, output: bool) -> None:
    assert desk.run(PLAIN, format_=format_, dry_run=dry_run, output=desk.folder / "out" if output else None) == 2
    assert not (desk.folder / "a.sqlite3").exists()


def test_mimic_goes_in_whole(desk: Desk) -> None:
    assert desk.run(real_data("mimic3demo_inputevents_mv.csv"), format_="mimic") == 0
    assert outcomes(desk) == ["1", "5", "5", "0", "0", "0", "0"]
    assert "9 input rows charted as Rewritten were left out" in desk.said


def test_nimh_goes_in_but_for_two_participants_without_anything(desk: Desk) -> None:
    assert desk.run(real_data("participants.tsv"), format_="nimh") == 1
    assert outcomes(desk) == ["1", "101", "101", "0", "0", "0", "2"]
    assert [row["place"] for row in desk.refused()] == ["participants.tsv:17", "participants.tsv:57"]
    assert all(row["issues"][0]["text"] for row in desk.refused())
