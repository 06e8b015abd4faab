"""The clinic's door: sessions in, and how they stand."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

import msgspec
from fastapi import FastAPI, Query
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from service.api import schemas
from service.api.bodies import JSON, answer, read_body
from service.api.parts import Service, caller_of, service_of
from service.api.schemas import NUMBER, SESSION_BODY, failures
from service.errors import Issue, NotFound
from service.pipeline import DryRun, Receipt
from service.store import Delivery

NUMBER_SHAPE = re.compile(schemas.NUMBER_PATTERN)
MOST = 500


def mount(app: FastAPI) -> None:
    """The routes under /sessions. ``dry-run`` comes first: it is no session number."""
    add: Any = app.add_api_route
    body = {"requestBody": SESSION_BODY}
    refused = failures(400, 401, 403, 413, 415, 422, 503)
    tags = ["Sessions"]
    add(
        "/sessions/dry-run",
        dry_run,
        methods=["POST"],
        tags=tags,
        operation_id="dryRunSession",
        summary="Map and validate, store nothing",
        responses={200: {"model": schemas.DryRun}, **refused},
        openapi_extra=body,
    )
    add(
        "/sessions/{number}",
        put,
        methods=["PUT"],
        tags=tags,
        operation_id="putSession",
        summary="Create or revise a session",
        responses={200: {"model": schemas.Receipt}, 201: {"model": schemas.Receipt}, **refused},
        openapi_extra={**body, "parameters": [NUMBER]},
    )
    add(
        "/sessions/{number}",
        get,
        methods=["GET"],
        tags=tags,
        operation_id="getSession",
        summary="A session and how it stands",
        responses={200: {"model": schemas.SessionDetail}, **failures(401, 403, 404, 503)},
        openapi_extra={"parameters": [NUMBER]},
    )
    add(
        "/sessions",
        list_sessions,
        methods=["GET"],
        tags=tags,
        operation_id="listSessions",
        summary="Sessions by number",
        responses={200: {"model": schemas.SessionList}, **failures(400, 401, 403, 503)},
    )


def number_of(request: Request) -> str:
    """The session number in the address; what cannot be one is NotFound."""
    number: str = request.path_params["number"]
    if not NUMBER_SHAPE.fullmatch(number):
        raise NotFound("no such session")
    return number


async def put(request: Request) -> Response:
    """201 for a new session, 200 for a revision; the same content again is 200, `changed: false`, and writes nothing.

    The number in the address is the number in the document. When this answers, the record is durable. A session that
    cannot be published yet, because the clinic's terminology lacks a word, is kept all the same: the answer is 200 or
    201 with `state: parked` and the issues in the way; a row of terminology and `remap` publish it. Role `clinic`.
    """
    number, data = request.path_params["number"], await read_body(request, JSON)
    service, sender = service_of(request), caller_of(request).name
    receipt = await run_in_threadpool(service.pipeline.receive, data, sender, number)
    if receipt.created:
        return answer(_receipt(receipt), 201, {"Location": f"/sessions/{receipt.number}"})
    return answer(_receipt(receipt))


async def dry_run(
    request: Request,
    explain: Annotated[bool, Query(description="also say where each element comes from")] = False,
) -> Response:
    """What would be published of a session, as a Bundle of type collection, and what would stand in the way of it.

    `state` is what the session would become. With `explain=true`, `explained` lists for each element the field of the
    record, the rule and the terminology row it comes from. Nothing is stored and nothing is delivered. Role `clinic`.
    """
    data = await read_body(request, JSON)
    found = await run_in_threadpool(service_of(request).pipeline.dry_run, data, explain)
    return answer(_dry_run(found))


async def get(request: Request) -> Response:
    """The record as received, its state and issues, where it was delivered, what was published. Role `clinic`."""
    return answer(await run_in_threadpool(_detail, service_of(request), number_of(request)))


async def list_sessions(
    request: Request,
    state: Annotated[Literal["received", "published", "parked"] | None, Query(description="only these")] = None,
    after: Annotated[str | None, Query(description="go on after this number", pattern=schemas.NUMBER_PATTERN)] = None,
    count: Annotated[int, Query(description="how many at once", ge=1, le=MOST)] = 50,
) -> Response:
    """The latest revision of each session, by number; `next` is the address of the following page. Role `clinic`."""
    rows = await run_in_threadpool(service_of(request).store.sessions, after, count + 1, state)
    found = rows[:count]
    next_ = f"/sessions?after={found[-1].number}&count={count}" if len(rows) > count else None
    if next_ and state:
        next_ += f"&state={state}"
    return answer({"sessions": found, "next": next_})


def _receipt(receipt: Receipt) -> dict[str, Any]:
    return {
        "number": receipt.number,
        "revision": receipt.revision,
        "state": receipt.state,
        "issues": [_issue(issue) for issue in receipt.issues],
        "changed": receipt.changed,
    }


def _dry_run(found: DryRun) -> dict[str, Any]:
    bundle: dict[str, Any] = {"resourceType": "Bundle", "type": "collection"}
    if found.resources:
        bundle["entry"] = [{"resource": resource} for resource in found.resources]
    stopped = any(issue.is_error for issue in found.issues)
    answered = {
        "number": found.session.number,
        "state": "parked" if stopped else "published",
        "issues": [_issue(issue) for issue in found.issues],
        "bundle": bundle,
    }
    return {**answered, "explained": found.explained} if found.explained else answered


def _detail(service: Service, number: str) -> dict[str, Any]:
    revision = service.store.revision(number)
    return {
        "number": number,
        "revision": revision.revision,
        "state": revision.state,
        "received_at": revision.received_at,
        "sender": revision.sender,
        "issues": [_issue(issue) for issue in revision.issues],
        "deliveries": [_delivery(delivery) for delivery in service.store.deliveries(number=number, limit=MOST)],
        "resources": [
            {"reference": f"{stored.resource_type}/{stored.id}", "version": stored.version}
            for stored in service.store.session_resources(number)
        ],
        "record": msgspec.Raw(revision.content),
    }


def _delivery(delivery: Delivery) -> dict[str, Any]:
    names = ("destination", "revision", "state", "attempts", "code", "detail", "next_attempt_at", "updated_at")
    return {name: getattr(delivery, name) for name in names}


def _issue(issue: Issue) -> dict[str, Any]:
    return {
        "severity": issue.severity,
        "code": issue.code,
        "text": issue.text,
        "expression": list(issue.expression),
    }
