"""Which representation is wanted: FHIR R4 as JSON is the only one there is.

https://hl7.org/fhir/R4/http.html#mime-type · https://hl7.org/fhir/R4/http.html#version-parameter
"""

from __future__ import annotations

from functools import lru_cache

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from service.api.errors import FHIR_JSON

JSON = frozenset({"application/fhir+json", "application/json", "text/json", "json"})
ANY = frozenset({"*/*", "application/*"})
VERSIONS = frozenset({"", "4.0", "4.0.1"})


def check_format(request: Request) -> None:
    """Raises 406. ``_format`` outweighs the Accept header, as the specification says."""
    if b"_format=" in request.scope["query_string"]:
        # a plus sign in an address reads as a space
        wanted, allowed = request.query_params.get("_format", "json").replace(" ", "+"), JSON
    else:
        wanted, allowed = request.headers.get("accept", "*/*"), JSON | ANY
    if not accepts(wanted, allowed):
        raise HTTPException(406, "FHIR R4 (4.0) is served as application/fhir+json")


def fhir_answer(content: bytes, headers: dict[str, str] | None = None) -> Response:
    return Response(content, 200, headers, FHIR_JSON)


@lru_cache(maxsize=256)
def accepts(wanted: str, allowed: frozenset[str]) -> bool:
    """Does a list of media types with parameters have room for FHIR R4 JSON?"""
    return any(_fits(part, allowed) for part in wanted.lower().split(","))


def _fits(part: str, allowed: frozenset[str]) -> bool:
    media_type, *parameters = (piece.strip() for piece in part.split(";"))
    values = {name.strip(): value.strip(' "') for name, _, value in (p.partition("=") for p in parameters)}
    refused = values.get("q", "1").strip("0.") == ""
    return media_type in allowed and not refused and values.get("fhirversion", "") in VERSIONS
