"""Provenance stands for every resource of its session, so that whoever has one can ask where it comes from."""

from __future__ import annotations

import pytest
from golden_sessions import fixture_sessions
from mapped_sessions import CLINIC, mapped, of_type

from mappings import RESOURCES, map_session

SESSIONS = fixture_sessions()


@pytest.mark.parametrize("name", SESSIONS)
def test_it_names_everything_else_once(name: str) -> None:
    found = map_session(SESSIONS[name], CLINIC)
    provenance = found[-1]
    targets = [target["reference"] for target in provenance["target"]]
    assert targets == [f"{r['resourceType']}/{r['id']}" for r in found[:-1]]


def test_a_person_in_two_roles_is_named_once() -> None:
    staff = [{"family": "A", "id": "a", "role": role} for role in ("ordering", "administering")]
    found = mapped(staff=staff)
    assert len(of_type(found, "Practitioner")) == 1
    targets = [target["reference"] for target in found[-1]["target"]]
    assert len(targets) == len(set(targets))


def test_by_its_patient_is_by_the_patient_among_what_it_names() -> None:
    search = {param.name: param for param in RESOURCES[-1].search}
    assert (search["patient"].same_as, search["patient"].target) == ("target", ("Patient",))
