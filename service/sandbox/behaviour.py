"""What the sandbox declares, and how it misbehaves when told to."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from mappings import RESOURCES
from service.sandbox.conduct import Conduct
from service.sandbox.records import Fault, Resource

Mode = Literal["none", "down", "slow", "commit-then-cut", "error-429", "error-500", "truncated", "html", "empty"]

TYPES = tuple(dict.fromkeys([*(mapping.type for mapping in RESOURCES), "DocumentReference"]))
READING = ("read", "vread", "history-instance", "search-type")
WRITING = ("create", "update")


class Misbehaviour(BaseModel):
    """For the next ``times`` FHIR requests (0: until told otherwise).

    The last three answer with what nobody can read, after applying what was asked.
    """

    model_config = ConfigDict(extra="forbid")

    mode: Mode
    times: int = Field(0, ge=0, le=100_000)
    retry_after: int | None = Field(None, ge=0, le=100_000)
    seconds: float = Field(2, ge=0, le=60)


class Declared(BaseModel):
    """What the CapabilityStatement says the server does; it does no more than that, but for its conduct.

    ``batch`` is as ``transaction`` unless it is said. ``not_by_identifier`` are types that are searched otherwise only.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    transaction: bool = True
    batch: bool | None = None
    update_create: bool = True
    conditional_create: bool = True
    conditional_update: bool = True
    types: tuple[str, ...] = TYPES
    read_only: tuple[str, ...] = ()
    not_by_identifier: tuple[str, ...] = ()

    @property
    def bundles(self) -> tuple[str, ...]:
        found = {"transaction": self.transaction, "batch": self.transaction if self.batch is None else self.batch}
        return tuple(kind for kind, taken in found.items() if taken)

    def require(self, kind: str) -> str:
        """The type itself. Raises Fault 404 for one that this server does not have."""
        if kind not in self.types and kind not in self.read_only:
            raise Fault(404, "not-supported", "this server does not have this type")
        return kind

    def require_writing(self, kind: str) -> str:
        """Raises Fault 404, and 405 for what can be read only."""
        if self.require(kind) not in self.types:
            raise Fault(405, "not-supported", "this type can only be read here")
        return kind


@dataclass(slots=True)
class Behaviour:
    """Changed through the control API; read by every request."""

    declared: Declared = field(default_factory=Declared)
    conduct: Conduct = field(default_factory=Conduct)
    told: Misbehaviour = field(default_factory=lambda: Misbehaviour(mode="none"))
    left: int = 0
    requests: int = 0
    writes: int = 0
    _searches: dict[str, tuple[float, Resource]] = field(default_factory=dict)

    def tell(self, told: Misbehaviour) -> None:
        self.told, self.left = told, told.times

    async def next(self, method: str) -> Mode:
        """The mode for this request; counts down. Only a write can be applied and then cut off."""
        self.requests += 1
        self.writes += method != "GET"
        mode = self.told.mode
        if mode == "none":
            return self._by_conduct(method)
        if mode == "commit-then-cut" and method == "GET":
            return "none"
        if self.told.times:
            if self.left == 0:
                return "none"
            self.left -= 1
        if mode == "slow":
            await asyncio.sleep(self.told.seconds)
        return mode

    @property
    def retry_after(self) -> int | None:
        return self.conduct.throttle_retry_after if self.told.mode == "none" else self.told.retry_after

    def remembered(self, search: str) -> Resource | None:
        """What the same search answered a short while ago, on a server that remembers it."""
        then, answer = self._searches.get(search, (0.0, None))
        return answer if answer and time.monotonic() - then < self.conduct.search_cache_seconds else None

    def remember(self, search: str, answer: Resource) -> None:
        if self.conduct.search_cache_seconds:
            self._searches[search] = (time.monotonic(), answer)

    def _by_conduct(self, method: str) -> Mode:
        if self.conduct.throttle_every and self.requests % self.conduct.throttle_every == 0:
            return "error-429"
        cuts = self.conduct.cut_every and method != "GET" and self.writes % self.conduct.cut_every == 0
        return "commit-then-cut" if cuts else "none"


def capability_statement(declared: Declared) -> dict[str, Any]:
    rest: dict[str, Any] = {
        "mode": "server",
        "resource": [
            *(_resource(declared, kind, True) for kind in declared.types),
            *(_resource(declared, kind, False) for kind in declared.read_only),
        ],
    }
    if declared.bundles:
        rest["interaction"] = [{"code": code} for code in declared.bundles]
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": "2026-11-23",
        "kind": "instance",
        "software": {"name": "Sandbox EHR"},
        "fhirVersion": "4.0.1",
        "format": ["application/fhir+json"],
        "rest": [rest],
    }


def _resource(declared: Declared, kind: str, written: bool) -> dict[str, Any]:
    params = {"identifier": "token", "_id": "token", "patient": "reference"}
    found: dict[str, Any] = {
        "type": kind,
        "interaction": [{"code": code} for code in (*READING, *(WRITING if written else ()))],
        "versioning": "versioned-update",
        "searchParam": [
            {"name": name, "type": type_}
            for name, type_ in params.items()
            if name != "identifier" or kind not in declared.not_by_identifier
        ],
    }
    allowed = {
        "updateCreate": declared.update_create,
        "conditionalCreate": declared.conditional_create,
        "conditionalUpdate": declared.conditional_update,
    }
    return {**found, **allowed} if written else found
