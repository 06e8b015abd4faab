"""Flag: what must not be overlooked. One per session and kind.

A sign of suicidality stands until a person takes it away; a limit that was passed in a session is over with it.
"""

from __future__ import annotations

from collections.abc import Iterator

from mappings.alerts import Alert
from mappings.context import SessionContext
from mappings.datatypes import codeable_concept, concept, period
from mappings.resource import Resource, ResourceMapping, SearchParam
from mappings.resources.searches import CATEGORY, IDENTIFIER, STATUS, encounter, patient

FLAG_CATEGORY = "http://terminology.hl7.org/CodeSystem/flag-category"
CATEGORIES = {"safety": "Safety", "clinical": "Clinical"}


def map_flag(context: SessionContext) -> Iterator[Resource]:
    for alert in context.alerts:
        yield _flag(context, alert)


def _flag(context: SessionContext, alert: Alert) -> Resource:
    session = context.session
    over = alert.category == "clinical" and session.status != "in-progress"
    end = max(session.end, alert.since) if over and session.end else None
    codings = context.clinic.codings(context.clinic.row("flag", alert.key))
    return context.own(
        "Flag",
        alert.key,
        status="inactive" if over else "active",
        category=[concept(FLAG_CATEGORY, alert.category, CATEGORIES[alert.category])],
        code=codeable_concept(*codings, text=alert.text),
        subject=context.patient,
        period=period(alert.since, end),
        encounter=context.encounter,
        author=context.organization,
    )


MAPPING = ResourceMapping(
    "Flag",
    map_flag,
    search=(
        IDENTIFIER,
        *patient(),
        STATUS,
        CATEGORY,
        SearchParam("date", "date", ("period",)),
        encounter(),
        SearchParam("author", "reference", ("author",), target=("Organization",)),
    ),
    retracted=(("status", "entered-in-error"),),
)
