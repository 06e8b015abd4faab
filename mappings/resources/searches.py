"""Search parameters that several types share, in FHIR's names."""

from __future__ import annotations

from dataclasses import replace

from mappings.resource import SearchParam

IDENTIFIER = SearchParam("identifier", "token", ("identifier",))
STATUS = SearchParam("status", "token", ("status",))
CODE = SearchParam("code", "token", ("code",))
CATEGORY = SearchParam("category", "token", ("category",))
INTENT = SearchParam("intent", "token", ("intent",))
TYPE = SearchParam("type", "token", ("type",))
NAME = SearchParam("name", "string", ("name",))
ADDRESS = (
    SearchParam("address", "string", ("address",)),
    SearchParam("address-city", "string", ("address.city",)),
    SearchParam("address-state", "string", ("address.state",)),
    SearchParam("address-postalcode", "string", ("address.postalCode",)),
    SearchParam("address-country", "string", ("address.country",)),
)


def patient(path: str = "subject") -> tuple[SearchParam, ...]:
    """``patient`` and ``subject``, which here always mean the same."""
    found = SearchParam("patient", "reference", (path,), target=("Patient",))
    return (found, replace(found, name="subject", same_as="patient")) if path == "subject" else (found,)


def encounter(path: str = "encounter") -> SearchParam:
    return SearchParam("encounter", "reference", (path,), target=("Encounter",))


def organization(path: str = "managingOrganization") -> SearchParam:
    return SearchParam("organization", "reference", (path,), target=("Organization",))
