"""DocumentReference: the session note, as plain text."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator

from mappings.context import SessionContext
from mappings.datatypes import Element, coding, concept, date_time, element
from mappings.labels import CONFIDENTIALITY
from mappings.note import session_note
from mappings.resource import Resource, ResourceMapping, SearchParam
from mappings.resources.searches import CATEGORY, IDENTIFIER, STATUS, encounter, patient

US_CORE_CATEGORY = "http://hl7.org/fhir/us/core/CodeSystem/us-core-documentreference-category"
FORMAT = "http://ihe.net/fhir/ValueSet/IHE.FormatCode.codesystem"


def map_document_reference(context: SessionContext) -> Iterator[Resource]:
    session, about = context.session, context.clinic.row("document", "session-note")
    yield context.own(
        "DocumentReference",
        profiles=("us-core-documentreference",),
        status="current",
        docStatus="preliminary" if session.status == "in-progress" else "final",
        type=context.clinic.code("document", "session-note"),
        category=[concept(US_CORE_CATEGORY, "clinical-note", "Clinical Note")],
        subject=context.patient,
        date=session.recorded and date_time(session.recorded),
        author=[context.author],
        custodian=context.organization,
        description=f"{about.text} {session.number}",
        securityLabel=[concept(CONFIDENTIALITY, "R", "restricted")],
        content=[
            {
                "attachment": _attachment(context, about.text),
                "format": coding(FORMAT, "urn:ihe:iti:xds:2017:mimeTypeSufficient", "mimeType Sufficient"),
            }
        ],
        context={"encounter": [context.encounter], "period": context.period},
    )


def _attachment(context: SessionContext, title: str) -> Element:
    """Its character set is said with its type: names are not all ASCII."""
    text = session_note(context).encode()
    recorded = context.session.recorded
    return element(
        contentType="text/plain; charset=utf-8",
        data=b64encode(text).decode(),
        size=len(text),
        title=title,
        creation=recorded and date_time(recorded),
    )


MAPPING = ResourceMapping(
    "DocumentReference",
    map_document_reference,
    search=(
        IDENTIFIER,
        *patient(),
        STATUS,
        SearchParam("type", "token", ("type",)),
        CATEGORY,
        SearchParam("date", "date", ("date",)),
        SearchParam("period", "date", ("context.period",)),
        encounter("context.encounter"),
        SearchParam("author", "reference", ("author",), target=("Practitioner", "Organization")),
    ),
    profiles=("us-core-documentreference",),
    retracted=(("status", "entered-in-error"), ("docStatus", "entered-in-error")),
)
