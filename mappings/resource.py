"""What a FHIR type needs to be served, searched and delivered: one ResourceMapping, declared beside its mapping."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from mappings.context import SessionContext

# A FHIR resource as plain JSON values; numbers with a fraction are Decimals.
Resource = dict[str, Any]


@dataclass(frozen=True, slots=True)
class SearchParam:
    """A search parameter: FHIR's name and type, and the element paths it looks at.

    ``effective`` as a path means ``effective[x]``; a path into a list looks at every element of it.
    ``same_as`` names another parameter of the type that always finds the same.
    """

    name: str
    type: Literal["token", "reference", "date", "string", "quantity"]
    paths: tuple[str, ...]
    target: tuple[str, ...] = ()
    definition: str = ""
    same_as: str = ""


@dataclass(frozen=True, slots=True)
class ResourceMapping:
    """One FHIR type: how a session yields it, how it is searched, which profiles its instances claim.

    ``shared`` resources do not belong to one session: Patient, Practitioner, Organization … keep their id over many.
    ``retracted`` lists the elements that turn an instance into entered-in-error; empty where FHIR has no such word.
    """

    type: str
    map: Callable[[SessionContext], Iterable[Resource]]
    search: tuple[SearchParam, ...] = ()
    profiles: tuple[str, ...] = ()
    shared: bool = False
    retracted: tuple[tuple[str, Any], ...] = ()
    dropped_when_retracted: tuple[str, ...] = ()


def written_in(language: str, resource: Resource) -> Resource:
    """With ``language`` behind ``meta``, where FHIR has it."""
    head = {name: resource[name] for name in ("resourceType", "id", "meta")}
    return {**head, "language": language, **resource}
