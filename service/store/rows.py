"""What goes into the store and comes out of it: plain frozen records, no database words."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from service.errors import Issue

# How a delivery stands: on its way, stopped for a person, over without having arrived; or it is delivered
LIVE = ("pending", "in-flight", "unknown", "retrying")
STOPPED = ("held", "conflict", "dead")
OVER = ("superseded", "purged")


@dataclass(frozen=True, slots=True)
class Revision:
    """One document as a clinic sent it. ``state`` is received, published or parked."""

    pk: int
    number: str
    revision: int
    content: bytes
    content_hash: str
    received_at: datetime
    sender: str
    state: str
    issues: tuple[Issue, ...]


@dataclass(frozen=True, slots=True)
class Recorded:
    revision: Revision
    is_new: bool


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A session in a list: its latest revision."""

    number: str
    revision: int
    state: str
    received_at: datetime


class IndexEntry(NamedTuple):
    """One searchable value. ``kind`` is token (a = system or target type, b = code or id), date (a = low, b = high) or
    string (a = "", b = folded text)."""

    kind: str
    param: str
    a: str
    b: str


@dataclass(frozen=True, slots=True)
class Indexed:
    """A resource ready to be stored: its bytes before the stamp, and its index rows.

    ``as_of`` orders what several sessions say of a shared resource: the start of the session in UTC, or "" for a
    session in error, whose word yields to any other.
    """

    resource_type: str
    id: str
    content: bytes
    entries: tuple[IndexEntry, ...]
    shared: bool
    as_of: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where a session stands in its patient's course: its Patient's id, the course, its start in UTC.

    ``told`` is a hash of what it tells later sessions, empty for nothing; ``heard`` is what earlier ones told it, by
    number, when it was mapped. Equal places tell the same to the same sessions.
    """

    patient: str
    course: str
    start: str
    told: str
    heard: tuple[tuple[str, str], ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Told:
    """An earlier session of a course: what it tells, and its published document."""

    number: str
    told: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Published:
    """What a publication changed; ``superseded`` says that a newer revision was there first and nothing was written.

    ``outdates``: later sessions of its course are to be published again.
    """

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    retracted: int = 0
    superseded: bool = False
    outdates: bool = False


@dataclass(frozen=True, slots=True)
class Stored:
    """A stored version: the bytes to serve."""

    resource_type: str
    id: str
    version: int
    last_updated: str
    content: bytes
    pk: int = 0


@dataclass(frozen=True, slots=True)
class SearchPage:
    """One page: ``next_after`` is the key to go on from, None at the end; ``upto`` keeps later arrivals out."""

    rows: tuple[Stored, ...]
    total: int
    next_after: int | None
    upto: int


@dataclass(frozen=True, slots=True)
class Delivery:
    """Where one revision of a session stands with one destination."""

    destination: str
    number: str
    revision: int
    state: str
    attempts: int
    code: str | None
    detail: str | None
    next_attempt_at: datetime | None
    updated_at: datetime
    round: int
    since: datetime | None = None
    again: bool = False
    mapped: str | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """Where one of our resources stands with one destination: what they call it, and what of ours they took last.

    ``state`` is pending, in-flight, unknown, delivered, kept (theirs was, by a person's wish), conflict, held or dead.
    """

    destination: str
    resource_type: str
    id: str
    their_id: str | None
    their_version: str | None
    sent_hash: str | None
    state: str = "delivered"
    answered_hash: str | None = None
    intent_hash: str | None = None
    intent_at: datetime | None = None
    code: str | None = None
    theirs: bytes | None = None

    @property
    def name(self) -> str:
        return f"{self.resource_type}/{self.id}"


@dataclass(frozen=True, slots=True)
class Try:
    """One attempt at a delivery; ``ended_at`` is None while it runs, and for ever when its process died."""

    revision: int
    round: int
    nth: int
    began_at: datetime
    ended_at: datetime | None
    state: str | None
    code: str | None
    detail: str | None
    sent: int


@dataclass(frozen=True, slots=True)
class Act:
    """What a person decided about a delivery, and why."""

    at: datetime
    who: str
    act: str
    destination: str
    number: str
    revision: int
    reason: str


@dataclass(frozen=True, slots=True)
class Worker:
    """A process that delivers."""

    executor: str
    token: str
    process: str
    beat_at: datetime


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a destination: whether it is paused, and of when and where its CapabilityStatement is."""

    paused_at: datetime | None = None
    paused_by: str | None = None
    base_url: str | None = None
    fetched_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ApiKey:
    name: str
    role: str
    created_at: datetime
    revoked_at: datetime | None
