"""Bodies in and out: read with a limit while they stream, written as JSON."""

from __future__ import annotations

from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from service.api.parts import service_of
from service.errors import TooLarge
from service.fhirjson import encode

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"


def answer(value: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """Plain values as a JSON answer."""
    return Response(encode(value), status, headers, JSON)


async def read_body(request: Request, media_type: str) -> bytes:
    """The whole body, of one media type in UTF-8. Raises 415, and TooLarge as soon as it is too large."""
    _check_media_type(request, media_type)
    limit = service_of(request).settings.max_body_bytes
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and int(announced[:20]) > limit:
        raise _too_large(limit)
    data = bytearray()
    async for chunk in request.stream():
        data += chunk
        if len(data) > limit:
            raise _too_large(limit)
    return bytes(data)


def _check_media_type(request: Request, media_type: str) -> None:
    given, *parameters = (part.strip().lower() for part in request.headers.get("content-type", "").split(";"))
    charset = next((p.partition("=")[2].strip('"') for p in parameters if p.startswith("charset=")), "utf-8")
    if given != media_type or charset != "utf-8":
        raise HTTPException(415, f"the body is sent as {media_type} in UTF-8")
    if request.headers.get("content-encoding", "identity") != "identity":
        raise HTTPException(415, "the body is sent without a content encoding")


def _too_large(limit: int) -> TooLarge:
    return TooLarge(f"the body is larger than {limit} bytes")
