"""capabilities: https://hl7.org/fhir/R4/http.html#capabilities. Generated from what is mounted."""

from __future__ import annotations

from typing import Any

from fastapi import Request, Response

from mappings.resource import ResourceMapping
from service.api.errors import FHIR_JSON
from service.api.fhir.media import check_accept
from service.api.service import service_of
from service.fhirjson import encode

US_CORE = "http://hl7.org/fhir/us/core/StructureDefinition/"
# The day this statement last changed in kind, not the day it was asked for: the same server says the same.
DATE = "2026-11-23"


async def capabilities(request: Request) -> Response:
    """Public: a client reads this before it has a key."""
    check_accept(request)
    service = service_of(request)
    statement = capability_statement(service.pipeline.mappings, f"{service.settings.public_url}/fhir")
    return Response(encode(statement), media_type=FHIR_JSON)


def capability_statement(mappings: tuple[ResourceMapping, ...], base: str) -> dict[str, Any]:
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": DATE,
        "kind": "instance",
        "software": {"name": "Infusion Bridge"},
        "implementation": {"description": "Infusion sessions as FHIR R4", "url": base},
        "fhirVersion": "4.0.1",
        "format": ["application/fhir+json", "json"],
        "rest": [
            {
                "mode": "server",
                "security": {"description": "An API key as Authorization: Bearer KEY"},
                "resource": [_resource(mapping) for mapping in mappings],
            }
        ],
    }


def _resource(mapping: ResourceMapping) -> dict[str, Any]:
    always = [{"name": "_id", "type": "token"}, {"name": "_lastUpdated", "type": "date"}]
    found: dict[str, Any] = {
        "type": mapping.type,
        "supportedProfile": [US_CORE + profile for profile in mapping.profiles],
        "interaction": [{"code": code} for code in ("read", "vread", "search-type")],
        "versioning": "versioned",
        "readHistory": True,
        "searchParam": [*always, *({"name": p.name, "type": p.type} for p in mapping.search)],
    }
    if not mapping.profiles:
        del found["supportedProfile"]
    return found
