"""capabilities: what this server can do, derived from what is mounted.

https://hl7.org/fhir/R4/http.html#capabilities · https://hl7.org/fhir/R4/capabilitystatement.html
"""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from mappings.labels import US_CORE
from mappings.resource import ResourceMapping, SearchParam
from service.api.fhir.criteria import COMMON
from service.api.fhir.negotiation import check_format, fhir_answer
from service.api.openapi import TITLE, VERSION
from service.api.parts import service_of
from service.api.schemas import failures
from service.fhirjson import encode

# When this statement last changed in kind; it is about the software, so it does not move with the clock
DATE = "2026-11-23"
INTERACTIONS = ("read", "vread", "search-type")


def mount(app: FastAPI) -> None:
    """The statement is made once."""
    service = app.state.service
    app.state.capabilities = encode(statement(service.pipeline.mappings, f"{service.settings.public_url}/fhir"))
    answers: dict[int | str, dict[str, Any]] = {
        200: {"description": "The CapabilityStatement", "content": {"application/fhir+json": {}}},
        **failures(406),
    }
    app.add_api_route(
        "/fhir/metadata",
        metadata,
        methods=["GET"],
        tags=["FHIR"],
        operation_id="capabilities",
        summary="What this FHIR server can do",
        responses=answers,
        openapi_extra={"security": []},
    )


async def metadata(request: Request) -> Response:
    """The CapabilityStatement: types, interactions and every search parameter. No key is needed."""
    check_format(request)
    assert service_of(request)
    return fhir_answer(request.app.state.capabilities)


def statement(mappings: tuple[ResourceMapping, ...], base: str) -> dict[str, Any]:
    """A CapabilityStatement as plain FHIR JSON."""
    security = "API keys: Authorization: Bearer KEY, or HTTP Basic with the key as password"
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": DATE,
        "kind": "instance",
        "software": {"name": TITLE, "version": VERSION},
        "implementation": {"description": TITLE, "url": base},
        "fhirVersion": "4.0.1",
        "format": ["application/fhir+json", "json"],
        "rest": [
            {
                "mode": "server",
                "security": {"description": security},
                "resource": [_resource(mapping) for mapping in mappings],
            }
        ],
    }


def _resource(mapping: ResourceMapping) -> dict[str, Any]:
    found: dict[str, Any] = {"type": mapping.type}
    if mapping.profiles:
        found["supportedProfile"] = [profile if ":" in profile else US_CORE + profile for profile in mapping.profiles]
    return {
        **found,
        "interaction": [{"code": code} for code in INTERACTIONS],
        "versioning": "versioned",
        "readHistory": True,
        "conditionalRead": "full-support",
        "searchParam": [_parameter(param) for param in (*COMMON, *mapping.search)],
    }


def _parameter(param: SearchParam) -> dict[str, Any]:
    found = {"name": param.name, "type": param.type}
    return {"name": param.name, "definition": param.definition, "type": param.type} if param.definition else found
