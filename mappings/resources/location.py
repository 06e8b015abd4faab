"""Location: the room in which sessions take place. One per id, or per name where it has no id."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from mappings.context import SessionContext
from mappings.datatypes import identifier
from mappings.origin import NOTHING
from mappings.resource import Resource, ResourceMapping
from mappings.resources.searches import ADDRESS, IDENTIFIER, NAME, STATUS, organization
from mappings.session import Location
from mappings.shared import made_once


def map_location(context: SessionContext) -> Iterator[Resource]:
    place = context.session.location
    if place is not None:
        yield made_once(context, ("Location", place.id, place.name), NOTHING, partial(_location, context, place))


def _location(context: SessionContext, place: Location) -> Resource:
    return context.resource(
        "Location",
        context.location_id(place),
        "us-core-location",
        identifiers=[identifier(context.clinic.systems.location, place.id)] if place.id else [],
        status="active",
        name=place.name,
        mode="instance",
        managingOrganization=context.organization,
    )


MAPPING = ResourceMapping(
    "Location",
    map_location,
    search=(IDENTIFIER, NAME, *ADDRESS, STATUS, organization()),
    profiles=("us-core-location",),
    shared=True,
)
