"""read and vread: https://hl7.org/fhir/R4/http.html#read and #vread"""

from __future__ import annotations

from datetime import datetime
from email.utils import formatdate, parsedate_to_datetime
from functools import lru_cache

from fastapi import Request, Response
from fastapi.concurrency import run_in_threadpool

from service.api.auth import caller
from service.api.errors import FHIR_JSON
from service.api.fhir.media import check_accept
from service.api.service import service_of
from service.errors import NotFound
from service.store import Stored


async def read(request: Request) -> Response:
    """The current version, or 304. On SQLite the read takes microseconds and needs no thread of its own."""
    check_accept(request)
    store = service_of(request).store
    kind, id_ = request.url.path.rsplit("/", 2)[1:]
    if store.embedded:
        caller(request, "fhir")
        return answer(request, store.read(kind, id_))
    await run_in_threadpool(caller, request, "fhir")
    return answer(request, await run_in_threadpool(store.read, kind, id_))


async def vread(request: Request) -> Response:
    """One version, current or past."""
    check_accept(request)
    await run_in_threadpool(caller, request, "fhir")
    kind, id_, _, version = request.url.path.rsplit("/", 4)[1:]
    if not version.isascii() or not version.isdigit() or len(version) > 9:
        raise NotFound("no such version")
    return answer(request, await run_in_threadpool(service_of(request).store.read_version, kind, id_, int(version)))


def answer(request: Request, found: Stored) -> Response:
    etag = f'W/"{found.version}"'
    headers = {"ETag": etag, "Last-Modified": http_date(found.last_updated)}
    if _not_modified(request, etag, found):
        return Response(status_code=304, headers=headers)
    return Response(found.content, 200, headers, FHIR_JSON)


def _not_modified(request: Request, etag: str, found: Stored) -> bool:
    wanted = request.headers.get("if-none-match")
    if wanted is not None:
        return etag in (part.strip() for part in wanted.split(",")) or wanted.strip() == "*"
    since = request.headers.get("if-modified-since")
    if since is None:
        return False
    try:
        return parsedate_to_datetime(http_date(found.last_updated)) <= parsedate_to_datetime(since)
    except (TypeError, ValueError):
        return False


@lru_cache(maxsize=1024)
def http_date(instant: str) -> str:
    """``2026-03-02T16:00:00.123456Z`` → ``Mon, 02 Mar 2026 16:00:00 GMT``"""
    return formatdate(datetime.fromisoformat(instant).timestamp(), usegmt=True)
