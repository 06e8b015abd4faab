"""Answers that a client cannot read, of requests that were applied all the same."""

from __future__ import annotations

from typing import Any

from fastapi import Response

from service.sandbox.behaviour import Mode

PAGE = b"<!doctype html><title>Gateway</title><h1>Please sign in</h1>"


def spoilt(answer: Response, mode: Mode) -> Response:
    """As it is, unless the mode is one of those."""
    match mode:
        case "commit-then-cut":
            return Cut()
        case "truncated":
            return Response(bytes(answer.body)[:-1], answer.status_code, media_type=answer.media_type)
        case "html":
            return Response(PAGE, 200, media_type="text/html")
        case "empty":
            return Response(b"", 200)
        case _:
            return answer


class Cut(Response):
    """No answer: the server closes the connection of a response that was not completed."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:  # noqa: ARG002 (ASGI's signature)
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1000")]})
        await send({"type": "http.response.body", "body": b"{", "more_body": True})
