"""From a CapabilityStatement to how a session is written there. Pure.

Identity, in this order: PUT with our own id where the server takes it (update-as-create); else a conditional update on
our identifier; a type that allows neither is left out, and the delivery says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

How = Literal["own-id", "conditional"]


@dataclass(frozen=True, slots=True)
class Profile:
    """What a server declares: how each type can be written, and whether it takes transactions."""

    transaction: bool
    types: Mapping[str, How]


@dataclass(frozen=True, slots=True)
class Item:
    """One resource of a session as it lies in the store."""

    resource_type: str
    id: str
    content: bytes
    content_hash: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What is sent, how, and which types are left out."""

    transaction: bool
    items: tuple[tuple[Item, How], ...]
    left_out: tuple[str, ...]


def profile_of(statement: Any) -> Profile:
    """Read a CapabilityStatement; what it does not declare, the server does not do."""
    rest = _first(statement, "rest")
    interactions = {i.get("code") for i in _objects(rest, "interaction")}
    types = {str(r.get("type")): how for r in _objects(rest, "resource") if (how := _how(r)) is not None}
    return Profile("transaction" in interactions, types)


def _how(resource: dict[str, Any]) -> How | None:
    codes = {i.get("code") for i in _objects(resource, "interaction")}
    if "update" not in codes:
        return None
    if resource.get("updateCreate") is True:
        return "own-id"
    return "conditional" if resource.get("conditionalUpdate") is True else None


def plan_for(profile: Profile, items: Sequence[Item]) -> Plan:
    """Items stay in their order: referenced before referring. Provenance has no identifier to be conditional on."""
    chosen: list[tuple[Item, How]] = []
    left_out: list[str] = []
    for item in items:
        how = profile.types.get(item.resource_type)
        if how is None or (how == "conditional" and item.resource_type == "Provenance"):
            left_out.append(item.resource_type)
        else:
            chosen.append((item, how))
    return Plan(profile.transaction, tuple(chosen), tuple(dict.fromkeys(left_out)))


def _first(value: Any, name: str) -> dict[str, Any]:
    found = _objects(value, name)
    return found[0] if found else {}


def _objects(value: Any, name: str) -> list[dict[str, Any]]:
    found = value.get(name) if isinstance(value, dict) else None
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []
