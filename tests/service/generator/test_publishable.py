"""Whatever is generated can be published, is clearly made up, and says the same of the same person everywhere."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import Any

import pytest

from mappings import Clinic, InfusionSession, check_session, map_session
from mappings.session import Person, Referral
from service.fhirjson import encode, read_json

MOODS = ["plausible", "wild"]


@pytest.fixture(params=MOODS)
def found(request: pytest.FixtureRequest) -> list[InfusionSession]:
    return request.getfixturevalue(request.param)


@pytest.fixture(params=["documents", "wild_documents"])
def written(request: pytest.FixtureRequest) -> list[dict[str, Any]]:
    return request.getfixturevalue(request.param)


def test_nothing_parks_them(found: list[InfusionSession], clinic: Clinic) -> None:
    assert [issue for session in found for issue in check_session(session, clinic) if issue.is_error] == []


def test_they_can_be_mapped(found: list[InfusionSession], clinic: Clinic) -> None:
    assert all(map_session(session, clinic) for session in found[::10])


def test_documents_survive_json(written: list[dict[str, Any]]) -> None:
    """Digits too: what is read back is what was made."""
    assert all(str(read_json(encode(document))) == str(json_values(document)) for document in written[::10])


def json_values(value: Any) -> Any:
    """Decimals without a fraction come back as whole numbers; nothing else changes."""
    if isinstance(value, dict):
        return {name: json_values(part) for name, part in value.items()}
    if isinstance(value, list):
        return [json_values(part) for part in value]
    if value is None or isinstance(value, str | bool | int):
        return value
    return int(value) if "." not in str(value) else value


def test_numbers_are_unique(found: list[InfusionSession]) -> None:
    assert len({session.number for session in found}) == len(found)


def test_everybody_is_clearly_made_up(found: list[InfusionSession]) -> None:
    for session in found:
        patient = session.patient
        assert session.number.startswith("GEN-1-")
        assert (patient.mrn or patient.identifiers[0].value).startswith("SYN-")
        assert all(person.family.startswith("Synthetic-") for person in [patient, *people(session)])


def people(session: InfusionSession) -> list[Person]:
    referral: Referral | None = session.referral
    return [*session.staff, *([referral.referrer] if referral else [])]


def test_what_has_a_name_of_its_own_has_one_description(found: list[InfusionSession]) -> None:
    """People by NPI and by id, patients, devices and rooms: over all sessions."""
    said: dict[tuple[str, str], set[str]] = defaultdict(set)
    for session in found:
        for person in people(session):
            words = person.model_dump_json(exclude={"role"})
            for name in ("npi", "id"):
                if getattr(person, name):
                    said[name, getattr(person, name)].add(words)
        said["patient", session.patient.mrn or session.patient.identifiers[0].value].add(
            session.patient.model_dump_json()
        )
        for device in session.devices:
            said["device", device.id].add(device.model_dump_json())
        if session.location and session.location.id:
            said["room", session.location.id].add(session.location.name)
    assert {key: words for key, words in said.items() if len(words) > 1} == {}


def test_a_document_is_plain_json_values(written: list[dict[str, Any]]) -> None:
    assert all(json.dumps(document, default=float) for document in written)
