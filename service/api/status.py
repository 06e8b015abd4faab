"""The pages that staff look at, and the controls on them: forms, which do what the routes of the API do.

A form is posted, and answered by going back to a page: nothing is done twice by looking again. What was refused is said
on a page of its own. A form that does not come from one of these pages is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal
from urllib.parse import parse_qsl

from fastapi import FastAPI, Query
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from service.api.bodies import FORM, read_body
from service.api.destinations import NAME
from service.api.errors import status_of
from service.api.origins import comes_from_here
from service.api.parts import Service, StatusPages, caller_of, service_of
from service.api.schemas import NUMBER, NUMBER_PATTERN, failures
from service.api.sessions import NUMBER_SHAPE, number_of
from service.errors import Conflict, Forbidden, NotFound, Rejected, ServiceError, Unavailable

# Nothing runs and nothing is loaded; forms go nowhere but here.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
# ``same-origin``: otherwise a browser would not say where a form comes from.
HEADERS = {"Content-Security-Policy": POLICY, "Cache-Control": "no-store", "Referrer-Policy": "same-origin"}
TAGS = ["Status"]
Show = Literal["waiting", "held", "conflict", "dead", "patients", "unlinked", "statement"]
Done = Annotated[str | None, Query(description="what was just done, to be said", pattern=r"^[a-z-]{1,20}$")]
Form = Mapping[str, str]
MOST_FIELDS, MOST_REASON = 20, 500


def mount(app: FastAPI) -> None:
    add: Any = app.add_api_route
    page = {"methods": ["GET"], "tags": TAGS, "response_class": HTMLResponse}
    refused = failures(400, 401, 403, 404, 503)
    one, session = "/status/{name}", "/status/{name}/sessions/{number}"
    add("/status", overview, operation_id="showStatus", summary="Every EHR, and what waits for a person",
        responses=failures(401, 403, 503), **page)  # fmt: skip
    add(one, destination, operation_id="showDestination", summary="One EHR, with everything that stopped",
        responses=refused, openapi_extra={"parameters": [NAME]}, **page)  # fmt: skip
    add(session, show_session, operation_id="showSessionThere", summary="One session at one EHR",
        responses=refused, openapi_extra={"parameters": [NAME, NUMBER]}, **page)  # fmt: skip
    add(one, post, methods=["POST"], include_in_schema=False)


async def overview(request: Request, done: Done = None) -> Response:
    """An HTML page for staff: health, counts, and the first few of what a person can do something about. No EHR is
    asked. Role `clinic`."""
    return _html(await run_in_threadpool(_pages(request).overview, done))


async def destination(
    request: Request,
    show: Annotated[Show | None, Query(description="one list alone")] = None,
    after: Annotated[str, Query(description="go on after this one", pattern=r"^[A-Za-z0-9._-]{0,64}$")] = "",
    done: Done = None,
) -> Response:
    """An HTML page for staff, with a control for each thing that a person can do. The EHR is asked who there may be a
    patient that nobody could match. Role `clinic`."""
    pages, name = _pages(request), str(request.path_params["name"])
    return _html(await run_in_threadpool(pages.destination, name, show, after, done))


async def show_session(request: Request, done: Done = None) -> Response:
    """An HTML page for staff: the delivery, both sides of every edit, attempts and decisions. Role `clinic`."""
    pages, name = _pages(request), str(request.path_params["name"])
    return _html(await run_in_threadpool(pages.session, name, number_of(request), done))


async def post(request: Request) -> Response:
    """One control of a page."""
    service, name = service_of(request), str(request.path_params["name"])
    if not comes_from_here(request.scope, service.settings.base_url):
        raise Forbidden("a form is sent by a page of this service")
    body = await read_body(request, FORM)
    try:
        where = await run_in_threadpool(_done, service, name, _fields(body), caller_of(request).name)
    except ServiceError as error:
        request.scope["codes"] = sorted({issue.code for issue in error.issues})
        text = "; ".join(issue.text for issue in error.issues)
        return _html(_pages(request).refusal(name, text), status_of(error.issues))
    return Response(status_code=303, headers={"Location": where, "Cache-Control": "no-store"})


def _done(service: Service, name: str, form: Form, who: str) -> str:
    """Where to go then, from the address of the form. Raises ServiceErrors."""
    act, back = form.get("act", ""), form.get("back", "")
    if name not in (one["name"] for one in service.destinations.list()):
        raise NotFound("no such destination")
    if act == "find":
        service.deliveries.show(name, _number(form))  # raises NotFound
        return f"{name}/sessions/{_number(form)}"
    if act not in ACTS:
        raise Rejected("this is nothing that can be done here", "act", code="value")
    ACTS[act](service, name, form, who)
    return f"{name}/sessions/{back}?done={act}" if NUMBER_SHAPE.fullmatch(back) else f"{name}?done={act}"


def _pause(service: Service, name: str, form: Form, who: str) -> None:  # noqa: ARG001 (one shape for all)
    service.destinations.pause(name, who)


def _resume(service: Service, name: str, form: Form, who: str) -> None:  # noqa: ARG001
    service.destinations.resume(name)


def _test(service: Service, name: str, form: Form, who: str) -> None:  # noqa: ARG001
    found = service.destinations.test(name)
    if not found["reached"]:
        raise Unavailable(f"it does not say what it can do: {found['problem']}")


def _link(service: Service, name: str, form: Form, who: str) -> None:
    if service.patients is not None:
        service.patients.link(name, _field(form, "patient"), _field(form, "their_id").strip(), who)


def _unlink(service: Service, name: str, form: Form, who: str) -> None:
    if service.patients is not None:
        service.patients.unlink(name, _field(form, "patient"), who)


def _replay(service: Service, name: str, form: Form, who: str) -> None:
    mapped = form.get("mapped")
    if mapped not in ("then", "now"):
        raise Rejected("as mapped then, or as mapped now", "mapped", code="value")
    service.deliveries.replay(name, _shown(service, name, form), mapped, who, _reason(form))


def _purge(service: Service, name: str, form: Form, who: str) -> None:
    service.deliveries.purge(name, _shown(service, name, form), who, _reason(form))


def _keep_theirs(service: Service, name: str, form: Form, who: str) -> None:
    resource = _as_shown(service, name, form)
    service.deliveries.keep_theirs(name, _number(form), resource, who, _reason(form))


def _send_ours(service: Service, name: str, form: Form, who: str) -> None:
    resource = _as_shown(service, name, form)
    service.deliveries.send_ours(name, _number(form), resource, who, _reason(form))


ACTS: dict[str, Callable[[Service, str, Form, str], None]] = {
    "pause": _pause,
    "resume": _resume,
    "test": _test,
    "link": _link,
    "unlink": _unlink,
    "replay": _replay,
    "purge": _purge,
    "keep-theirs": _keep_theirs,
    "send-ours": _send_ours,
}


def _shown(service: Service, name: str, form: Form) -> str:
    """The session's number, as long as no revision is on its way that the person did not see. Raises Conflict."""
    number, seen = _number(form), form.get("revision")
    if seen is not None and seen != str(service.deliveries.show(name, number)["revision"]):
        raise Conflict("meanwhile the session was revised: look again")
    return number


def _as_shown(service: Service, name: str, form: Form) -> str:
    """The resource that is decided about, as long as what stands there is what the person saw. Raises Conflict."""
    resource, seen = _field(form, "resource"), form.get("seen")
    if seen is not None:
        found = service.deliveries.show(name, _number(form))["conflicts"]
        if resource not in (one["resource"] for one in found if (one["their_version"] or "") == seen):
            raise Conflict("meanwhile it was changed or decided: look again")
    return resource


def _fields(body: bytes) -> Form:
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict")
    except ValueError:  # UnicodeDecodeError is one
        raise Rejected("the form cannot be read", code="structure") from None
    return dict(pairs)


def _number(form: Form) -> str:
    number = _field(form, "number").strip()
    if not NUMBER_SHAPE.fullmatch(number):
        raise Rejected(f"this is no session number: {NUMBER_PATTERN}", "number", code="value")
    return number


def _reason(form: Form) -> str:
    reason = form.get("reason", "")
    if len(reason) > MOST_REASON:
        raise Rejected(f"a reason has at most {MOST_REASON} characters", "reason", code="value")
    return reason


def _field(form: Form, name: str) -> str:
    if not form.get(name, "").strip():
        raise Rejected("a field is missing", name, code="required")
    return form[name]


def _pages(request: Request) -> StatusPages:
    found = service_of(request).status
    if found is None:
        raise NotFound("there is no status page")
    return found


def _html(page: str, status: int = 200) -> Response:
    return HTMLResponse(page, status, HEADERS)
