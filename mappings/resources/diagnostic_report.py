"""DiagnosticReport: the session note once more, for clients that look for notes here. The same bytes."""

from __future__ import annotations

from collections.abc import Iterator

from mappings.context import SessionContext
from mappings.datatypes import concept, date_time
from mappings.resource import Resource, ResourceMapping, SearchParam
from mappings.resources.searches import CATEGORY, CODE, IDENTIFIER, STATUS, encounter, patient

SERVICE_SECTION = "http://terminology.hl7.org/CodeSystem/v2-0074"


def map_diagnostic_report(context: SessionContext) -> Iterator[Resource]:
    session = context.session
    yield context.own(
        "DiagnosticReport",
        profiles=("us-core-diagnosticreport-note",),
        status="preliminary" if session.status == "in-progress" else "final",
        # neither radiology, cardiology nor pathology, which are US Core's own
        category=[concept(SERVICE_SECTION, "OTH", "Other")],
        code=context.clinic.code("document", "session-note"),
        subject=context.patient,
        encounter=context.encounter,
        effectivePeriod=context.period,
        issued=session.recorded and date_time(session.recorded),
        performer=[context.author],
        presentedForm=[
            content["attachment"]
            for made in context.made
            if made["resourceType"] == "DocumentReference"
            for content in made["content"]
        ],
    )


MAPPING = ResourceMapping(
    "DiagnosticReport",
    map_diagnostic_report,
    search=(
        IDENTIFIER,
        *patient(),
        STATUS,
        CODE,
        CATEGORY,
        SearchParam("date", "date", ("effective",)),
        SearchParam("issued", "date", ("issued",)),
        encounter(),
        SearchParam("performer", "reference", ("performer",), target=("Practitioner", "Organization")),
    ),
    profiles=("us-core-diagnosticreport-note",),
    retracted=(("status", "entered-in-error"),),
)
