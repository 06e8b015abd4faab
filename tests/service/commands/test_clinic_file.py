"""The service with a clinic file: a wrong one stops the start and says where, a right one decides what is published."""

from __future__ import annotations

import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest
from golden_sessions import ROOT, at, record

from service.commands.composition import build
from service.commands.serve import summarise
from service.fhirjson import encode, read_json
from service.settings import Settings

EXAMPLE = ROOT / "fixtures" / "clinics" / "example.toml"


def run(folder: Path, clinic: Path, *command: str) -> subprocess.CompletedProcess[str]:
    own = {"DATABASE_URL": f"sqlite:///{folder / 'store.sqlite3'}", "CLINIC": str(clinic), "PORT": "0"}
    environment = {**os.environ, **{f"INFUSION_BRIDGE_{name}": value for name, value in own.items()}}
    return subprocess.run(
        [sys.executable, "-m", "service", *command],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        check=False,
        text=True,
        timeout=60,
    )


@pytest.mark.parametrize("command", ["serve", "sync", "remap"])
def test_a_wrong_file_stops_the_start(tmp_path: Path, command: str) -> None:
    file = tmp_path / "a-clinic-with-quite-a-long-name-so-that-the-line-would-be-broken.toml"
    file.write_text("[clinic]\nnpi = '1234567890'\n[reaction.x]\ntext = 'x'\nsnomed = '14152003'\nsource = 'x'\n")
    done = run(tmp_path, file, command)
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        f"{file}: [reaction.x] snomed: not a SNOMED CT concept: its form, partition or check digit is wrong",
        f"{file}: [clinic] npi: the check digit of this NPI is wrong",
    ]
    assert not (tmp_path / "store.sqlite3").exists()


def test_a_file_that_is_not_there_stops_the_start(tmp_path: Path) -> None:
    done = run(tmp_path, tmp_path / "nowhere.toml", "serve")
    assert (done.returncode, "Traceback" in done.stderr) == (2, False)
    assert "nowhere.toml" in done.stderr


def test_a_session_in_the_clinics_own_words_units_and_staff(tmp_path: Path) -> None:
    settings = Settings(database_url=f"sqlite:///{tmp_path / 'store.sqlite3'}", clinic=EXAMPLE)
    parts = build(settings)
    document = record(
        indications=[{"key": "crps-1-right-leg"}],
        staff=[{"id": "n1", "family": "Synthetic-Nurse", "role": "administering"}],
        events=[
            at(5, "infusion-start", rate={"value": Decimal("12.5"), "unit": "gammas"}),
            at(45, "infusion-stop"),
            at(50, "score", instrument="sleep-and-energy", items=[3, 2]),
        ],
    )
    receipt = parts.pipeline.receive(encode(document), "test")
    assert (receipt.state, receipt.issues) == ("published", ())
    found = [read_json(row.content) for row in parts.store.session_resources("T-1")]
    assert {r["language"] for r in found} == {"es"}
    said = encode(found).decode()
    assert "G90.521" in said
    assert "1888888884" in said
    assert '"value":40,"unit":"mg"' in said
    assert "Síndrome de dolor regional complejo" in summarise(parts, "T-1")
    parts.store.close()
