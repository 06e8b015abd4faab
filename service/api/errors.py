"""The one table from FHIR's IssueType to HTTP status, and OperationOutcome for every error on every path."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from service.errors import Issue, ServiceError
from service.fhirjson import encode

log = structlog.get_logger()
FHIR_JSON = "application/fhir+json; charset=utf-8"

STATUS = {
    "structure": 400,
    "invalid": 422,
    "required": 422,
    "value": 422,
    "invariant": 422,
    "code-invalid": 422,
    "business-rule": 422,
    "not-supported": 400,
    "login": 401,
    "forbidden": 403,
    "not-found": 404,
    "deleted": 410,
    "conflict": 409,
    "too-long": 413,
    "exception": 500,
    "processing": 500,
    "transient": 503,
    "no-store": 503,
    "throttled": 429,
}
# HTTP's own errors, as they come from the framework → IssueType
CODES = {400: "structure", 401: "login", 403: "forbidden", 404: "not-found", 405: "not-supported"}
CODES |= {406: "not-supported", 413: "too-long", 415: "not-supported", 422: "value"}


class Refused(ServiceError):
    """An error with a status of its own, where the issue's code is shared by several: 405, 406, 412, 415."""

    def __init__(self, status: int, text: str, code: str = "not-supported") -> None:
        super().__init__(text, code=code)
        self.status = status


def outcome(issues: Sequence[Issue]) -> dict[str, Any]:
    """An OperationOutcome with one issue per fault."""
    return {"resourceType": "OperationOutcome", "issue": [issue_json(issue) for issue in issues]}


def issue_json(issue: Issue) -> dict[str, Any]:
    found: dict[str, Any] = {"severity": issue.severity, "code": fhir_code(issue.code), "diagnostics": issue.text}
    if issue.expression:
        found["expression"] = list(issue.expression)
    return found


def fhir_code(code: str) -> str:
    """Our two refinements fold back into FHIR's words."""
    return {"too-long": "too-long", "incomplete": "incomplete"}.get(code, code)


def status_of(issues: Sequence[Issue]) -> int:
    """The status of the first issue: faults of structure come before faults of content."""
    return STATUS.get(issues[0].code, 500)


def error_response(
    issues: Sequence[Issue], status: int | None = None, headers: dict[str, str] | None = None
) -> Response:
    return Response(encode(outcome(issues)), status or status_of(issues), headers, FHIR_JSON)


def install(app: FastAPI) -> None:
    """Every way an error can reach a caller but the last, which is in requests.py: an exception nobody expected."""
    app.add_exception_handler(ServiceError, _service_error)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(RequestValidationError, _validation_error)


def _service_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, ServiceError)
    status = error.status if isinstance(error, Refused) else status_of(error.issues)
    return error_response(error.issues, status, _headers(request, status))


def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    texts = {404: "there is nothing at this address", 405: "this method is not supported here"}
    code = CODES.get(error.status_code, "processing")
    issue = Issue("error", code, texts.get(error.status_code, "the request cannot be answered"))
    return error_response([issue], error.status_code, dict(error.headers or {}) or _headers(request, error.status_code))


def _validation_error(_request: Request, error: Exception) -> Response:
    """FastAPI's own faults of parameters: the place is named, the value is not."""
    assert isinstance(error, RequestValidationError)
    places = [".".join(str(part) for part in fault["loc"][1:]) for fault in error.errors()]
    return error_response([Issue("error", "value", "not a valid parameter", (place,)) for place in places], 422)


def internal_error(correlation: str, error: Exception) -> Response:
    """No text of the exception leaves the house: it may hold a patient's data. The log names its type and place."""
    place = _place(error)
    log.error("internal error", correlation=correlation, kind=type(error).__name__, place=place)
    return error_response([Issue("fatal", "exception", f"internal error; correlation id {correlation}")], 500)


def _place(error: Exception) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return "" if trace is None else f"{trace.tb_frame.f_code.co_qualname}:{trace.tb_lineno}"


def _headers(request: Request, status: int) -> dict[str, str]:
    if status == 401:
        scheme = "Basic" if request.url.path.startswith("/summaries") else "Bearer"
        return {"WWW-Authenticate": f'{scheme} realm="infusion-bridge"'}
    if status == 503:
        return {"Retry-After": "5"}
    return {}
