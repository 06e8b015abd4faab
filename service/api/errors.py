"""The one table from FHIR's IssueType to HTTP status, and the OperationOutcome that every error answers with.

https://hl7.org/fhir/R4/valueset-issue-type.html · https://hl7.org/fhir/R4/operationoutcome.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from service.errors import Issue, ServiceError
from service.fhirjson import encode

FHIR_JSON = "application/fhir+json; charset=utf-8"
REALM = "infusion-bridge"
RETRY_SECONDS = "5"

STATUS: dict[str, int] = {
    # 400: the request itself is wrong, and stays wrong however often it is sent
    "invalid": 400,
    "structure": 400,
    "required": 400,
    "value": 400,
    "invariant": 400,
    "code-invalid": 400,
    "extension": 400,
    "not-supported": 400,
    "too-costly": 400,
    # 401, 403: who is asking
    "security": 403,
    "login": 401,
    "unknown": 401,
    "expired": 401,
    "forbidden": 403,
    "suppressed": 403,
    # what is asked for
    "not-found": 404,
    "deleted": 410,
    "conflict": 409,
    "duplicate": 409,
    "multiple-matches": 412,
    "too-long": 413,
    # 422: well formed, and still not possible
    "processing": 422,
    "business-rule": 422,
    # 429, 503: later
    "throttled": 429,
    "transient": 503,
    "lock-error": 503,
    "no-store": 503,
    "timeout": 503,
    # 500: ours
    "exception": 500,
    "incomplete": 500,
    "informational": 500,
}

# What the framework itself refuses, in our words: status → (IssueType, text)
FRAMEWORK = {
    404: ("not-found", "nothing is served at this address"),
    405: ("not-supported", "this address does not take this method"),
    413: ("too-long", "the body is too large"),
}


def install(app: FastAPI) -> None:
    """Every refusal, ours and the framework's, becomes an OperationOutcome. What is unforeseen: see frame.py."""
    app.add_exception_handler(ServiceError, _on_service_error)
    app.add_exception_handler(HTTPException, _on_http_exception)
    app.add_exception_handler(RequestValidationError, _on_wrong_parameter)


def status_of(issues: Sequence[Issue]) -> int:
    """The severest status among the errors; an unheard-of code is a fault of ours."""
    return max((STATUS.get(issue.code, 500) for issue in issues if issue.is_error), default=500)


def outcome(issues: Sequence[Issue]) -> dict[str, Any]:
    """An OperationOutcome as plain FHIR JSON."""
    return {"resourceType": "OperationOutcome", "issue": [_issue(issue) for issue in issues]}


def outcome_response(status: int, issues: Sequence[Issue], headers: Mapping[str, str] | None = None) -> Response:
    response = Response(encode(outcome(issues)), status, headers, FHIR_JSON)
    if status == 401:
        # Bearer for systems; Basic makes a browser ask its user
        response.headers.append("WWW-Authenticate", f'Bearer realm="{REALM}"')
        response.headers.append("WWW-Authenticate", f'Basic realm="{REALM}", charset="UTF-8"')
    if status == 503:
        response.headers["Retry-After"] = RETRY_SECONDS
    return response


def refusal(scope: Any, error: ServiceError) -> Response:
    """The answer to a ServiceError; its codes are left in the scope for the access log."""
    scope["codes"] = sorted({issue.code for issue in error.issues})
    return outcome_response(status_of(error.issues), error.issues)


async def _on_service_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, ServiceError)
    return refusal(request.scope, error)


async def _on_http_exception(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code, text = FRAMEWORK.get(error.status_code, ("not-supported", error.detail))
    request.scope["codes"] = [code]
    return outcome_response(error.status_code, [Issue("error", code, text)], error.headers)


async def _on_wrong_parameter(request: Request, error: Exception) -> Response:
    """FastAPI's own validation: the place and the rule are said, the input is not."""
    assert isinstance(error, RequestValidationError)
    places = [".".join(str(part) for part in fault["loc"]) for fault in error.errors()]
    issues = [Issue("error", "value", fault["msg"], (p,)) for fault, p in zip(error.errors(), places, strict=True)]
    request.scope["codes"] = ["value"]
    return outcome_response(status_of(issues), issues)


def _issue(issue: Issue) -> dict[str, Any]:
    found: dict[str, Any] = {"severity": issue.severity, "code": issue.code, "diagnostics": issue.text}
    if issue.expression:
        found["expression"] = list(issue.expression)
    return found
