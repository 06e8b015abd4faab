"""Around every request: a correlation id, safe headers, and one line of log without any value.

Plain ASGI: the framework's own middleware class costs more than a read.
"""

from __future__ import annotations

import time
from typing import Any
from uuid import uuid4

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.api.errors import internal_error

log = structlog.get_logger()
SAFE = [(b"x-content-type-options", b"nosniff"), (b"cache-control", b"no-store")]


class RequestLog:
    """Adds ``X-Request-Id``; logs method, route, status and milliseconds. Routes, not paths: no ids of people."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        correlation = uuid4().hex
        scope.setdefault("state", {})["correlation"] = correlation
        started = time.perf_counter()
        status = 500

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = _with(message["headers"], correlation)
            await send(message)

        try:
            await self.app(scope, receive, send_with_headers)
        except Exception as error:  # the last net: nothing below may answer with, or log, an exception's text
            await internal_error(correlation, error)(scope, receive, send_with_headers)
        finally:
            route: Any = scope.get("route")
            taken = round((time.perf_counter() - started) * 1000, 1)
            path = getattr(route, "path", "-")
            log.debug("request", correlation=correlation, method=scope["method"], route=path, status=status, ms=taken)


def _with(headers: list[tuple[bytes, bytes]], correlation: str) -> list[tuple[bytes, bytes]]:
    given = {name for name, _ in headers}
    added = [pair for pair in SAFE if pair[0] not in given]
    return [*headers, *added, (b"x-request-id", correlation.encode())]
