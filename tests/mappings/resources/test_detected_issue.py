"""DetectedIssue: a dose that does not conserve is never published silently."""

from __future__ import annotations

from typing import Any

import pytest
from golden_sessions import at, session
from mapped_sessions import CLINIC, codes, mapped, of_type

from mappings import check_session


def product(**amounts: int) -> list[dict[str, Any]]:
    found = {name: {"value": value, "unit": "mg"} for name, value in amounts.items()}
    return [{"drug": {"key": "ketamine"}, **found}]


@pytest.mark.parametrize(
    ("amounts", "code", "detail"),
    [
        (
            {"recorded_dose": 43},
            "dose-not-as-recorded",
            "Ketamine injectable solution: 40 mg given by rate and time, 43 mg recorded",
        ),
        (
            {"drawn_up": 50, "wasted": 5},
            "dose-not-as-drawn-up",
            "Ketamine injectable solution: 40 mg given by rate and time, 50 mg drawn up and 5 mg wasted",
        ),
    ],
)
def test_what_contradicts_the_dose_is_said_with_its_numbers(amounts: dict[str, int], code: str, detail: str) -> None:
    found = mapped(medications=product(**amounts), recorded="2026-03-02T12:00:00-06:00")
    (issue,) = of_type(found, "DetectedIssue")
    assert (issue["status"], issue["severity"], codes(issue["code"])) == ("final", "moderate", {code})
    assert issue["detail"] == detail
    assert issue["identifiedDateTime"] == "2026-03-02T12:00:00-06:00"
    given = [{"reference": f"MedicationAdministration/{r['id']}"} for r in of_type(found, "MedicationAdministration")]
    assert issue["implicated"] == given


def test_only_the_administrations_of_that_drug_are_implicated() -> None:
    two = [{"label": label, **product(recorded_dose=dose)[0]} for label, dose in (("one", 7), ("two", 20))]
    boluses = [
        at(n, "bolus", dose={"value": 10, "unit": "mg"}, medication=label)
        for n, label in ((1, "one"), (2, "two"), (3, "two"))
    ]
    (issue,) = of_type(mapped(medications=two, order=None, events=boluses), "DetectedIssue")
    assert issue["detail"].endswith("10 mg given by rate and time, 7 mg recorded")
    assert len(issue["implicated"]) == 1


@pytest.mark.parametrize(
    "amounts", [{}, {"recorded_dose": 40}, {"drawn_up": 50, "wasted": 10}, {"drawn_up": 50}, {"wasted": 3}]
)
def test_a_dose_that_conserves_is_no_issue(amounts: dict[str, int]) -> None:
    assert of_type(mapped(medications=product(**amounts)), "DetectedIssue") == []


def test_the_check_says_the_same() -> None:
    wrong = product(recorded_dose=43, drawn_up=50, wasted=5)
    places = [i.expression[0] for i in check_session(session(medications=wrong), CLINIC)]
    assert places == ["medications[0].recorded_dose", "medications[0].wasted"]
    assert len(of_type(mapped(medications=wrong), "DetectedIssue")) == 2
