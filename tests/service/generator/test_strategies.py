"""Hypothesis drives the same generator, and shrinks what it finds to the plainest session."""

from __future__ import annotations

from random import Random

from hypothesis import HealthCheck, Phase, find, given, settings
from strategies import courses, session_documents, sessions, wild_documents, wild_sessions

from mappings import InfusionSession, check_session, load_clinic
from service.generator import Document

CLINIC = load_clinic()
FEW = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
SEARCH = settings(max_examples=300, deadline=None, database=None, phases=[Phase.generate, Phase.shrink])


@FEW
@given(sessions())
def test_plausible_sessions(session: InfusionSession) -> None:
    assert not [issue for issue in check_session(session, CLINIC) if issue.is_error]


@FEW
@given(wild_sessions())
def test_wild_sessions(session: InfusionSession) -> None:
    assert not [issue for issue in check_session(session, CLINIC) if issue.is_error]


@FEW
@given(courses())
def test_courses(course: list[InfusionSession]) -> None:
    assert len({session.patient.model_dump_json() for session in course}) == 1


def test_a_wild_example_shrinks_to_what_matters() -> None:
    """Nearly always one event; how near it comes, depends on where the search began."""

    def with_a_bolus(document: Document) -> bool:
        return any(event["type"] == "bolus" for event in document.get("events", ()))

    found = find(wild_documents(), with_a_bolus, settings=SEARCH, random=Random(1))
    assert len(found["events"]) <= 3
    assert len(found) <= 9


def test_the_plainest_plausible_session_is_short() -> None:
    found = find(session_documents(), lambda _: True, settings=SEARCH, random=Random(1))
    assert len(found["events"]) < 20
    assert found["number"].startswith("GEN-H-000000-")
