"""From a context to its resources: each mapping in turn, each resource with its narrative and its language."""

from __future__ import annotations

from collections.abc import Iterable

from mappings.context import SessionContext
from mappings.datatypes import reference
from mappings.narrative import narrated
from mappings.resource import Resource, ResourceMapping, written_in


def make(context: SessionContext, mappings: Iterable[ResourceMapping]) -> dict[str, tuple[ResourceMapping, Resource]]:
    """Id → mapping and resource, referenced before referring. What comes twice (a person in two roles) is made once."""
    found: dict[str, tuple[ResourceMapping, Resource]] = {}
    language = context.clinic.identity.language
    for mapping in mappings:
        for mapped in mapping.map(context):
            resource = narrated(mapped)
            if language is not None and "language" not in resource:
                resource = written_in(language, resource)
            if resource["id"] not in found:
                context.made.append(resource)
                context.targets.append(reference(resource["resourceType"], resource["id"]))
            found[resource["id"]] = (mapping, resource)
    return found
