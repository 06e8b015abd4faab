"""The page a referring psychiatrist reads."""

from __future__ import annotations

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from service.api.parts import service_of
from service.api.schemas import NUMBER, failures
from service.api.sessions import number_of

# The page is one file: its styles and pictures are in it, and it runs and loads nothing.
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def mount(app: FastAPI) -> None:
    app.add_api_route(
        "/summaries/sessions/{number}",
        summary,
        methods=["GET"],
        operation_id="summariseSession",
        tags=["Summaries"],
        summary="A session on one page",
        response_class=HTMLResponse,
        responses=failures(401, 403, 404),
        openapi_extra={"parameters": [NUMBER]},
    )


async def summary(request: Request) -> Response:
    """Dose, rate and vital signs on one time axis, reactions, scores. For role `clinic` or `reader`."""
    page = await run_in_threadpool(service_of(request).summarise, number_of(request))
    return HTMLResponse(page, headers={"Content-Security-Policy": POLICY, "Cache-Control": "no-store"})
