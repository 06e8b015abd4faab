"""Practitioner: the staff of the session and the referring psychiatrist."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from mappings.context import SessionContext
from mappings.datatypes import Element, human_name, identifier
from mappings.origin import Origin
from mappings.resource import Resource, ResourceMapping, SearchParam
from mappings.resources.organization import NPI
from mappings.resources.searches import IDENTIFIER, NAME
from mappings.session import Person
from mappings.shared import made_once


def map_practitioner(context: SessionContext) -> Iterator[Resource]:
    referral = context.session.referral
    people: list[tuple[str, Person]] = [(f"staff[{i}]", person) for i, person in enumerate(context.session.staff)]
    if referral:
        people.append(("referral.referrer", referral.referrer))
    for place, person in people:
        said = ("Practitioner", person.npi, person.id, person.family, *person.given)
        yield made_once(context, said, Origin(place=place), partial(_practitioner, context, person))


def _practitioner(context: SessionContext, person: Person) -> Resource:
    return context.resource(
        "Practitioner",
        context.practitioner_id(person),
        "us-core-practitioner",
        identifiers=list(_identifiers(context, person)),
        name=[human_name(person.family, person.given)],
    )


def _identifiers(context: SessionContext, person: Person) -> Iterator[Element]:
    if person.npi:
        yield identifier(NPI, person.npi)
    if person.id:
        yield identifier(context.clinic.systems.staff, person.id)


MAPPING = ResourceMapping(
    "Practitioner",
    map_practitioner,
    search=(
        IDENTIFIER,
        NAME,
        SearchParam("family", "string", ("name.family",)),
        SearchParam("given", "string", ("name.given",)),
    ),
    profiles=("us-core-practitioner",),
    shared=True,
)
