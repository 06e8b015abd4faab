"""The public halves of our signing keys, for the token endpoints of destinations.

https://hl7.org/fhir/smart-app-launch/client-confidential-asymmetric.html#registering-a-client-communicating-public-keys
"""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from service.api.bodies import answer
from service.api.parts import service_of
from service.api.schemas import JsonWebKeySet

# Long enough to spare requests, short enough that a new key is known soon
CACHE = {"Cache-Control": "public, max-age=300", "Access-Control-Allow-Origin": "*"}


def mount(app: FastAPI) -> None:
    add: Any = app.add_api_route
    add(
        "/.well-known/jwks.json",
        get,
        methods=["GET"],
        tags=["Health"],
        openapi_extra={"security": []},
        operation_id="getKeySet",
        summary="Our public keys",
        responses={200: {"model": JsonWebKeySet}},
    )


async def get(request: Request) -> Response:
    """The keys that our assertions are signed with, by `kid`: today's, and earlier ones until they are removed."""
    return answer(await run_in_threadpool(service_of(request).key_set), 200, CACHE)
