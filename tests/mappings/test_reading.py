"""The way back: what was mapped is read again, fact by fact, through the bytes that are stored and served."""

from __future__ import annotations

import pytest
from facts import facts_of
from golden_sessions import fixture_sessions
from mapped_sessions import NOT_US_CORE

from mappings import load_clinic, map_session
from mappings.reading import NoSession, read_session
from mappings.resource import Resource
from mappings.session import InfusionSession
from service.fhirjson import encode, read_json

CLINIC = load_clinic()
SESSIONS = fixture_sessions()


def served(session: InfusionSession) -> list[Resource]:
    """The resources of a session as another system gets them."""
    return [read_json(encode(resource)) for resource in map_session(session, CLINIC)]


def us_core(resources: list[Resource]) -> list[Resource]:
    return [resource for resource in resources if resource["resourceType"] not in NOT_US_CORE]


@pytest.mark.parametrize("name", SESSIONS)
def test_every_fact_of_a_fixture_comes_back(name: str) -> None:
    session = SESSIONS[name]
    assert facts_of(read_session(served(session), CLINIC), CLINIC) == facts_of(session, CLINIC)


@pytest.mark.parametrize("name", SESSIONS)
def test_a_reader_of_us_core_types_alone_loses_nothing(name: str) -> None:
    session = SESSIONS[name]
    assert facts_of(read_session(us_core(served(session)), CLINIC), CLINIC) == facts_of(session, CLINIC)


def test_without_a_session_there_is_nothing_to_read() -> None:
    with pytest.raises(NoSession):
        read_session([{"resourceType": "Patient", "id": "p"}], CLINIC)
