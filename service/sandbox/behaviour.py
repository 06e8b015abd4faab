"""What the sandbox declares, and how it misbehaves when told to."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from mappings import RESOURCES
from service.sandbox.records import Fault

Mode = Literal["none", "down", "slow", "commit-then-cut", "error-429", "error-500"]

INTERACTIONS = ("read", "vread", "create", "update", "history-instance", "search-type")


class Misbehaviour(BaseModel):
    """For the next ``times`` FHIR requests (0: until told otherwise)."""

    model_config = ConfigDict(extra="forbid")

    mode: Mode
    times: int = Field(0, ge=0, le=100_000)
    retry_after: int | None = Field(None, ge=0, le=100_000)
    seconds: float = Field(2, ge=0, le=60)


class Declared(BaseModel):
    """What the CapabilityStatement says the server does; it does no more than that."""

    model_config = ConfigDict(extra="forbid")

    transaction: bool = True
    update_create: bool = True
    conditional_create: bool = True
    conditional_update: bool = True
    types: tuple[str, ...] = tuple(mapping.type for mapping in RESOURCES)

    def require(self, kind: str) -> str:
        """The type itself. Raises Fault 404 for one that this server does not have."""
        if kind not in self.types:
            raise Fault(404, "not-supported", "this server does not have this type")
        return kind


@dataclass(slots=True)
class Behaviour:
    """Changed through the control API; read by every request."""

    declared: Declared = field(default_factory=Declared)
    told: Misbehaviour = field(default_factory=lambda: Misbehaviour(mode="none"))
    left: int = 0
    requests: int = 0

    def tell(self, told: Misbehaviour) -> None:
        self.told, self.left = told, told.times

    async def next(self, method: str) -> Mode:
        """The mode for this request; counts down. Only a write can be applied and then cut off."""
        self.requests += 1
        mode = self.told.mode
        if mode == "commit-then-cut" and method == "GET":
            return "none"
        if mode != "none" and self.told.times:
            if self.left == 0:
                return "none"
            self.left -= 1
        if mode == "slow":
            await asyncio.sleep(self.told.seconds)
        return mode


def capability_statement(declared: Declared) -> dict[str, Any]:
    system = [{"code": "transaction"}, {"code": "batch"}] if declared.transaction else []
    rest: dict[str, Any] = {"mode": "server", "resource": [_resource(declared, kind) for kind in declared.types]}
    if system:
        rest["interaction"] = system
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


def _resource(declared: Declared, kind: str) -> dict[str, Any]:
    return {
        "type": kind,
        "interaction": [{"code": code} for code in INTERACTIONS],
        "versioning": "versioned-update",
        "updateCreate": declared.update_create,
        "conditionalCreate": declared.conditional_create,
        "conditionalUpdate": declared.conditional_update,
        "searchParam": [
            {"name": "identifier", "type": "token"},
            {"name": "_id", "type": "token"},
            {"name": "patient", "type": "reference"},
        ],
    }
