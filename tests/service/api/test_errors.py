"""One table from IssueType to status, and it knows every IssueType of R4."""

from __future__ import annotations

import pytest

from service import errors as inner
from service.api.errors import STATUS, outcome, outcome_response, status_of
from service.errors import Issue, ServiceError

# https://hl7.org/fhir/R4/valueset-issue-type.html
# fmt: off
ISSUE_TYPES = {
    "invalid", "structure", "required", "value", "invariant", "security", "login", "unknown", "expired",
    "forbidden", "suppressed", "processing", "not-supported", "duplicate", "multiple-matches", "not-found",
    "deleted", "too-long", "code-invalid", "extension", "too-costly", "business-rule", "conflict", "transient",
    "lock-error", "no-store", "exception", "timeout", "incomplete", "throttled", "informational",
}
# fmt: on


def test_table_is_the_value_set() -> None:
    assert set(STATUS) == ISSUE_TYPES


def test_every_error_of_the_inner_rooms_has_a_status() -> None:
    codes = {name: kind.code for name, kind in vars(inner).items() if _is_error(kind)}
    assert {name: STATUS[code] for name, code in codes.items()} == {
        "ServiceError": 422,
        "Rejected": 400,
        "TooLarge": 413,
        "NotFound": 404,
        "Gone": 410,
        "Conflict": 409,
        "Unauthenticated": 401,
        "Forbidden": 403,
        "Unsupported": 400,
        "Unavailable": 503,
    }


def _is_error(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, ServiceError)


@pytest.mark.parametrize(
    ("codes", "status"),
    [(["required"], 400), (["required", "business-rule"], 422), (["unheard-of"], 500), ([], 500)],
)
def test_severest_status_counts(codes: list[str], status: int) -> None:
    assert status_of([Issue("error", code, "x") for code in codes]) == status


def test_remarks_do_not_decide_the_status() -> None:
    assert status_of([Issue("warning", "exception", "x"), Issue("error", "value", "x")]) == 400


def test_outcome_has_one_issue_per_fault() -> None:
    found = outcome([Issue("error", "value", "wrong", ("a.b",)), Issue("warning", "value", "odd")])
    assert found["issue"] == [
        {"severity": "error", "code": "value", "diagnostics": "wrong", "expression": ["a.b"]},
        {"severity": "warning", "code": "value", "diagnostics": "odd"},
    ]


def test_503_says_when_to_come_back() -> None:
    assert outcome_response(503, [Issue("error", "transient", "x")]).headers["retry-after"] == "5"
