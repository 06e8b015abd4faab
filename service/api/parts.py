"""What the routes work with: the parts of the service, and who is calling."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from starlette.requests import Request

from mappings.resource import ResourceMapping
from service.errors import NotFound
from service.pipeline import Pipeline
from service.settings import Settings
from service.store import Store

PatientState = Literal["held", "linked", "unlinked"]


class PatientDesk(Protocol):
    """Who of our patients is who at a destination. Values come back ready to be answered. Raises ServiceErrors."""

    def listed(self, destination: str, state: PatientState, after: str, count: int) -> Any: ...
    def link(self, destination: str, patient: str, their_id: str, caller: str) -> Any: ...
    def unlink(self, destination: str, patient: str, caller: str) -> Any: ...
    def imported(self, destination: str, patient: str, referral: str | None) -> Any: ...


@dataclass(frozen=True, slots=True)
class Service:
    """Everything the API stands on. ``summarise`` turns a session number into a complete HTML page, or raises
    NotFound; ``key_set`` is the JWK Set of our public keys."""

    pipeline: Pipeline
    store: Store
    settings: Settings
    summarise: Callable[[str], str]
    key_set: Callable[[], dict[str, Any]] = lambda: {"keys": []}
    patients: PatientDesk | None = None


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is asking: the name and the role of an API key."""

    name: str
    role: str


def service_of(request: Request) -> Service:
    found: Service = request.app.state.service
    return found


def caller_of(request: Request) -> Caller:
    found: Caller = request.scope["caller"]
    return found


def mapping_of(request: Request) -> ResourceMapping:
    """The mapping of the FHIR type in the address. Raises NotFound for a type that is not served."""
    found: ResourceMapping | None = request.app.state.types.get(request.path_params["type"])
    if found is None:
        raise NotFound("this resource type is not served here")
    return found
