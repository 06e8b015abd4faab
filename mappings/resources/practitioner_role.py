"""PractitionerRole: what a member of the staff does at the clinic. One per person and role, whatever the session."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from mappings.context import SessionContext
from mappings.datatypes import element
from mappings.keys import person_key
from mappings.origin import Origin
from mappings.resource import Resource, ResourceMapping, SearchParam
from mappings.resources.searches import IDENTIFIER, organization
from mappings.session import StaffMember
from mappings.shared import made_once

PROFILE = "us-core-practitionerrole"


def map_practitioner_role(context: SessionContext) -> Iterator[Resource]:
    for i, person in enumerate(context.session.staff):
        said = ("PractitionerRole", person.role, *person_key(person))
        yield made_once(context, said, Origin(place=f"staff[{i}]"), partial(_role, context, person))


def _role(context: SessionContext, person: StaffMember) -> Resource:
    """The profile is claimed where the clinic has a phone: US Core asks for a way to reach the person (pd-1)."""
    phone = context.clinic.identity.phone
    return context.resource(
        "PractitionerRole",
        context.shared_id("PractitionerRole", person.role, *person_key(person)),
        *([PROFILE] if phone else []),
        practitioner=context.practitioner(person),
        organization=context.organization,
        code=[context.clinic.code("role", person.role)],
        telecom=[element(system="phone", value=phone, use="work")] if phone else None,
    )


MAPPING = ResourceMapping(
    "PractitionerRole",
    map_practitioner_role,
    search=(
        IDENTIFIER,
        SearchParam("practitioner", "reference", ("practitioner",), target=("Practitioner",)),
        organization("organization"),
        SearchParam("role", "token", ("code",)),
        SearchParam("specialty", "token", ("specialty",)),
        SearchParam("location", "reference", ("location",), target=("Location",)),
        SearchParam("telecom", "token", ("telecom",)),
    ),
    profiles=(PROFILE,),
    shared=True,
)
