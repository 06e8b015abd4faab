"""What the JSON answers look like, for the OpenAPI document. A test holds the real answers to these."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

NUMBER_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
State = Literal["received", "published", "parked"]


class Answer(BaseModel):
    model_config = ConfigDict(extra="forbid")


class IssueAnswer(Answer):
    """One fault or remark, in FHIR's words. `expression` names places such as `events[3].rate.unit`."""

    severity: Literal["fatal", "error", "warning", "information"]
    code: str = Field(description="FHIR IssueType")
    text: str
    expression: list[str]


class Receipt(Answer):
    """What became of a session that was sent."""

    number: str
    revision: int = Field(description="1 for the first document of this number, and so on", ge=1)
    state: State = Field(description="`published`, or `parked` with the issues that stand in the way")
    issues: list[IssueAnswer]
    changed: bool = Field(description="false when this very content was there already")


class ExplainedElement(Answer):
    """Where one element of one resource comes from; empty where no field of the record, or no row, says it."""

    resource: str
    element: str
    source: str
    rule: str
    row: str


class DryRun(Answer):
    """What would become of a session."""

    number: str
    state: Literal["published", "parked"]
    issues: list[IssueAnswer]
    bundle: dict[str, Any] = Field(description="FHIR Bundle of type collection")
    explained: list[ExplainedElement] = Field(default=[], description="with `explain=true` only")


class DeliveryAnswer(Answer):
    """Where one revision stands with one destination."""

    destination: str
    revision: int
    state: str = Field(
        description="pending, in-flight, unknown, retrying, delivered, conflict, held, dead, purged or superseded"
    )
    attempts: int
    code: str | None = Field(description="FHIR IssueType of what stands in the way")
    detail: str | None
    next_attempt_at: datetime | None
    updated_at: datetime


class PublishedResource(Answer):
    reference: str = Field(description="below /fhir, such as `Encounter/…`")
    version: int


class SessionDetail(Answer):
    """The latest revision of a session: the record as received, and how it stands."""

    number: str
    revision: int
    state: State
    received_at: datetime
    sender: str = Field(description="the name of the API key it came with")
    issues: list[IssueAnswer]
    deliveries: list[DeliveryAnswer]
    resources: list[PublishedResource]
    record: dict[str, Any]


class SessionSummary(Answer):
    number: str
    revision: int
    state: State
    received_at: datetime


class SessionList(Answer):
    sessions: list[SessionSummary]
    next: str | None = Field(description="address of the following page, null at the end")


class ProfileAnswer(Answer):
    """What follows from what a destination declares, and from what the destinations file knows better."""

    fhir_version: str
    software: str
    reach: Literal["full", "partial", "document", "nothing"] = Field(description="how much of a session it can hold")
    way: Literal["transaction", "batch", "single"] = Field(description="how resources are written there")
    max_transaction_entries: int | None
    max_conditional_entries: int | None
    search_lag_seconds: float
    types: dict[str, str] = Field(description="what is written, and how it gets its identity there")
    left_out: dict[str, str] = Field(description="what is not written, and why")


class DestinationAnswer(Answer):
    """An EHR that sessions go to."""

    name: str
    base_url: str
    auth: str
    patient_match: Literal["identifier", "certain"]
    create_patients: bool
    requests_per_second: float | None
    paused: bool
    paused_at: datetime | None
    paused_by: str | None
    asked_at: datetime | None = Field(description="when it last said what it can do")
    profile: ProfileAnswer | None


class DestinationList(Answer):
    destinations: list[DestinationAnswer]


class Probe(Answer):
    """What came of asking a destination what it can do."""

    destination: str
    reached: bool
    problem: str | None
    profile: ProfileAnswer | None


class PlanStep(Answer):
    resource: str = Field(description="ours, such as `Encounter/…`")
    how: str = Field(description="how it gets its identity there")
    request: str
    unless: str | None = Field(description="If-None-Exist: nothing is written where this is met")


class LeftOut(Answer):
    resource: str
    reason: str


class DeliveryPlan(Answer):
    """What the next delivery of a session to a destination sends."""

    destination: str
    session: str
    reach: Literal["full", "partial", "document", "nothing"]
    way: Literal["transaction", "batch", "single"]
    note: str | None
    first: list[str] = Field(description="what is looked for before anything is written")
    there_already: int = Field(description="how many resources are there as they are now")
    pieces: list[list[PlanStep]] = Field(description="one request each, in this order")
    left_out: list[LeftOut]


class JsonWebKeySet(Answer):
    keys: list[dict[str, Any]] = Field(description="public keys (RFC 7517), each with `kid`, `alg` and `use`")


class Health(Answer):
    status: Literal["ok"]


NUMBER: dict[str, Any] = {
    "name": "number",
    "in": "path",
    "required": True,
    "description": "the clinic's session number",
    "schema": {"type": "string", "pattern": NUMBER_PATTERN},
}
SESSION_BODY: dict[str, Any] = {
    "required": True,
    "description": "One session record. Numbers keep their digits: `0.50` stays `0.50`.",
    "content": {
        "application/json": {
            "schema": {"$ref": "#/components/schemas/InfusionSession"},
            "example": {
                "number": "SYN-S-0010",
                "status": "completed",
                "patient": {
                    "mrn": "SYN-0010",
                    "family": "Synthetic-Juniper",
                    "birth_date": "1994-10-31",
                    "sex": "unknown",
                },
                "start": "2026-03-17T16:00:00-05:00",
            },
        }
    },
}
OUTCOME_SCHEMA: dict[str, Any] = {
    "type": "object",
    "description": "FHIR OperationOutcome: one issue per fault, none of which quotes a value of the request.",
    "required": ["resourceType", "issue"],
    "properties": {
        "resourceType": {"const": "OperationOutcome"},
        "issue": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["severity", "code"],
                "properties": {
                    "severity": {"enum": ["fatal", "error", "warning", "information"]},
                    "code": {"type": "string", "description": "FHIR IssueType"},
                    "diagnostics": {"type": "string"},
                    "expression": {"type": "array", "items": {"type": "string"}},
                },
            },
        },
    },
}

REASONS = {
    304: "Not changed since the version named",
    400: "The request is wrong: one issue per fault",
    401: "No valid API key",
    403: "Not for this role",
    404: "Nothing there",
    406: "Only FHIR R4 JSON is served",
    409: "Not as things stand",
    410: "No longer there",
    413: "The body is too large",
    415: "Not this media type",
    422: "Well formed, and still not possible",
    503: "Try again later: nothing was acknowledged",
}


def failures(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The refusals of a route, for its documentation."""
    content = {"application/fhir+json": {"schema": {"$ref": "#/components/schemas/OperationOutcome"}}}
    return {status: {"description": REASONS[status], "content": content} for status in statuses}
