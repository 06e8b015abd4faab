"""ServiceRequest: the referral. One per patient and referral number, or per what it says where it has no number."""

from __future__ import annotations

from collections.abc import Iterator

from mappings.context import SessionContext
from mappings.datatypes import codeable_concept, identifier
from mappings.resource import Resource, ResourceMapping, SearchParam
from mappings.resources.searches import CATEGORY, CODE, IDENTIFIER, INTENT, STATUS, patient


def map_service_request(context: SessionContext) -> Iterator[Resource]:
    """It stays active: a session answers it, and no session record says that it has been answered in full."""
    referral = context.session.referral
    if referral is None:
        return
    clinic = context.clinic
    yield context.resource(
        "ServiceRequest",
        context.service_request_id(referral),
        "us-core-servicerequest",
        identifiers=[identifier(clinic.systems.referral, referral.number)] if referral.number else [],
        status="active",
        intent="order",
        category=[clinic.code("request", "referral-category")],
        code=clinic.code("request", "patient-referral"),
        subject=context.patient,
        authoredOn=referral.date and referral.date.isoformat(),
        requester=context.practitioner(referral.referrer),
        performer=[context.organization],
        reasonCode=[codeable_concept(text=referral.reason)] if referral.reason else None,
    )


MAPPING = ResourceMapping(
    "ServiceRequest",
    map_service_request,
    search=(
        IDENTIFIER,
        *patient(),
        STATUS,
        INTENT,
        CATEGORY,
        CODE,
        SearchParam("authored", "date", ("authoredOn",)),
        SearchParam("requester", "reference", ("requester",), target=("Practitioner",)),
        SearchParam("performer", "reference", ("performer",), target=("Organization",)),
    ),
    profiles=("us-core-servicerequest",),
    shared=True,
    retracted=(("status", "entered-in-error"),),
)
