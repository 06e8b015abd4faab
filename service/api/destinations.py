"""The EHRs that sessions go to: how they stand, what would be sent there; to pause one and to let it go on."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import FastAPI, Query
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from service.api import schemas
from service.api.bodies import answer
from service.api.parts import caller_of, service_of
from service.api.schemas import failures

TAGS = ["Destinations"]
NAME: dict[str, Any] = {
    "name": "name",
    "in": "path",
    "required": True,
    "description": "the destination's name in the destinations file",
    "schema": {"type": "string"},
}


def mount(app: FastAPI) -> None:
    """The routes under /destinations."""
    add: Any = app.add_api_route
    add(
        "/destinations",
        list_destinations,
        methods=["GET"],
        tags=TAGS,
        operation_id="listDestinations",
        summary="The EHRs that sessions go to",
        responses={200: {"model": schemas.DestinationList}, **failures(401, 403, 503)},
    )
    named = (
        ("test", test, "testDestination", "Ask it what it can do", schemas.Probe),
        ("pause", pause, "pauseDestination", "Send nothing there until told otherwise", schemas.DestinationAnswer),
        ("resume", resume, "resumeDestination", "Go on sending there", schemas.DestinationAnswer),
    )
    for path, route, operation, summary, model in named:
        add(
            f"/destinations/{{name}}/{path}",
            route,
            methods=["POST"],
            tags=TAGS,
            operation_id=operation,
            summary=summary,
            responses={200: {"model": model}, **failures(401, 403, 404, 503)},
            openapi_extra={"parameters": [NAME]},
        )
    add(
        "/destinations/{name}/plan",
        plan,
        methods=["GET"],
        tags=TAGS,
        operation_id="planDelivery",
        summary="What would be sent of a session, how, and what not",
        responses={200: {"model": schemas.DeliveryPlan}, **failures(400, 401, 403, 404, 503)},
        openapi_extra={"parameters": [NAME]},
    )


async def list_destinations(request: Request) -> Response:
    """By what was last learnt of each; nobody is asked. Role `clinic`."""
    return answer({"destinations": await run_in_threadpool(service_of(request).destinations.list)})


async def test(request: Request) -> Response:
    """Fetch its CapabilityStatement now, keep it, and say what follows from it. Role `clinic`."""
    return answer(await run_in_threadpool(service_of(request).destinations.test, _name(request)))


async def pause(request: Request) -> Response:
    """What is under way ends; what is queued waits, and nothing is lost. Role `clinic`."""
    by = caller_of(request).name
    return answer(await run_in_threadpool(service_of(request).destinations.pause, _name(request), by))


async def resume(request: Request) -> Response:
    """What waits is sent. Role `clinic`."""
    return answer(await run_in_threadpool(service_of(request).destinations.resume, _name(request)))


async def plan(
    request: Request,
    session: Annotated[str, Query(description="the session's number", pattern=schemas.NUMBER_PATTERN)],
) -> Response:
    """What the next delivery would send, in which pieces and how, and what is left out and why. Nothing is sent; a
    destination that was never talked to is asked what it can do. Role `clinic`."""
    return answer(await run_in_threadpool(service_of(request).destinations.plan, _name(request), session))


def _name(request: Request) -> str:
    return str(request.path_params["name"])
