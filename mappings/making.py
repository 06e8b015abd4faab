"""From a context to its resources: each mapping in turn, each resource with its narrative and its language."""

from __future__ import annotations

from collections.abc import Iterable

from mappings.context import SessionContext
from mappings.datatypes import reference
from mappings.narrative import narrated
from mappings.resource import Resource, ResourceMapping, written_in

Made = dict[str, tuple[ResourceMapping, Resource]]


def make(context: SessionContext, mappings: Iterable[ResourceMapping]) -> Made:
    """Id → mapping and resource, referenced before referring. What comes twice (a person in two roles) is made once."""
    found: Made = {}
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


def publish(context: SessionContext, mappings: Iterable[ResourceMapping]) -> Made:
    """The same as it is published: what a session yields that was entered in error says so."""
    found = make(context, mappings)
    if context.session.status != "entered-in-error":
        return found
    return {id_: (mapping, retracted(resource, mapping) or resource) for id_, (mapping, resource) in found.items()}


def retracted(resource: Resource, mapping: ResourceMapping) -> Resource | None:
    """The entered-in-error form of a resource; None where its type has no such word (Patient, Provenance …)."""
    if not mapping.retracted:
        return None
    kept = {name: value for name, value in resource.items() if name not in mapping.dropped_when_retracted}
    return narrated({**kept, **dict(mapping.retracted)}, in_error=True)
