"""Who of our patients is who at a destination: the list of those that wait for a person, link, un-link, import."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import FastAPI, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from service.api.bodies import JSON, answer, read_body
from service.api.parts import PatientDesk, PatientState, caller_of, service_of
from service.api.schemas import Answer, failures
from service.errors import NotFound, Rejected
from service.fhirjson import read_json

ID = r"^[A-Za-z0-9.-]{1,64}$"
NAME = r"^[a-z0-9][a-z0-9-]{0,40}$"
MOST = 50


class Demographics(Answer):
    """One record, ours or theirs, for a person to compare."""

    id: str
    family: str | None
    given: list[str]
    birth_date: str | None
    sex: str | None
    identifiers: list[list[str]] = Field(description="pairs of system and value")
    grade: str | None = Field(description="what `$match` there says: certain, probable, possible or certainly-not")


class ListedPatient(Answer):
    patient: str = Field(description="our id, as in `/fhir/Patient/…`")
    state: PatientState
    their_id: str | None
    how: Literal["identifier", "certain", "person", "created"] | None = Field(description="how it was linked")
    code: str | None = Field(description="why it waits, as a FHIR IssueType")
    by: str = Field(description="who decided; empty where the service did")
    updated_at: str | None
    ours: Demographics
    waiting: list[str] = Field(description="numbers of the sessions that are held")
    candidates: list[Demographics] | None = Field(description="null where the destination could not be asked")


class PatientList(Answer):
    patients: list[ListedPatient]
    next: str | None = Field(description="go on with `after=` this, null at the end")


class LinkBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    their_id: str = Field(description="the id of the Patient there", pattern=ID)


class Linked(Answer):
    patient: str
    state: PatientState
    their_id: str | None
    released: list[str] = Field(description="numbers of the sessions that are sent now")


class DraftSource(Answer):
    field: str
    source: str = Field(description="a resource there, or `ours`")
    differs_from_ours: bool


class DraftUnused(Answer):
    source: str
    reason: str


class DraftRecord(Answer):
    """The beginning of a session record, with where each field is from and what could not be used."""

    record: dict[str, Any] = Field(description="an InfusionSession once `missing` is filled in")
    sources: list[DraftSource]
    unused: list[DraftUnused]
    missing: list[str]


NAME_PARAMETER = {"name": "name", "in": "path", "required": True, "description": "the destination"}
ID_PARAMETER = {"name": "id", "in": "path", "required": True, "description": "our id of the patient"}
PARAMETERS = [
    {**NAME_PARAMETER, "schema": {"type": "string", "pattern": NAME}},
    {**ID_PARAMETER, "schema": {"type": "string", "pattern": ID}},
]
BODY = {"required": True, "content": {JSON: {"schema": LinkBody.model_json_schema()}}}


def mount(app: FastAPI) -> None:
    """Routes under /destinations/{name}/patients; all need the role ``clinic``."""
    add: Any = app.add_api_route
    shared: dict[str, Any] = {"tags": ["Destinations"]}
    one, refused = "/destinations/{name}/patients/{id}", failures(401, 403, 404, 503)
    about_one = {"parameters": PARAMETERS}
    add(
        "/destinations/{name}/patients",
        list_patients,
        methods=["GET"],
        operation_id="listPatients",
        summary="Patients that wait for a person, or are linked",
        responses={200: {"model": PatientList}, **failures(400), **refused},
        openapi_extra={"parameters": PARAMETERS[:1]},
        **shared,
    )
    add(
        f"{one}/link",
        link,
        methods=["PUT"],
        operation_id="linkPatient",
        summary="Say who a patient is there",
        responses={200: {"model": Linked}, **failures(400, 409, 413, 415, 422), **refused},
        openapi_extra={**about_one, "requestBody": BODY},
        **shared,
    )
    add(
        f"{one}/link",
        unlink,
        methods=["DELETE"],
        operation_id="unlinkPatient",
        summary="Send nothing more of a patient there",
        responses={200: {"model": Linked}, **refused},
        openapi_extra=about_one,
        **shared,
    )
    add(
        f"{one}/import",
        import_,
        methods=["POST"],
        operation_id="importPatient",
        summary="A draft of a session record, from what is known there",
        responses={200: {"model": DraftRecord}, **failures(400, 409), **refused},
        openapi_extra=about_one,
        **shared,
    )


async def list_patients(
    request: Request,
    state: Annotated[PatientState, Query(description="held: waiting for a person")] = "held",
    after: Annotated[str, Query(description="go on after this patient", pattern=r"^[A-Za-z0-9.-]{0,64}$")] = "",
    count: Annotated[int, Query(description="how many at once", ge=1, le=MOST)] = 10,
) -> Response:
    """Our demographics beside those of the records there that may be meant. What is there is asked for now, and not
    kept. Role `clinic`."""
    name = request.path_params["name"]
    return answer(await run_in_threadpool(_desk(request).listed, name, state, after, count))


async def link(request: Request) -> Response:
    """The record must be there. What was held for this patient is sent. A patient that is linked to another record is
    un-linked first; what was sent to that one is then sent again, to refer to this one. Role `clinic`."""
    body = read_json(await read_body(request, JSON))
    their_id = body.get("their_id") if isinstance(body, dict) and set(body) == {"their_id"} else None
    if not isinstance(their_id, str):
        raise Rejected('the body is {"their_id": …} and nothing else', "their_id", code="structure")
    name, id_ = request.path_params["name"], request.path_params["id"]
    return answer(await run_in_threadpool(_desk(request).link, name, id_, their_id, caller_of(request).name))


async def unlink(request: Request) -> Response:
    """Deliveries of this patient to this destination are held until somebody links again; what is there stays. Role
    `clinic`."""
    name, id_ = request.path_params["name"], request.path_params["id"]
    return answer(await run_in_threadpool(_desk(request).unlink, name, id_, caller_of(request).name))


async def import_(
    request: Request,
    referral: Annotated[str | None, Query(description="id of the ServiceRequest to use", pattern=ID)] = None,
) -> Response:
    """Demographics, active coded conditions and the referral of a linked patient, read there now. Nothing is stored;
    nothing is guessed: `unused` says what was left out and why. Role `clinic`."""
    name, id_ = request.path_params["name"], request.path_params["id"]
    return answer(await run_in_threadpool(_desk(request).imported, name, id_, referral))


def _desk(request: Request) -> PatientDesk:
    found = service_of(request).patients
    if found is None:
        raise NotFound("no such destination")
    return found
