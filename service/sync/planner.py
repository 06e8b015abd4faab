"""From a CapabilityStatement to how a session is written there. Pure.

Identity, in this order: PUT with our own id where the server takes it (update-as-create); else a conditional update on
our identifier; else a search by it, then create or update. What a type allows none of is left out, and the delivery
says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from service.fhirjson import read_json

How = Literal["own-id", "conditional", "search"]


@dataclass(frozen=True, slots=True)
class Profile:
    """What a server declares: how each type can be written, and whether it takes transactions."""

    transaction: bool
    types: Mapping[str, How]


@dataclass(frozen=True, slots=True)
class Item:
    """One resource of a session: its bytes without our stamp, and their hash."""

    resource_type: str
    id: str
    content: bytes
    content_hash: str

    @property
    def name(self) -> str:
        return f"{self.resource_type}/{self.id}"

    @property
    def identifiers(self) -> list[tuple[str, str]]:
        """As (system, value)."""
        found = read_json(self.content).get("identifier")
        every = found if isinstance(found, list) else [found]  # some types have one, most a list
        pairs = [(one.get("system"), one.get("value")) for one in every if isinstance(one, dict)]
        return [(system, value) for system, value in pairs if system and value]

    @property
    def own_identifier(self) -> tuple[str, str] | None:
        """The one whose value is our logical id."""
        return next((pair for pair in self.identifiers if pair[1] == self.id), None)


@dataclass(frozen=True, slots=True)
class Plan:
    """What is sent and how, in this order; and what this destination cannot hold."""

    transaction: bool
    items: tuple[tuple[Item, How], ...]
    left_out: tuple[Item, ...]

    @property
    def types_left_out(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(item.resource_type for item in self.left_out))


def profile_of(statement: Any) -> Profile:
    """Read a CapabilityStatement; what it does not declare, the server does not do."""
    servers = [rest for rest in _objects(statement, "rest") if rest.get("mode", "server") == "server"]
    rest = servers[0] if servers else {}
    types = {str(r.get("type")): how for r in _objects(rest, "resource") if (how := _how(r)) is not None}
    return Profile("transaction" in _codes(rest), types)


def plan_for(profile: Profile, items: Sequence[Item]) -> Plan:
    """Items stay in their order: referenced before referring. Without an identifier only our own id can find them."""
    chosen: list[tuple[Item, How]] = []
    left_out: list[Item] = []
    for item in items:
        how = profile.types.get(item.resource_type)
        if how is None or (how != "own-id" and item.own_identifier is None):
            left_out.append(item)
        else:
            chosen.append((item, how))
    return Plan(profile.transaction, tuple(chosen), tuple(left_out))


def _how(resource: dict[str, Any]) -> How | None:
    codes = _codes(resource)
    if "update" not in codes:
        return None
    if resource.get("updateCreate") is True:
        return "own-id"
    if resource.get("conditionalUpdate") is True:
        return "conditional"
    by_identifier = any(param.get("name") == "identifier" for param in _objects(resource, "searchParam"))
    return "search" if {"create", "search-type"} <= codes and by_identifier else None


def _codes(value: dict[str, Any]) -> set[Any]:
    return {interaction.get("code") for interaction in _objects(value, "interaction")}


def _objects(value: Any, name: str) -> list[dict[str, Any]]:
    found = value.get(name) if isinstance(value, dict) else None
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []
