"""Organization: the clinic."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from mappings.clinic import Address
from mappings.context import SessionContext
from mappings.datatypes import Element, concept, element, identifier
from mappings.origin import NOTHING
from mappings.resource import Resource, ResourceMapping, SearchParam
from mappings.resources.searches import ADDRESS, IDENTIFIER, NAME, TYPE
from mappings.shared import made_once

NPI = "http://hl7.org/fhir/sid/us-npi"
ORGANIZATION_TYPE = "http://terminology.hl7.org/CodeSystem/organization-type"


def map_organization(context: SessionContext) -> Iterator[Resource]:
    yield made_once(context, ("Organization",), NOTHING, partial(_organization, context))


def _organization(context: SessionContext) -> Resource:
    about = context.clinic.identity
    return context.resource(
        "Organization",
        context.shared_id("Organization"),
        "us-core-organization",
        identifiers=[identifier(NPI, about.npi)] if about.npi else [],
        active=True,
        type=[concept(ORGANIZATION_TYPE, "prov", "Healthcare Provider")],
        name=about.name,
        telecom=[element(system="phone", value=about.phone)] if about.phone else None,
        address=[_address(about.address)] if about.address else None,
    )


def _address(address: Address) -> Element:
    return element(
        use="work",
        line=list(address.line),
        city=address.city,
        state=address.state,
        postalCode=address.postal_code,
        country=address.country,
    )


MAPPING = ResourceMapping(
    "Organization",
    map_organization,
    search=(IDENTIFIER, NAME, *ADDRESS, TYPE, SearchParam("active", "token", ("active",))),
    profiles=("us-core-organization",),
    shared=True,
)
