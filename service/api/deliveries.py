"""What is on its way to an EHR, what stopped and why, and what a person does about it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal

from fastapi import FastAPI, Query
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from service.api import letters
from service.api.bodies import answer
from service.api.destinations import NAME
from service.api.parts import caller_of, service_of
from service.api.schemas import NUMBER, failures
from service.api.sessions import number_of
from service.errors import NotFound
from service.store.rows import STOPPED

TAGS = ["Deliveries"]
State = Literal["pending", "in-flight", "unknown", "retrying", "delivered", "held", "conflict", "dead", "purged"]
MOST_DIGITS = 9  # of an id
BASE = "/destinations/{name}/deliveries"
ID = {"name": "id", "in": "path", "required": True, "schema": {"type": "integer", "minimum": 1}}
IN_PATH: dict[str, Any] = {"{number}": NUMBER, "{id}": ID}
Reason = Annotated[str, Query(description="why, for the record", max_length=500)]
Which = Annotated[str | None, Query(description="`Type/id` of one resource; without it all that wait", max_length=120)]


def mount(app: FastAPI) -> None:
    """The routes below one destination."""
    refused = failures(401, 403, 404, 503)
    _add(app, "GET", BASE, list_deliveries, "listDeliveries", "What stopped, or is on its way", letters.DeliveryList)
    _add(app, "GET", f"{BASE}/{{number}}", show, "getDelivery", "All about one session there", letters.DeliveryDetail)
    for path, route, operation, summary in (
        ("replay", replay, "replayDelivery", "Send it again"),
        ("purge", purge, "purgeDelivery", "Give it up, with a reason"),
        ("keep-theirs", keep_theirs, "keepTheirs", "What was changed there stands"),
        ("send-ours", send_ours, "sendOurs", "Ours takes the place of theirs"),
    ):
        _add(app, "POST", f"{BASE}/{{number}}/{path}", route, operation, summary, letters.DeliveryState)
    add: Any = app.add_api_route
    statement = {"responses": {200: {"model": letters.Statement}, **refused}, "openapi_extra": {"parameters": [NAME]}}
    add("/destinations/{name}/statement", reconcile, methods=["GET"], tags=TAGS, operation_id="getStatement",
        summary="Accounts for every session", **statement)  # fmt: skip
    kept = "/destinations/{name}/statements"
    _add(app, "GET", kept, list_statements, "listStatements", "Statements that are kept", letters.StatementList)
    _add(app, "GET", f"{kept}/{{id}}", kept_statement, "getKeptStatement", "One of them", letters.KeptStatement)
    _add(app, "GET", f"{BASE}/{{number}}/fidelity", fidelity, "getFidelity", "Kept, changed, dropped", letters.Fidelity)


def _add(app: FastAPI, method: str, path: str, route: Any, operation: str, summary: str, model: Any) -> None:
    add: Any = app.add_api_route
    add(
        path,
        route,
        methods=[method],
        tags=TAGS,
        operation_id=operation,
        summary=summary,
        responses={200: {"model": model}, **failures(400, 401, 403, 404, 409, 422, 503)},
        openapi_extra={"parameters": [NAME, *(one for name, one in IN_PATH.items() if name in path)]},
    )


async def list_deliveries(
    request: Request,
    state: Annotated[State | None, Query(description="without it: held, conflict and dead")] = None,
    count: Annotated[int, Query(description="how many at most", ge=1, le=1000)] = 200,
) -> Response:
    """What waits for a person, or is in the state asked for. Role `clinic`."""
    desk, name = service_of(request).deliveries, _name(request)
    states = STOPPED if state is None else (state,)
    return answer({"deliveries": await run_in_threadpool(desk.list, name, states, count)})


async def show(request: Request) -> Response:
    """The delivery, every attempt, every resource's state there, and both sides of every edit. Role `clinic`."""
    return answer(await run_in_threadpool(service_of(request).deliveries.show, _name(request), number_of(request)))


async def replay(
    request: Request,
    mapped: Annotated[Literal["then", "now"], Query(description="as mapped then, or as mapped now")] = "then",
    reason: Reason = "",
) -> Response:
    """What is there is looked at; what is missing or newer is sent. `mapped` stays with the delivery. Role `clinic`."""
    return await _decide(request, "replay", mapped, reason)


async def purge(request: Request, reason: Reason) -> Response:
    """For what is held, in conflict or dead. What is there stays; who gave it up, and why, is kept. Role `clinic`."""
    return await _decide(request, "purge", reason)


async def keep_theirs(request: Request, resource: Which = None, reason: Reason = "") -> Response:
    """Until the session is revised again: then it is asked again. Role `clinic`."""
    return await _decide(request, "keep_theirs", resource, reason)


async def send_ours(request: Request, resource: Which = None, reason: Reason = "") -> Response:
    """In the place of the version that was shown; what was changed there since is a new conflict. Role `clinic`."""
    return await _decide(request, "send_ours", resource, reason)


async def reconcile(request: Request) -> Response:
    """For every session: delivered, pending, held, in conflict, missing there, there twice. It is looked up now, and
    kept. Role `clinic`."""
    desk, who = service_of(request).deliveries, caller_of(request).name
    return answer(await run_in_threadpool(desk.statement, _name(request), who))


async def list_statements(
    request: Request, count: Annotated[int, Query(description="how many at most", ge=1, le=100)] = 30
) -> Response:
    """Newest first: those made by itself and those that somebody asked for, also what came to nothing. Role
    `clinic`."""
    desk = service_of(request).deliveries
    return answer({"statements": await run_in_threadpool(desk.statements, _name(request), count)})


async def kept_statement(request: Request) -> Response:
    """With a line for each session that is not plainly delivered. Role `clinic`."""
    id_: str = request.path_params["id"]
    if not (id_.isascii() and id_.isdigit() and len(id_) <= MOST_DIGITS):
        raise NotFound("no such statement")
    desk = service_of(request).deliveries
    return answer(await run_in_threadpool(desk.kept_statement, _name(request), int(id_)))


async def fidelity(request: Request) -> Response:
    """What was delivered of a session is read back now, and compared element by element. Role `clinic`."""
    found = service_of(request).deliveries
    return answer(await run_in_threadpool(found.fidelity, _name(request), number_of(request)))


async def _decide(request: Request, what: str, *words: Any) -> Response:
    """``words``: what is chosen, and last the reason."""
    act: Callable[..., Any] = getattr(service_of(request).deliveries, what)
    who = caller_of(request).name
    chosen, reason = words[:-1], words[-1]
    name, number = _name(request), number_of(request)
    return answer(await run_in_threadpool(lambda: act(name, number, *chosen, who, reason)))


def _name(request: Request) -> str:
    return str(request.path_params["name"])
