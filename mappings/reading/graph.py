"""The resources of one session, to be asked by type and followed by reference."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from mappings.clinic import Clinic
from mappings.datatypes import Element
from mappings.resource import Resource

IN_ERROR = "entered-in-error"
REACTION = "reaction"


class NoSession(Exception):
    """No Procedure among the resources has a session number."""


@dataclass(frozen=True)
class Graph:
    """One session's resources; ``procedure`` is the session itself."""

    clinic: Clinic
    procedure: Resource
    resources: tuple[Resource, ...]

    @classmethod
    def of(cls, resources: Iterable[Resource], clinic: Clinic) -> Graph:
        """What was retracted is left out, unless the session itself was entered in error."""
        listed = tuple(resources)
        procedures = [r for r in listed if r["resourceType"] == "Procedure" and number_of(r, clinic)]
        if not procedures:
            raise NoSession("no Procedure among the resources has a session number")
        standing = [r for r in procedures if r["status"] != IN_ERROR]
        if standing:
            listed = tuple(r for r in listed if r.get("status") != IN_ERROR)
        return cls(clinic, (standing or procedures)[0], listed)

    @cached_property
    def number(self) -> str:
        return number_of(self.procedure, self.clinic)

    @cached_property
    def encounter(self) -> Resource:
        return self.get(self.procedure["encounter"])

    @cached_property
    def recorded(self) -> str | None:
        """When the clinic closed the record, where it said so: the note was written then."""
        return next((r["date"] for r in self.of_type("DocumentReference") if "date" in r), None)

    @cached_property
    def _by_reference(self) -> dict[str, Resource]:
        return {f"{r['resourceType']}/{r['id']}": r for r in self.resources}

    @cached_property
    def observations(self) -> list[Resource]:
        """The Observations of this session that are told by their codes."""
        return [r for r in self._observed if not self._is_reaction(r)]

    @cached_property
    def reactions(self) -> list[Resource]:
        """Those told by a category of ours: any code may stand for a reaction, that of a score or a vital sign too."""
        return [r for r in self._observed if self._is_reaction(r)]

    @cached_property
    def _observed(self) -> list[Resource]:
        mine = self.procedure["encounter"]["reference"]
        return [r for r in self.of_type("Observation") if r["encounter"]["reference"] == mine]

    def _is_reaction(self, resource: Resource) -> bool:
        ours = self.clinic.systems.local_codes
        codings = [coding for kind in resource["category"] for coding in kind.get("coding", [])]
        return any(coding.get("system") == ours and coding.get("code") == REACTION for coding in codings)

    def of_type(self, kind: str) -> Iterator[Resource]:
        return (r for r in self.resources if r["resourceType"] == kind)

    def get(self, reference: Element) -> Resource:
        return self._by_reference[reference["reference"]]

    def follow(self, resource: Resource, name: str, kind: str = "") -> list[Resource]:
        """The resources that an element refers to, in its order; only those of one type where it is said."""
        found = resource.get(name, [])
        listed = found if isinstance(found, list) else [found]
        return [self.get(ref) for ref in listed if ref["reference"].startswith(kind)]

    def extension(self, element: Element, name: str) -> Any:
        """The value of one of the clinic's extensions, or None."""
        url = f"{self.clinic.systems.extension}/{name}"
        for found in element.get("extension", []):
            if found["url"] == url:
                return next(value for key, value in found.items() if key != "url")
        return None


def number_of(resource: Resource, clinic: Clinic) -> str:
    return identified(resource, clinic.systems.session) or ""


def identified(resource: Resource, system: str) -> str | None:
    """The identifier of a system, or None."""
    return next((i["value"] for i in resource.get("identifier", []) if i.get("system") == system), None)
