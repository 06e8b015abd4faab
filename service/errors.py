"""What can go wrong, in FHIR's IssueType words. Inner rooms know no HTTP: api/errors.py turns these into statuses.

ServiceError
├── Rejected          the input is not what it must be (structure, required, value, invariant …)
├── TooLarge          more than we take
├── NotFound          nothing there, or nothing this caller may see
├── Gone              it was here and was removed
├── Conflict          somebody else was first
├── Unauthenticated   no valid credentials
├── Forbidden         valid credentials, not for this
├── Unsupported       FHIR has it, this service does not
└── Unavailable       try again later; nothing was acknowledged
"""

from __future__ import annotations

from mappings.issue import Issue, Severity

__all__ = [
    "Conflict",
    "Forbidden",
    "Gone",
    "Issue",
    "NotFound",
    "Rejected",
    "ServiceError",
    "Severity",
    "TooLarge",
    "Unauthenticated",
    "Unavailable",
    "Unsupported",
]


class ServiceError(Exception):
    """An answer with one issue per fault. ``code`` is the IssueType used when only a text is given."""

    code = "processing"

    def __init__(self, text: str = "", *expression: str, code: str = "", issues: tuple[Issue, ...] = ()) -> None:
        self.issues = issues or (Issue("error", code or self.code, text, expression),)
        super().__init__("; ".join(issue.text for issue in self.issues))


class Rejected(ServiceError):
    code = "invalid"


class TooLarge(ServiceError):
    code = "too-long"


class NotFound(ServiceError):
    code = "not-found"


class Gone(ServiceError):
    code = "deleted"


class Conflict(ServiceError):
    code = "conflict"


class Unauthenticated(ServiceError):
    code = "login"


class Forbidden(ServiceError):
    code = "forbidden"


class Unsupported(ServiceError):
    code = "not-supported"


class Unavailable(ServiceError):
    code = "transient"
