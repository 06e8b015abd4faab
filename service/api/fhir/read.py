"""read and vread: one resource, the bytes that were validated.

https://hl7.org/fhir/R4/http.html#read · https://hl7.org/fhir/R4/http.html#vread · https://hl7.org/fhir/R4/http.html#cread
"""

from __future__ import annotations

import re
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from functools import lru_cache, partial
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from service.api.fhir.negotiation import check_format, fhir_answer
from service.api.parts import mapping_of, service_of
from service.api.schemas import failures
from service.errors import NotFound
from service.store import Stored

ID = re.compile(r"[A-Za-z0-9.-]{1,64}")
VERSION = re.compile(r"[1-9][0-9]{0,8}")
# May be kept by the asker, and is asked for again each time: that is what ETags are for
CACHING = "private, no-cache"


class Plain(APIRoute):
    """A route whose handler takes the request and answers itself: nothing is injected, so nothing is looked for."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        return self.endpoint


def mount(app: FastAPI) -> None:
    answers = {
        200: {"description": "The resource", "content": {"application/fhir+json": {}}},
        304: {"description": "Not changed since the version named"},
        **failures(401, 403, 404, 406),
    }
    shared = {"methods": ["GET"], "tags": ["FHIR"], "responses": answers}
    add: Any = partial(app.router.add_api_route, route_class_override=Plain)
    types = [mapping.type for mapping in app.state.service.pipeline.mappings]
    parameters = [_parameter("type", {"enum": types}), _parameter("id", {"type": "string", "pattern": ID.pattern})]
    version = _parameter("version", {"type": "integer", "minimum": 1})
    add(
        "/fhir/{type}/{id}",
        read,
        operation_id="read",
        summary="Read a resource",
        openapi_extra={"parameters": parameters},
        **shared,
    )
    add(
        "/fhir/{type}/{id}/_history/{version}",
        vread,
        operation_id="vread",
        summary="Read a version of a resource",
        openapi_extra={"parameters": [*parameters, version]},
        **shared,
    )


async def read(request: Request) -> Response:
    """The current version, with its ETag. `If-None-Match` and `If-Modified-Since` answer 304 when nothing changed."""
    check_format(request)
    resource_type, id_ = _address(request)
    store = service_of(request).store
    if store.embedded:
        # Some ten microseconds: a thread would cost more than it frees.
        return _versioned(request, store.read(resource_type, id_))
    return _versioned(request, await run_in_threadpool(store.read, resource_type, id_))


async def vread(request: Request) -> Response:
    """A version by its number, current or past."""
    check_format(request)
    version = request.path_params["version"]
    resource_type, id_ = _address(request)
    if not VERSION.fullmatch(version):
        raise NotFound("no such version")
    stored = await run_in_threadpool(service_of(request).store.read_version, resource_type, id_, int(version))
    return _versioned(request, stored)


def _address(request: Request) -> tuple[str, str]:
    resource_type, id_ = mapping_of(request).type, request.path_params["id"]
    if not ID.fullmatch(id_):
        raise NotFound("no such resource")
    return resource_type, id_


def _versioned(request: Request, stored: Stored) -> Response:
    headers = {
        "ETag": f'W/"{stored.version}"',
        "Last-Modified": http_date(stored.last_updated),
        "Cache-Control": CACHING,
    }
    if _unchanged(request, stored):
        return Response(None, 304, headers)
    return fhir_answer(stored.content, headers)


def _unchanged(request: Request, stored: Stored) -> bool:
    """If-None-Match outweighs If-Modified-Since (RFC 9110, 13.2.2)."""
    match = request.headers.get("if-none-match")
    if match is not None:
        tags = {tag.strip().removeprefix("W/").strip('"') for tag in match.split(",")}
        return bool(tags & {"*", str(stored.version)})
    since = request.headers.get("if-modified-since")
    return since is not None and _not_after(stored.last_updated, since)


def _not_after(last_updated: str, since: str) -> bool:
    """A date that cannot be read asks for nothing."""
    try:
        asked = parsedate_to_datetime(since)
    except ValueError:
        return False
    asked = asked if asked.tzinfo else asked.replace(tzinfo=UTC)
    return datetime.fromisoformat(last_updated).replace(microsecond=0) <= asked


@lru_cache(maxsize=4096)
def http_date(instant: str) -> str:
    """``2026-03-02T16:00:00.000000Z`` → ``Mon, 02 Mar 2026 16:00:00 GMT``"""
    return format_datetime(datetime.fromisoformat(instant).astimezone(UTC), usegmt=True)


def _parameter(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": schema}
