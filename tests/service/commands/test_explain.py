"""`explain` explains what would be published; of what would not, it says what stands in the way."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from golden_sessions import at, record
from rich.console import Console

from service.commands.explain import run_explain
from service.errors import Rejected
from service.fhirjson import encode
from service.settings import Settings

EMPTY = [0] * 8

# What is wrong with a record, and the place that is named
STOPPED = [
    ({"events": [at(0, "score", instrument="madrs", items=[1, 2])]}, "events[0].items"),
    ({"events": [at(0, "score", instrument="phq9", items=[5, *EMPTY])]}, "events[0].items"),
    ({"indications": [{"key": "nope"}]}, "indications[0]"),
    ({"start": "yesterday"}, "start"),
]


def explain(folder: Path, document: Any, as_json: bool) -> tuple[int, str]:
    file, out = folder / "session.json", io.StringIO()
    file.write_bytes(encode(document))
    settings = Settings(database_url=f"sqlite:///{folder / 'real.sqlite3'}")
    code = run_explain(settings, file, as_json, Console(file=out, width=200))
    assert not (folder / "real.sqlite3").exists()
    return code, out.getvalue()


@pytest.mark.parametrize(("changes", "place"), STOPPED)
def test_what_would_not_be_published_is_said_with_its_place(
    tmp_path: Path, changes: dict[str, Any], place: str
) -> None:
    code, said = explain(tmp_path, record(**changes), as_json=False)
    assert code == 1
    assert [line for line in said.splitlines() if "error" in line and f" {place} " in line]


@pytest.mark.parametrize(("changes", "place"), STOPPED)
def test_and_as_json_one_issue_a_line(tmp_path: Path, changes: dict[str, Any], place: str) -> None:
    code, said = explain(tmp_path, record(**changes), as_json=True)
    issues = [json.loads(line) for line in said.splitlines()]
    assert code == 1
    assert [issue["expression"] for issue in issues if issue["severity"] == "error"] == [[place]]


def test_what_would_be_published_is_explained(tmp_path: Path) -> None:
    code, said = explain(tmp_path, record(), as_json=True)
    assert code == 0
    assert {"element", "resource", "source", "rule", "row"} == set(json.loads(said.splitlines()[0]))
    assert explain(tmp_path, record(), as_json=False)[1].count("Patient/") == 1


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(Rejected, match=r"nowhere\.json"):
        run_explain(Settings(), tmp_path / "nowhere.json", False, Console(file=io.StringIO()))
