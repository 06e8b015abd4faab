"""From status, headers and body to an outcome, by a table."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from service.sync.answers import issue_code, outcome_of, retry_after, version_in
from service.sync.outcomes import Accepted, Conflict, Outcome, Refused, Unauthorized, Unavailable, Unknown

NOW = datetime(2026, 3, 2, 16, 0, tzinfo=UTC)
OUTCOME = b'{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"%b","diagnostics":"Mustermann"}]}'


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (200, b'{"id":"1"}', Accepted(200, {"id": "1"})),
        (201, b"", Accepted(201)),
        (204, b"  ", Accepted(204)),
        (200, b"<html>", Unknown("the answer cannot be read", 200)),
        (200, None, Unknown("the answer cannot be read", 200)),
        (301, b"", Refused(301)),
        (400, OUTCOME % b"invalid", Refused(400, "invalid")),
        (401, b"", Unauthorized(401)),
        (403, OUTCOME % b"forbidden", Refused(403, "forbidden")),
        (404, b"", Refused(404)),
        (409, OUTCOME % b"conflict", Conflict(409)),
        (412, OUTCOME % b"multiple-matches", Conflict(412, "multiple-matches")),
        (412, b"", Conflict(412)),
        (422, OUTCOME % b"business-rule", Refused(422, "business-rule")),
        *((status, b"", Unavailable(status)) for status in (408, 421, 423, 425, 429, 503)),
        *((status, b"", Unknown(f"answered {status}", status)) for status in (500, 502, 504, 507, 520, 599)),
        *((status, b"", Refused(status)) for status in (501, 505, 510)),
    ],
)
def test_each_status_is_one_kind_of_answer(status: int, body: bytes | None, expected: Outcome) -> None:
    assert outcome_of(status, {}, body, "PUT", NOW) == expected


def test_a_reading_whose_answer_was_lost_has_changed_nothing() -> None:
    assert outcome_of(200, {}, None, "GET", NOW) == Unavailable(200)


def test_where_it_is_and_as_which_version_is_kept() -> None:
    headers = {"location": "Observation/1/_history/3", "etag": 'W/"3"'}
    assert outcome_of(201, headers, b"", "PUT", NOW) == Accepted(201, None, "Observation/1/_history/3", "3")


@pytest.mark.parametrize(("etag", "version"), [('W/"3"', "3"), ('"a"', "a"), ("", None), (None, None), (3, None)])
def test_a_version_is_read_out_of_an_etag(etag: object, version: str | None) -> None:
    assert version_in(etag) == version


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("120", 120.0),
        (" 7 ", 7.0),
        ("Mon, 02 Mar 2026 16:01:30 GMT", 90.0),
        ("Mon, 02 Mar 2026 16:01:30 -0000", 90.0),
        ("Mon, 02 Mar 2026 15:00:00 GMT", 0.0),
        ("soon", None),
        ("-5", None),
        ("1e9", None),
        ("", None),
        ("9" * 400, 999_999_999.0),
    ],
)
def test_retry_after_is_seconds_or_a_date(text: str, seconds: float | None) -> None:
    assert retry_after(text, NOW) == seconds


@pytest.mark.parametrize(
    "body", [None, b"", b"[]", b"{", b'{"issue":[]}', b'{"issue":[{"code":3}]}', OUTCOME % b"Erika M."]
)
def test_an_outcome_that_is_none_has_no_code(body: bytes | None) -> None:
    assert issue_code(body) == ""
