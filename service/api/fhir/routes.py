"""The FHIR facade: for each mapped type the same four routes, and metadata."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from mappings.resource import ResourceMapping
from service.api.fhir.capabilities import capabilities
from service.api.fhir.read import read, vread
from service.api.fhir.search import Search

BUNDLE: dict[int | str, dict[str, Any]] = {200: {"description": "a searchset Bundle"}}


def fhir_router(mappings: tuple[ResourceMapping, ...]) -> APIRouter:
    """Routes for every type; each checks its caller itself, before it looks for anything."""
    router = APIRouter(prefix="/fhir", tags=["fhir"])
    router.add_api_route("/metadata", capabilities, methods=["GET"], summary="CapabilityStatement")
    for mapping in mappings:
        kind = mapping.type
        search = Search(mapping)
        extra = {"parameters": [_parameter(p.name, p.type) for p in mapping.search] + _ALWAYS}
        router.add_api_route(
            f"/{kind}", search.get, methods=["GET"], summary=f"Search {kind}", responses=BUNDLE, openapi_extra=extra
        )
        router.add_api_route(
            f"/{kind}/_search", search.post, methods=["POST"], summary=f"Search {kind} by form", responses=BUNDLE
        )
        router.add_api_route(f"/{kind}/{{id}}", read, methods=["GET"], summary=f"Read {kind}")
        router.add_api_route(
            f"/{kind}/{{id}}/_history/{{version}}", vread, methods=["GET"], summary=f"Read a version of {kind}"
        )
    return router


def _parameter(name: str, kind: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "schema": {"type": "string"}, "description": f"FHIR search, type {kind}"}


_ALWAYS = [_parameter("_id", "token"), _parameter("_lastUpdated", "date"), _parameter("_count", "number")]
