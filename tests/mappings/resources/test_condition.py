"""Condition: a reaction that persists is one of its own, beside the indications."""

from __future__ import annotations

from typing import Any

import pytest
from golden_sessions import at
from mapped_sessions import codes, mapped, of_type


def conditions(**parts: Any) -> list[dict[str, Any]]:
    event = at(12, "reaction", **{"reaction": {"key": "headache"}, "severity": "moderate", **parts})
    return of_type(mapped(events=[event], recorded="2026-03-02T12:00:00-06:00"), "Condition")[1:]


@pytest.mark.parametrize("outcome", ["resolved", "recovering", "unknown", "fatal", None])
def test_what_is_over_is_no_condition(outcome: str | None) -> None:
    assert conditions(outcome=outcome) == []


def test_what_goes_on_is_an_active_problem_since_its_onset() -> None:
    (found,) = conditions(outcome="ongoing")
    assert codes(found["code"]) == {"25064002"}
    assert codes(found["clinicalStatus"]) == {"active"}
    assert codes(found["category"][0]) == {"problem-list-item"}
    assert codes(found["severity"]) == {"6736007"}
    assert (found["onsetDateTime"], found["recordedDate"]) == ("2026-03-02T10:12:00-06:00", "2026-03-02T12:00:00-06:00")
    assert "encounter" not in found


def test_what_remains_of_a_reaction_is_not_the_reaction() -> None:
    (found,) = conditions(outcome="resolvedWithSequelae")
    assert found["code"] == {"text": "Sequelae of: Headache"}
    assert "severity" not in found


def test_the_adverse_event_points_to_it_and_it_belongs_to_its_session() -> None:
    event = at(12, "reaction", reaction={"key": "headache"}, severity="severe", outcome="ongoing")
    one, two = mapped(events=[event]), mapped(events=[event], number="T-2")
    condition = of_type(one, "Condition")[1]
    assert of_type(one, "AdverseEvent")[0]["resultingCondition"] == [{"reference": f"Condition/{condition['id']}"}]
    assert condition["id"] not in {resource["id"] for resource in two}
    assert f"Condition/{condition['id']}" not in str(of_type(one, "Encounter")[0])
