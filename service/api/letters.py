"""What the JSON answers about deliveries look like, for the OpenAPI document."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from service.api.schemas import Answer

ResourceState = Literal["pending", "in-flight", "unknown", "delivered", "kept", "conflict", "held", "dead"]


class DeliveryState(Answer):
    """Where the latest revision of a session stands with a destination."""

    destination: str
    number: str
    revision: int
    round: int = Field(description="1, and one more for each time it was sent again")
    state: str = Field(
        description="pending, in-flight, unknown (sent, to be looked up), retrying, delivered, conflict (changed "
        "there), held (a person must decide), dead (given up), purged or superseded"
    )
    attempts: int
    code: str | None = Field(description="FHIR IssueType of what stands in the way")
    detail: str | None
    since: datetime | None = Field(description="the first attempt of this round")
    next_attempt_at: datetime | None
    updated_at: datetime
    mapped: Literal["then", "now"] | None = Field(description="of a replay: as mapped then, or as mapped now")


class DeliveryList(Answer):
    deliveries: list[DeliveryState]


class AttemptAnswer(Answer):
    revision: int
    round: int
    nth: int
    began_at: datetime
    ended_at: datetime | None = Field(description="null while it runs, and for ever when its process died")
    state: str | None
    code: str | None
    detail: str | None
    sent: int = Field(description="resources written")


class Decision(Answer):
    at: datetime
    who: str
    act: str
    revision: int
    reason: str


class ResourceThere(Answer):
    resource: str = Field(description="`Type/id`, ours")
    state: ResourceState
    their_id: str | None
    their_version: str | None
    code: str | None


class DifferenceAnswer(Answer):
    path: str
    kind: Literal["changed", "dropped", "added"]
    ours: Any = None
    theirs: Any = None


class ConflictAnswer(Answer):
    """Both sides of what was changed there."""

    resource: str
    their_id: str | None
    their_version: str | None
    code: str | None
    ours: dict[str, Any]
    theirs: dict[str, Any]
    differences: list[DifferenceAnswer]


class DeliveryDetail(DeliveryState):
    history: list[AttemptAnswer]
    decisions: list[Decision]
    resources: list[ResourceThere]
    conflicts: list[ConflictAnswer]


class FidelityResource(Answer):
    resource: str
    there: bool
    kept: int = Field(description="elements that are there as they were sent")
    differences: list[DifferenceAnswer]


class Fidelity(Answer):
    """What a destination made of a session, by reading it back."""

    destination: str
    number: str
    revision: int
    read_at: datetime
    kept: int
    changed: int
    dropped: int
    added: int
    missing: int = Field(description="resources that are not there")
    resources: list[FidelityResource]


class StatementLine(Answer):
    number: str
    revision: int
    state: Literal[
        "delivered", "pending", "held", "conflict", "dead", "purged", "missing", "duplicated", "not-sent", "unpublished"
    ]
    retracted: bool = Field(description="the session was entered in error, and is corrected there when delivered")
    detail: str | None
    missing: list[str]
    duplicated: list[str]


class Statement(Answer):
    """Accounts for every session; ``unpublished`` is one whose latest revision is parked."""

    destination: str
    at: datetime
    counts: dict[str, int]
    retracted: int = Field(description="how many of them were entered in error")
    sessions: list[StatementLine]


class StatementHead(Answer):
    """What was found when a destination was reconciled, and when."""

    id: int
    destination: str
    started_at: datetime
    ended_at: datetime | None
    outcome: Literal["running", "complete", "unreachable", "abandoned"]
    detail: str | None = Field(description="why it came to nothing")
    by: str = Field(description="who asked for it; empty where it was made by itself")
    counts: dict[str, int] = Field(description="sessions by state")
    retracted: int = Field(description="how many of them were entered in error")


class StatementList(Answer):
    statements: list[StatementHead]


class KeptStatement(StatementHead):
    sessions: list[StatementLine] = Field(description="those that are not plainly delivered, or were entered in error")
