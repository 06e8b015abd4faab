"""What a destination can do: its CapabilityStatement, corrected by what the destinations file knows better. Pure.

What a server does not declare, it does not do. https://hl7.org/fhir/R4/capabilitystatement.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from service.sync.overrides import Overrides, TypeOverrides

# How a resource gets its identity there: under our own id; found or made by the server, by our identifier; found by us
# before it is made, by our identifier or in the list of its patient; made, and known by the answer alone.
How = Literal["own-id", "conditional-create", "conditional", "search", "search-patient", "create"]
Way = Literal["transaction", "batch", "single"]

PARTIAL = ("Procedure", "Observation", "DocumentReference")
DOCUMENT = ("DocumentReference",)
AT_MOST: dict[str | None, tuple[tuple[str, ...], str]] = {
    "partial": (PARTIAL, "by the destinations file it is sent observations, procedures and documents only"),
    "document": (DOCUMENT, "by the destinations file it is sent documents only"),
}
NOT_DECLARED = "the destination does not declare this type"


@dataclass(frozen=True, slots=True)
class Ability:
    """What one type allows."""

    create: bool = False
    update: bool = False
    update_create: bool = False
    conditional_create: bool = False
    conditional_update: bool = False
    search_by_identifier: bool = False
    search_by_patient: bool = False

    @property
    def how(self) -> How | None:
        """The safest identity that it allows; None where a resource could not be made, or not be corrected later."""
        ways: dict[How, bool] = {
            "own-id": self.update_create,
            "conditional-create": self.create and self.conditional_create,
            "conditional": self.conditional_update,
            "search": self.create and self.search_by_identifier,
            "search-patient": self.create and self.search_by_patient,
            "create": self.create,
        }
        return next((how for how, allowed in ways.items() if allowed and self.update), None)

    @property
    def refusal(self) -> str:
        """Why there is no ``how``."""
        if self.create:
            return "the destination takes new ones but no corrections of this type"
        return "the destination does not take this type" if not self.update else "the destination takes no new ones"


@dataclass(frozen=True, slots=True)
class Profile:
    """``types`` has what can be written and how; ``refused`` the other declared types and why not."""

    way: Way
    types: Mapping[str, How]
    refused: Mapping[str, str] = field(default_factory=dict)
    undeclared: str = NOT_DECLARED
    max_entries: int | None = None
    max_conditional_entries: int | None = None
    search_lag_seconds: float = 60
    fhir_version: str = ""
    software: str = ""

    @property
    def transaction(self) -> bool:
        return self.way == "transaction"

    def why_not(self, resource_type: str) -> str:
        return self.refused.get(resource_type, self.undeclared)


def profile_of(statement: Any, overrides: Overrides | None = None) -> Profile:
    """Read a CapabilityStatement, whatever it may be."""
    known = overrides or Overrides()
    version = str(statement.get("fhirVersion", "")) if isinstance(statement, dict) else ""
    if version and not version.startswith("4."):
        return Profile("single", {}, undeclared="the destination does not speak FHIR R4", fhir_version=version[:20])
    servers = [rest for rest in objects(statement, "rest") if rest.get("mode", "server") == "server"]
    rest = servers[0] if servers else {}
    abilities = _abilities(rest, known)
    types = {kind: how for kind, ability in abilities.items() if (how := ability.how) is not None}
    refused = {kind: ability.refusal for kind, ability in abilities.items() if ability.how is None}
    found = Profile(
        _way(rest, known),
        types,
        refused,
        max_entries=known.max_transaction_entries,
        max_conditional_entries=known.max_conditional_entries,
        search_lag_seconds=known.search_lag_seconds,
        fhir_version=version[:20],
        software=_software(statement),
    )
    return _at_most(found, known)


def _way(rest: dict[str, Any], known: Overrides) -> Way:
    if known.rung in ("transaction", "batch", "single"):
        return known.rung
    codes = _codes(rest)
    return "transaction" if "transaction" in codes else "batch" if "batch" in codes else "single"


def _abilities(rest: dict[str, Any], known: Overrides) -> dict[str, Ability]:
    declared = {str(resource.get("type")): _ability(resource) for resource in objects(rest, "resource")}
    found = {kind: _corrected(ability, known) for kind, ability in declared.items()}
    for kind, more in known.type.items():
        found[kind] = _corrected(found.get(kind, Ability()), more)
    return found


def _ability(resource: dict[str, Any]) -> Ability:
    codes = _codes(resource)
    params = {param.get("name") for param in objects(resource, "searchParam")}
    searched = params if "search-type" in codes else set()
    # A type may have no such parameter: R4 finds an AdverseEvent by no identifier, and a condition on it is refused.
    by_identifier = "identifier" in params or not params
    return Ability(
        "create" in codes,
        "update" in codes,
        resource.get("updateCreate") is True,
        by_identifier and resource.get("conditionalCreate") is True,
        by_identifier and resource.get("conditionalUpdate") is True,
        "identifier" in searched,
        not searched.isdisjoint({"patient", "subject"}),
    )


def _corrected(ability: Ability, more: TypeOverrides) -> Ability:
    told = {name: getattr(more, name) for name in TypeOverrides.model_fields if getattr(more, name) is not None}
    return replace(ability, **told)


def _at_most(profile: Profile, known: Overrides) -> Profile:
    """No more than the destinations file allows."""
    wanted, reason = AT_MOST.get(known.rung, (None, ""))
    for types, why in ((known.types, "left out by the destinations file"), (wanted, reason)):
        if types is not None:
            shut = {kind: why for kind in profile.types if kind not in types}
            kept = {kind: how for kind, how in profile.types.items() if kind in types}
            profile = replace(profile, types=kept, refused={**profile.refused, **shut})
    return profile


def _software(statement: Any) -> str:
    """Name and version, for people: what is printable of it."""
    found = statement.get("software") if isinstance(statement, dict) else None
    told = [str(found.get(name) or "") for name in ("name", "version")] if isinstance(found, dict) else []
    return " ".join("".join(c for c in text if c.isprintable())[:60] for text in told if text)


def _codes(value: dict[str, Any]) -> set[Any]:
    return {interaction.get("code") for interaction in objects(value, "interaction")}


def objects(value: Any, name: str) -> list[dict[str, Any]]:
    found = value.get(name) if isinstance(value, dict) else None
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []
