"""Around every exchange: a correlation id, security headers, one line in the log, and the answer to the unforeseen.

Pure ASGI, because it stands in the path of every read. The log holds ids, codes and names of places in our code:
no query string, no body, no text of an exception.
"""

from __future__ import annotations

import re
import traceback
from time import perf_counter
from uuid import uuid4

import structlog
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.api.errors import outcome_response
from service.errors import Issue

log = structlog.get_logger()

# A correlation id may come from the caller, but only as a UUID: nothing of a patient fits into one.
UUID = re.compile(rb"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cache-control", b"no-store"),
)
CLIENT_LEFT = 499
# A method is the caller's word: one that HTTP does not know is not repeated.
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Frame:
    """The outermost layer: nothing that happens further in gets past it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status, request_id = perf_counter(), 0, _request_id(scope)

        async def framed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                _add_headers(message, request_id)
            await send(message)

        try:
            await self._app(scope, receive, framed)
        except ClientDisconnect:
            status = CLIENT_LEFT
        except Exception as error:
            _log_failure(error, request_id)
            if not status:
                issue = Issue("fatal", "exception", f"internal error; correlation id {request_id}")
                await outcome_response(500, [issue])(scope, receive, framed)
        _log_exchange(scope, status, request_id, began)


def _request_id(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == b"x-request-id" and UUID.fullmatch(value):
            return bytes(value).decode()
    return str(uuid4())


def _add_headers(message: Message, request_id: str) -> None:
    """What a route says itself stands."""
    headers = message["headers"] = list(message["headers"])
    said = {name for name, _ in headers}
    headers.extend(header for header in HEADERS if header[0] not in said)
    headers.append((b"x-request-id", request_id.encode()))


def _log_exchange(scope: Scope, status: int, request_id: str, began: float) -> None:
    """The route's template stands for the address. Ids are said only where they named something that exists."""
    caller = scope.get("caller")
    log.info(
        "request",
        method=scope["method"] if scope["method"] in METHODS else "?",
        route=getattr(scope.get("route"), "path", "-"),
        ids=scope.get("path_params", {}) if status < 400 else {},
        status=status,
        codes=scope.get("codes", []),
        caller=caller.name if caller else "-",
        request_id=request_id,
        ms=round((perf_counter() - began) * 1000, 1),
    )


def _log_failure(error: Exception, request_id: str) -> None:
    """Where it happened, never what it said: the text of an exception may quote a record."""
    frames = traceback.extract_tb(error.__traceback__)[-8:]
    where = [f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in frames]
    log.error("internal error", error=type(error).__name__, where=where, request_id=request_id)
