"""The sandbox EHR over HTTP: `/fhir` as an EHR would answer, `/` for people, `/_control` for tests."""

from __future__ import annotations

from dataclasses import asdict
from html import escape
from typing import Any

from fastapi import FastAPI, Request, Response

from service.errors import ServiceError
from service.fhirjson import encode, read_json
from service.sandbox import interactions
from service.sandbox.behaviour import Behaviour, Declared, Misbehaviour, capability_statement
from service.sandbox.records import Fault, Records, Resource

FHIR_JSON = "application/fhir+json"
MAX_BODY = 50_000_000


def create_sandbox() -> FastAPI:
    """Empty at every start: nothing is kept."""
    app = FastAPI(title="Sandbox EHR", openapi_url=None)
    app.state.records = Records()
    app.state.behaviour = Behaviour()
    app.add_exception_handler(Fault, _fault)
    app.add_api_route("/", people, methods=["GET"])
    app.add_api_route("/_control/log", get_log, methods=["GET"])
    app.add_api_route("/_control/misbehave", misbehave, methods=["POST"])
    app.add_api_route("/_control/capabilities", declare, methods=["POST"])
    app.add_api_route("/_control/reset", reset, methods=["POST"])
    app.add_api_route("/fhir{path:path}", fhir, methods=["GET", "PUT", "POST"])
    return app


async def fhir(request: Request, path: str) -> Response:
    """Every FHIR request passes here, so that every one can be made to go wrong."""
    mode = await request.app.state.behaviour.next()
    if mode == "down":
        return _json(interactions.outcome(Fault(503, "transient", "told to be down")), 503)
    if mode in ("error-429", "error-500"):
        wait = request.app.state.behaviour.told.retry_after
        headers = {"Retry-After": str(wait)} if wait is not None else {}
        return _json(interactions.outcome(Fault(500, "throttled", "told to fail")), int(mode[-3:]), headers)
    answer = await _answer(request, [part for part in path.split("/") if part])
    if mode == "commit-then-cut" and request.method != "GET":
        return Cut()
    return answer


class Cut(Response):
    """Applied, and then no answer: the connection closes in the middle of one."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:  # noqa: ARG002 (ASGI's signature)
        headers = [(b"content-length", b"1000"), (b"connection", b"close")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"{", "more_body": True})
        raise ConnectionAbortedError


async def _answer(request: Request, parts: list[str]) -> Response:
    records: Records = request.app.state.records
    if request.method == "GET":
        return _get(request, records, parts)
    body = await request.body()
    try:
        resource = read_json(body, max_bytes=MAX_BODY)
    except ServiceError:
        raise Fault(400, "structure", "the body is not JSON") from None
    if not isinstance(resource, dict):
        raise Fault(400, "structure", "the body is not a resource")
    if request.method == "POST" and not parts:
        return _json(interactions.bundle(records, resource))
    return _written(_write(request, records, parts, resource))


def _write(request: Request, records: Records, parts: list[str], resource: Resource) -> tuple[Resource, bool]:
    match (request.method, parts):
        case ("POST", [kind]):
            return interactions.create(records, kind, resource, request.headers.get("if-none-exist"))
        case ("PUT", [kind, id_]):
            return interactions.update(records, kind, id_, resource, request.headers.get("if-match"))
        case ("PUT", [kind]):
            return interactions.conditional_update(records, kind, request.url.query, resource)
        case _:
            raise Fault(405, "not-supported", "not supported")


def _written(result: tuple[Resource, bool]) -> Response:
    stored, new = result
    version = stored["meta"]["versionId"]
    location = f"{stored['resourceType']}/{stored['id']}/_history/{version}"
    return _json(stored, 201 if new else 200, {"Location": location, "ETag": f'W/"{version}"'})


def _get(request: Request, records: Records, parts: list[str]) -> Response:
    match parts:
        case ["metadata"]:
            return _json(capability_statement(request.app.state.behaviour.declared))
        case [kind]:
            return _json(_search(request, records, kind))
        case [kind, id_]:
            return _json(records.current(kind, id_))
        case [kind, id_, "_history"]:
            records.current(kind, id_)
            versions = list(reversed(records.versions[(kind, id_)]))
            return _json(_bundle("history", versions))
        case _:
            raise Fault(404, "not-found", "there is nothing here")


def _search(request: Request, records: Records, kind: str) -> Resource:
    found = records.all(kind)
    for name, value in request.query_params.items():
        if name == "identifier":
            found = [r for r in found if r in records.by_identifier(kind, value)]
        elif name == "_id":
            found = [r for r in found if r["id"] == value]
    return _bundle("searchset", found)


def _bundle(kind: str, resources: list[Resource]) -> Resource:
    found: Resource = {"resourceType": "Bundle", "type": kind, "total": len(resources)}
    return {**found, "entry": [{"resource": resource} for resource in resources]} if resources else found


async def people(request: Request) -> Response:
    """What was received: counts by type, and the latest writes."""
    records: Records = request.app.state.records
    kinds = sorted({kind for kind, _ in records.versions})
    counts = "".join(f"<tr><td>{escape(k)}<td>{len(records.all(k))}" for k in kinds)
    rows = [(a.number, a.time, a.method, f"{a.type}/{a.id}", a.version) for a in reversed(records.log[-200:])]
    latest = "".join("<tr>" + "".join(f"<td>{escape(str(cell))}" for cell in row) for row in rows)
    page = (
        "<!doctype html><html lang=en><meta charset=utf-8><title>Sandbox EHR</title>"
        "<style>body{font:15px system-ui;margin:2em}td,th{padding:2px 1em 2px 0;text-align:left}</style>"
        f"<h1>Sandbox EHR</h1><p>Holds synthetic data, in memory.</p><h2>Resources</h2><table>{counts}</table>"
        "<h2>Latest writes</h2><table><tr><th>#<th>time<th>method<th>resource<th>version"
        f"{latest}</table></html>"
    )
    return Response(page, media_type="text/html")


async def get_log(request: Request) -> Response:
    return _json({"applied": [asdict(line) for line in request.app.state.records.log]})


async def misbehave(request: Request, told: Misbehaviour) -> Response:
    request.app.state.behaviour.tell(told)
    return _json({"mode": told.mode})


async def declare(request: Request, declared: Declared) -> Response:
    request.app.state.behaviour.declared = declared
    return _json(capability_statement(declared))


async def reset(request: Request) -> Response:
    request.app.state.records = Records()
    request.app.state.behaviour = Behaviour()
    return _json({})


async def _fault(_request: Request, error: Exception) -> Response:
    assert isinstance(error, Fault)
    return _json(interactions.outcome(error), error.status)


def _json(value: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(encode(value), status, headers, FHIR_JSON)
