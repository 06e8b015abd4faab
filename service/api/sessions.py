"""What clinic systems call: hand a session over, look at it, try one out."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.concurrency import run_in_threadpool

from mappings import InfusionSession
from service.api.auth import may
from service.api.bodies import json_body
from service.api.errors import issue_json
from service.api.service import service_of
from service.fhirjson import encode
from service.store import Delivery, Revision

router = APIRouter(prefix="/sessions", tags=["sessions"])
Sender = Annotated[str, Depends(may("sessions"))]
SCHEMA = InfusionSession.model_json_schema(ref_template="#/components/schemas/{model}")
BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/InfusionSession"}}},
    }
}
ERRORS: dict[int | str, dict[str, Any]] = {
    400: {"description": "not JSON, or not the JSON of a session; OperationOutcome"},
    401: {"description": "no valid API key; OperationOutcome"},
    403: {"description": "the key is not for this; OperationOutcome"},
    413: {"description": "too large; OperationOutcome"},
    422: {"description": "not a session: one issue per fault, each naming its place; OperationOutcome"},
    503: {"description": "not stored, try again; OperationOutcome"},
}


@router.put("/{number}", responses={201: {"description": "recorded for the first time"}, **ERRORS}, openapi_extra=BODY)
async def put_session(number: str, request: Request, sender: Sender) -> Response:
    """Hand over a session, or a revision of it. The same content again changes nothing.

    201 for a new session, 200 for a revision or a repetition. ``state`` is ``published``, or ``parked`` when a concept
    has no row in the terminology: the record is kept, and published by ``remap`` once the row exists.
    """
    pipeline = service_of(request).pipeline
    body = await json_body(request)
    receipt = await run_in_threadpool(pipeline.receive, body, sender, number)
    answer = {
        "number": receipt.number,
        "revision": receipt.revision,
        "state": receipt.state,
        "changed": receipt.changed,
        "issues": [issue_json(issue) for issue in receipt.issues],
    }
    return _json(answer, 201 if receipt.created else 200)


@router.get("")
def get_sessions(
    request: Request,
    _: Sender,
    state: Annotated[str | None, Query(pattern="^(received|published|parked)$")] = None,
    after: Annotated[str | None, Query(max_length=64)] = None,
    count: Annotated[int, Query(ge=1, le=500)] = 100,
) -> Response:
    """Sessions by number; ``next`` is the ``after`` of the following page."""
    rows = service_of(request).store.sessions(after, count + 1, state)
    found = [
        {"number": row.number, "revision": row.revision, "state": row.state, "received": row.received_at.isoformat()}
        for row in rows[:count]
    ]
    return _json({"sessions": found, "next": rows[count - 1].number if len(rows) > count else None})


@router.post("/dry-run", responses=ERRORS, openapi_extra=BODY)
async def dry_run(request: Request, _: Sender) -> Response:
    """Map and validate, store nothing: the Bundle that would be published, and what would stand in the way."""
    body = await json_body(request)
    found = await run_in_threadpool(service_of(request).pipeline.dry_run, body)
    entries = [{"resource": resource} for resource in found.resources]
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": entries}
    if not entries:
        bundle.pop("entry")
    return _json({"bundle": bundle, "issues": [issue_json(issue) for issue in found.issues]})


@router.get("/{number}", responses={404: {"description": "no such session; OperationOutcome"}})
def get_session(number: str, request: Request, _: Sender) -> Response:
    """The record as received, its state and issues, its resources, and where it was delivered."""
    store = service_of(request).store
    revision = store.revision(number)
    resources = [f"{r.resource_type}/{r.id}" for r in store.session_resources(number)]
    head = encode(
        {
            **_about(revision),
            "resources": resources,
            "deliveries": [_delivery(delivery) for delivery in store.deliveries(number=number)],
        }
    )
    # The clinic's own bytes, not a copy made of them
    return Response(head[:-1] + b',"record":' + revision.content + b"}", media_type="application/json")


def _about(revision: Revision) -> dict[str, Any]:
    return {
        "number": revision.number,
        "revision": revision.revision,
        "state": revision.state,
        "received": revision.received_at.isoformat(),
        "sender": revision.sender,
        "issues": [issue_json(issue) for issue in revision.issues],
    }


def _delivery(delivery: Delivery) -> dict[str, Any]:
    later = delivery.next_attempt_at
    return {
        "destination": delivery.destination,
        "revision": delivery.revision,
        "state": delivery.state,
        "attempts": delivery.attempts,
        "code": delivery.code,
        "detail": delivery.detail,
        "next_attempt": later.isoformat() if later else None,
        "updated": delivery.updated_at.isoformat(),
    }


def _json(value: Any, status: int = 200) -> Response:
    return Response(encode(value), status, media_type="application/json")
