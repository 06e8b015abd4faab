"""Is the process alive, and can it do its work?"""

from __future__ import annotations

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from service.api.bodies import answer
from service.api.parts import service_of
from service.api.schemas import Health, failures


def mount(app: FastAPI) -> None:
    """The addresses an orchestrator asks, without a key."""
    shared = {"methods": ["GET"], "tags": ["Health"], "openapi_extra": {"security": []}}
    app.add_api_route("/health/live", live, operation_id="live", responses={200: {"model": Health}}, **shared)  # type: ignore[arg-type]
    answers = {200: {"model": Health}, **failures(503)}
    app.add_api_route("/health/ready", ready, operation_id="ready", responses=answers, **shared)  # type: ignore[arg-type]


async def live() -> Response:
    """The process answers."""
    return answer({"status": "ok"})


async def ready(request: Request) -> Response:
    """The database answers too; 503 while it does not."""
    await run_in_threadpool(service_of(request).store.ping)
    return answer({"status": "ok"})
