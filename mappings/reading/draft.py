"""What an EHR knows of a patient → the beginning of a session record, so that staff type nothing twice.

Nothing is guessed: what does not fit the record, or is not sure, is named with its reason instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from mappings.quantities import Record
from mappings.resource import Resource

# What only the clinic can say
TO_BE_FILLED_IN = ("number", "status", "start")
OURS = "ours"


@dataclass(frozen=True, slots=True)
class Source:
    """Where a field of the draft comes from: ``Patient/12`` there, or ``ours``; and whether ours says otherwise."""

    field: str
    source: str
    differs_from_ours: bool = False


@dataclass(frozen=True, slots=True)
class Unused:
    """What could not be used, and why. ``source`` is a resource there; no value of a patient is in ``reason``."""

    source: str
    reason: str


@dataclass(frozen=True, slots=True)
class Draft:
    """``record`` is a session once ``missing`` is filled in."""

    record: dict[str, Any]
    sources: tuple[Source, ...]
    unused: tuple[Unused, ...]
    missing: tuple[str, ...] = TO_BE_FILLED_IN


@dataclass(frozen=True, slots=True)
class Found:
    """What was read there. ``referrers`` is by the literal reference in ``requester``; ``remarks`` are the reader's."""

    patient: Resource
    conditions: Sequence[Resource] = ()
    requests: Sequence[Resource] = ()
    referrers: dict[str, Resource] = field(default_factory=dict)
    remarks: Sequence[Unused] = ()


@dataclass(slots=True)
class Notes:
    """The sources and remarks of a draft in the making."""

    sources: list[Source] = field(default_factory=list)
    unused: list[Unused] = field(default_factory=list)

    def used(self, name: str, source: str, differs: bool = False) -> None:
        self.sources.append(Source(name, source, differs))

    def left(self, resource: Resource, reason: str) -> None:
        self.unused.append(Unused(name_of(resource), reason))


def fits(model: type[Record], value: dict[str, Any]) -> bool:
    """Whether a part of the record takes this."""
    try:
        model.model_validate(value)
    except ValidationError:
        return False
    return True


def name_of(resource: Resource) -> str:
    return f"{resource.get('resourceType')}/{resource.get('id')}"


def objects(value: Any) -> list[dict[str, Any]]:
    """The objects of a list, whatever a server put there."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def text(value: Any) -> str | None:
    return value.strip() or None if isinstance(value, str) else None


def codes(concept: Any) -> list[dict[str, Any]]:
    return objects(concept.get("coding")) if isinstance(concept, dict) else []


def code(concept: Any, system: str) -> str | None:
    """The code of one system in a CodeableConcept."""
    return next((text(one.get("code")) for one in codes(concept) if one.get("system") == system), None)


def is_about(resource: Resource, patient: Resource) -> bool:
    subject = resource.get("subject")
    reference = subject.get("reference") if isinstance(subject, dict) else None
    wanted = f"Patient/{patient.get('id')}"
    return isinstance(reference, str) and (reference == wanted or reference.endswith(f"/{wanted}"))
