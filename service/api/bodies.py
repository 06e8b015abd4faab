"""Reading request bodies: raw bytes, limited while they arrive, JSON only."""

from __future__ import annotations

from fastapi import Request

from service.api.errors import Refused
from service.api.service import service_of
from service.errors import TooLarge

JSON_TYPES = frozenset({"application/json", "application/fhir+json"})


async def json_body(request: Request) -> bytes:
    """The body as sent. Raises 415 for another media type, 413 beyond the limit."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in JSON_TYPES:
        raise Refused(415, "the body must be application/json")
    return await limited_body(request)


async def limited_body(request: Request) -> bytes:
    most = service_of(request).settings.max_body_bytes
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > most:
            raise TooLarge(f"the body is larger than {most} bytes")
        parts.append(part)
    return b"".join(parts)
