"""The sandbox EHR over HTTP: `/fhir` as an EHR would answer, `/` for people, `/_control` for tests."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from urllib.parse import parse_qsl

from fastapi import FastAPI, Request, Response
from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.concurrency import run_in_threadpool

from service.errors import ServiceError
from service.fhirjson import encode, read_json
from service.sandbox import interactions
from service.sandbox.behaviour import Behaviour, Declared, Misbehaviour, capability_statement
from service.sandbox.match import match
from service.sandbox.pages import start_page
from service.sandbox.personas import Persona, load_persona
from service.sandbox.records import Fault, Records, Resource, Tombstone
from service.sandbox.search import bundle, search
from service.sandbox.spoiling import spoilt
from service.sandbox.tokens import RefusedAssertion, Registered, Tokens

FHIR_JSON = "application/fhir+json"
MAX_BODY = 50_000_000
METHODS = ["GET", "PUT", "POST", "PATCH", "DELETE"]


def create_sandbox(persona: str = "open") -> FastAPI:
    """Empty at every start: nothing is kept. Raises NotFound for a persona that there is not."""
    app = FastAPI(title="Sandbox EHR", openapi_url=None)
    app.state.persona, app.state.tokens = load_persona(persona), Tokens()
    _play(app, app.state.persona)
    app.add_exception_handler(Fault, _fault)
    app.add_api_route("/", people, methods=["GET"])
    app.add_api_route("/_control/log", get_log, methods=["GET"])
    app.add_api_route("/_control/misbehave", misbehave, methods=["POST"])
    app.add_api_route("/_control/held", held, methods=["GET"])
    app.add_api_route("/_control/write", write, methods=["POST"])
    app.add_api_route("/_control/delete", delete, methods=["POST"])
    app.add_api_route("/_control/capabilities", declare, methods=["POST"])
    app.add_api_route("/_control/persona", play, methods=["POST"])
    app.add_api_route("/_control/reset", reset, methods=["POST"])
    app.add_api_route("/_control/tokens", register, methods=["POST"])
    app.add_api_route("/_control/tokens", tokens, methods=["GET"])
    app.add_api_route("/_control/tokens/revoke", revoke, methods=["POST"])
    app.add_api_route("/token", issue, methods=["POST"])
    app.add_api_route("/fhir{path:path}", fhir, methods=METHODS)
    return app


class Played(BaseModel):
    """``conduct`` changes that of the persona."""

    model_config = ConfigDict(extra="forbid")

    name: str
    conduct: dict[str, Any] = {}


class Deleted(BaseModel):
    model_config = ConfigDict(extra="forbid")

    type: str
    id: str


async def fhir(request: Request, path: str) -> Response:
    """Every FHIR request passes here, so that every one can be made to go wrong."""
    behaviour: Behaviour = request.app.state.behaviour
    mode = await behaviour.next(request.method)
    wait = behaviour.retry_after
    headers = {} if wait is None else {"Retry-After": str(wait)}
    if mode == "down":
        return _json(interactions.outcome(Fault(503, "transient", "told to be down")), 503, headers)
    if mode in ("error-429", "error-500"):
        return _json(interactions.outcome(Fault(500, "throttled", "told to fail")), int(mode[-3:]), headers)
    parts = [part for part in path.split("/") if part]
    request.app.state.tokens.require(parts, request.headers.get("authorization"))
    answer = await _answer(request, parts)
    return spoilt(answer, mode)


async def _answer(request: Request, parts: list[str]) -> Response:
    behaviour: Behaviour = request.app.state.behaviour
    records: Records = request.app.state.records
    if request.method == "GET":
        return _get(request, records, parts)
    resource = await _resource(request)
    if request.method == "POST" and parts == ["Patient", "$match"]:
        return _json(match(records, resource))
    if not behaviour.conduct.race_seconds:  # nobody else is inside, as all of it happens on one thread
        return _write(request, records, parts, resource)
    return await run_in_threadpool(_write, request, records, parts, resource)


async def _resource(request: Request) -> Resource:
    try:
        resource = read_json(await request.body(), max_bytes=MAX_BODY)
    except ServiceError:
        raise Fault(400, "structure", "the body is not JSON") from None
    if not isinstance(resource, dict):
        raise Fault(400, "structure", "the body is not a resource")
    return resource


def _write(request: Request, records: Records, parts: list[str], resource: Resource) -> Response:
    behaviour: Behaviour = request.app.state.behaviour
    headers = request.headers
    match (request.method, parts):
        case ("POST", []):
            return _json(interactions.bundle(records, behaviour, resource))
        case ("POST", [kind]):
            written = interactions.create(records, behaviour, kind, resource, headers.get("if-none-exist"))
        case ("PUT", [kind, id_]):
            written = interactions.update(records, behaviour, kind, id_, resource, headers.get("if-match"))
        case ("PUT", [kind]):
            written = interactions.conditional_update(records, behaviour, kind, request.url.query, resource)
        case _:
            raise Fault(405, "not-supported", "not supported")
    return _written(*written, behaviour.conduct.empty_answers)


def _written(stored: Resource, new: bool, empty: bool) -> Response:
    version = stored["meta"]["versionId"]
    location = f"{stored['resourceType']}/{stored['id']}/_history/{version}"
    headers = {"Location": location, "ETag": f'W/"{version}"'}
    status = 201 if new else 200
    return Response(b"", status, headers) if empty else _json(stored, status, headers)


def _get(request: Request, records: Records, parts: list[str]) -> Response:
    declared: Declared = request.app.state.behaviour.declared
    if parts == ["metadata"]:
        return _json(capability_statement(declared))
    if parts == [".well-known", "smart-configuration"]:
        return _json(request.app.state.tokens.configuration(_endpoint(request)))
    declared.require(parts[0] if parts else "")
    with records.lock:
        match parts:
            case [kind]:
                return _search(request, records, kind)
            case [kind, id_]:
                return _version(records.current(kind, id_))
            case [kind, id_, "_history"]:
                versions = [one for one in reversed(records.history(kind, id_)) if not isinstance(one, Tombstone)]
                return _json(bundle("history", versions, len(versions)))
            case [kind, id_, "_history", version]:
                return _version(records.version(kind, id_, version))
            case _:
                raise Fault(404, "not-found", "there is nothing here")


def _search(request: Request, records: Records, kind: str) -> Response:
    behaviour: Behaviour = request.app.state.behaviour
    asked = f"{kind}?{request.url.query}"
    if "no-cache" not in request.headers.get("cache-control", "") and (known := behaviour.remembered(asked)):
        return _json(known)
    by_identifier = kind not in behaviour.declared.not_by_identifier
    found = search(records, kind, request.query_params.multi_items(), by_identifier)
    behaviour.remember(asked, found)
    return _json(found)


def _version(resource: Resource) -> Response:
    return _json(resource, 200, {"ETag": f'W/"{resource["meta"]["versionId"]}"'})


async def people(request: Request) -> Response:
    return Response(start_page(request.app.state.records), media_type="text/html")


async def get_log(request: Request) -> Response:
    """What was applied, in order; and how many requests there were, applied or not."""
    applied = [asdict(line) for line in request.app.state.records.log]
    return _json({"applied": applied, "requests": request.app.state.behaviour.requests})


async def misbehave(request: Request, told: Misbehaviour) -> Response:
    request.app.state.behaviour.tell(told)
    return _json({"mode": told.mode})


async def held(request: Request) -> Response:
    """Every version of everything, oldest first; null is where it was deleted. No request of a client's."""
    records: Records = request.app.state.records
    found = {
        f"{kind}/{id_}": [None if isinstance(one, Tombstone) else one for one in versions]
        for (kind, id_), versions in records.versions.items()
    }
    return _json(found)


async def write(request: Request) -> Response:
    """Somebody there writes it, under the id that it names."""
    resource = await _resource(request)
    kind, id_ = (str(resource.get(name, "")) for name in ("resourceType", "id"))
    return _json(request.app.state.records.write(kind, id_, resource)[0])


async def delete(request: Request, told: Deleted) -> Response:
    """Somebody there deletes it; this service never does."""
    return _json(request.app.state.records.delete(told.type, told.id))


async def declare(request: Request, declared: Declared) -> Response:
    request.app.state.behaviour.declared = declared
    return _json(capability_statement(declared))


async def play(request: Request, told: Played) -> Response:
    """Another kind of server, with what it holds. The log goes on."""
    try:
        persona = load_persona(told.name, **told.conduct)
    except (ServiceError, ValidationError) as error:
        raise Fault(422, "value", str(error) if isinstance(error, ServiceError) else "conduct is not right") from None
    _play(request.app, persona, request.app.state.records)
    return _json({"name": told.name, "about": persona.about})


async def reset(request: Request) -> Response:
    """Empty, and what it was started as."""
    _play(request.app, request.app.state.persona)
    request.app.state.tokens = Tokens()
    return _json({})


def _play(app: FastAPI, persona: Persona, records: Records | None = None) -> None:
    app.state.records = records or Records()
    app.state.records.lag = persona.conduct.search_lag_seconds
    app.state.records.stale = persona.conduct.stale_status
    app.state.behaviour = Behaviour(persona.declared, persona.conduct)


async def register(request: Request, client: Registered) -> Response:
    """From now on every FHIR request needs a token."""
    request.app.state.tokens.client = client
    return _json({"token_endpoint": _endpoint(request)})


async def tokens(request: Request) -> Response:
    """How many were issued, with which keys, and why others were refused; never a token."""
    found: Tokens = request.app.state.tokens
    return _json({"issued": len(found.kids), "kids": found.kids, "refused": found.refused})


async def revoke(request: Request) -> Response:
    """Every token that was issued is good no longer."""
    request.app.state.tokens.issued = {}
    return _json({})


async def issue(request: Request) -> Response:
    form = dict(parse_qsl((await request.body())[:100_000].decode("ascii", "replace")))
    try:
        return _json(request.app.state.tokens.issue(form, _endpoint(request)), 200, {"Cache-Control": "no-store"})
    except RefusedAssertion as refused:
        return _json({"error": refused.error}, 401 if refused.error == "invalid_client" else 400)


def _endpoint(request: Request) -> str:
    return str(request.url.replace(path="/token", query=""))


async def _fault(_request: Request, error: Exception) -> Response:
    assert isinstance(error, Fault)
    return _json(interactions.outcome(error), error.status)


def _json(value: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(encode(value), status, headers, FHIR_JSON)
