"""What the routes work with: the parts of the service, and who is calling."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
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


class StatusPages(Protocol):
    """What staff look at, as complete HTML pages; see service/status. What is not there raises NotFound."""

    def overview(self, done: str | None) -> str: ...
    def destination(self, name: str, show: str | None, after: str, done: str | None) -> str: ...
    def session(self, name: str, number: str, done: str | None) -> str: ...
    def refusal(self, name: str, text: str) -> str: ...


class Destinations(Protocol):
    """What can be asked about destinations; see service/sync/desk.py. Names that are not there raise NotFound."""

    def list(self) -> Sequence[Mapping[str, Any]]: ...
    def test(self, name: str) -> Mapping[str, Any]: ...
    def pause(self, name: str, by: str) -> Mapping[str, Any]: ...
    def resume(self, name: str) -> Mapping[str, Any]: ...
    def plan(self, name: str, number: str) -> Mapping[str, Any]: ...


class NoDestinations:
    """Sessions go nowhere."""

    def list(self) -> Sequence[Mapping[str, Any]]:
        return ()

    def test(self, name: str) -> Mapping[str, Any]:  # noqa: ARG002 (there is none, whatever its name)
        raise NotFound("no such destination")

    resume = test

    def pause(self, name: str, by: str) -> Mapping[str, Any]:  # noqa: ARG002
        return self.test(name)

    plan = pause


class Deliveries(Protocol):
    """What can be asked and decided about deliveries; see service/sync/decisions.py. Raise NotFound likewise."""

    def list(self, name: str, states: Sequence[str], limit: int) -> Sequence[Mapping[str, Any]]: ...
    def show(self, name: str, number: str) -> Mapping[str, Any]: ...
    def replay(self, name: str, number: str, mapped: Any, who: str, reason: str) -> Mapping[str, Any]: ...
    def purge(self, name: str, number: str, who: str, reason: str) -> Mapping[str, Any]: ...
    def keep_theirs(self, name: str, number: str, resource: str | None, who: str, reason: str) -> Mapping[str, Any]: ...
    def send_ours(self, name: str, number: str, resource: str | None, who: str, reason: str) -> Mapping[str, Any]: ...
    def statement(self, name: str, who: str) -> Mapping[str, Any]: ...
    def statements(self, name: str, limit: int) -> Sequence[Mapping[str, Any]]: ...
    def kept_statement(self, name: str, id_: int) -> Mapping[str, Any]: ...
    def fidelity(self, name: str, number: str) -> Mapping[str, Any]: ...


class NoDeliveries:
    """Sessions go nowhere."""

    def list(self, *_: Any) -> Any:
        raise NotFound("no such destination")

    show = replay = purge = keep_theirs = send_ours = statement = statements = kept_statement = fidelity = list


@dataclass(frozen=True, slots=True)
class Service:
    """Everything the API stands on. ``summarise`` turns a session number into a complete HTML page, or raises
    NotFound; ``key_set`` is the JWK Set of our public keys."""

    pipeline: Pipeline
    store: Store
    settings: Settings
    summarise: Callable[[str], str]
    destinations: Destinations = field(default_factory=NoDestinations)
    deliveries: Deliveries = field(default_factory=NoDeliveries)
    key_set: Callable[[], dict[str, Any]] = lambda: {"keys": []}
    patients: PatientDesk | None = None
    status: StatusPages | None = None


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
