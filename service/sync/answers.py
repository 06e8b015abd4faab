"""From an EHR's HTTP answer to an Outcome: the one table of statuses. Pure.

https://hl7.org/fhir/R4/http.html#Status-Codes
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from service.errors import ServiceError
from service.fhirjson import read_json
from service.sync.outcomes import Accepted, Conflict, Outcome, Refused, Unauthorized, Unavailable, Unknown

MAX_ANSWER = 20_000_000
# Said before anything was done; any other 5xx may come from a gateway behind which a write goes on.
NOT_NOW = frozenset({408, 421, 423, 425, 429, 503})
# Never, however often it is asked for
NEVER = frozenset({501, 505, 506, 508, 510, 511})


def outcome_of(status: int, headers: Mapping[str, str], body: bytes | None, method: str, now: datetime) -> Outcome:
    """``body`` is None when it was too large or too slow; ``headers`` are looked up in lower case."""
    if 200 <= status < 300:
        return _accepted(status, headers, body, method)
    if status in (401, 407):
        return Unauthorized(status)
    if status in (409, 412):
        code = issue_code(body)
        return Conflict(status, code if code == "multiple-matches" else "conflict")
    later = retry_after(headers.get("retry-after", ""), now)
    if status in NOT_NOW or (status >= 500 and status not in NEVER and method == "GET"):
        return Unavailable(status, later)
    if status >= 500 and status not in NEVER:
        return Unknown(f"answered {status}", status, later)
    return Refused(status, issue_code(body))


def _accepted(status: int, headers: Mapping[str, str], body: bytes | None, method: str) -> Outcome:
    lost: Outcome = Unavailable(status) if method == "GET" else Unknown("the answer cannot be read", status)
    if body is None:
        return lost
    try:
        parsed = read_json(body, max_bytes=MAX_ANSWER) if body.strip() else None
    except ServiceError:
        return lost
    if is_failure(parsed):
        return lost if method == "GET" else Unknown("an error in the place of an answer", status)
    return Accepted(status, parsed, headers.get("location"), version_in(headers.get("etag")))


def is_failure(body: Any) -> bool:
    """An OperationOutcome that says error or fatal, whatever the status above it."""
    if not isinstance(body, dict) or body.get("resourceType") != "OperationOutcome":
        return False
    issues = body.get("issue")
    found = [one.get("severity") for one in issues if isinstance(one, dict)] if isinstance(issues, list) else []
    return any(severity in ("error", "fatal") for severity in found)


def version_in(etag: Any) -> str | None:
    """``W/"3"`` → ``3``."""
    return (etag.removeprefix("W/").strip('"') or None) if isinstance(etag, str) else None


def retry_after(text: str, now: datetime) -> float | None:
    """Seconds from now, given as seconds or as an HTTP date; None when it is neither."""
    text = text.strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        date = parsedate_to_datetime(text)
    except ValueError:
        return None
    date = date if date.tzinfo is not None else date.replace(tzinfo=UTC)
    return max((date - now).total_seconds(), 0.0)


def issue_code(body: bytes | None) -> str:
    """The first IssueType of an OperationOutcome; its texts are the EHR's and may hold a patient's data."""
    try:
        parsed: Any = read_json(body or b"", max_bytes=MAX_ANSWER)
        code = parsed["issue"][0]["code"]
    except (ServiceError, KeyError, IndexError, TypeError):
        return ""
    plain = isinstance(code, str) and code.isascii() and code.replace("-", "").isalpha() and len(code) < 40
    return code if plain else ""
