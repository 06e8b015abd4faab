"""`patients`: list, link, unlink and import at the keyboard, over the same desk as the API."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from ehr.ehrs import Sandbox, running_sandbox
from ehr.patients import PATIENT, publish_session, their_patient
from rich.console import Console

from mappings import parse_session
from service.commands.composition import build
from service.commands.patients import import_patient, link_patient, list_patients, unlink_patient
from service.errors import Conflict, Rejected
from service.settings import Settings
from service.store import PatientLink, Store


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with running_sandbox() as found:
        found.put(their_patient("their-1"))
        yield found


@pytest.fixture
def settings(sandbox: Sandbox, tmp_path: Path) -> Settings:
    path = tmp_path / "destinations.toml"
    path.write_text(f'[destinations.hospital]\nbase_url = "{sandbox.base_url}"\ninternal = true\n')
    return Settings(database_url=f"sqlite:///{tmp_path / 'a.sqlite3'}", destinations=path)


@pytest.fixture
def store(settings: Settings) -> Store:
    from datetime import UTC, datetime

    found = build(settings).store
    publish_session(found)
    found.patients.settle(PatientLink("hospital", PATIENT, "held", code="not-found"), datetime.now(UTC))
    return found


def said(call: object, *arguments: object) -> str:
    out = io.StringIO()
    call(*arguments, Console(file=out, width=300))  # type: ignore[operator]
    return out.getvalue()


def test_a_patient_is_listed_linked_imported_and_un_linked(
    settings: Settings, store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    listed = said(list_patients, settings, "hospital", "held")
    assert PATIENT in listed
    assert "their-1: Synthetic-Alder, Ada, born 1984-05-17, female" in listed
    assert "[certain]" in listed
    assert "Linked to Patient/their-1" in said(link_patient, settings, "hospital", PATIENT, "their-1")
    assert "Patient/their-1 (person)" in said(list_patients, settings, "hospital", "linked")
    assert "No patient is held there." in said(list_patients, settings, "hospital", "held")
    capsys.readouterr()
    import_patient(settings, "hospital", PATIENT, None)
    out = capsys.readouterr().out
    draft = json.loads(out[out.index('{"record"') :])
    filled = {**draft["record"], "number": "N-1", "status": "in-progress", "start": "2026-03-02T10:00:00-06:00"}
    assert parse_session(filled).patient.family == "Synthetic-Alder"
    assert "Un-linked" in said(unlink_patient, settings, "hospital", PATIENT)
    with pytest.raises(Conflict):
        import_patient(settings, "hospital", PATIENT, None)


def test_a_link_to_nobody_is_refused(settings: Settings, store: Store) -> None:
    with pytest.raises(Rejected):
        said(link_patient, settings, "hospital", PATIENT, "nobody")
