"""QuestionnaireResponse: a questionnaire as it was answered, item by item. The source of its scores."""

from __future__ import annotations

from collections.abc import Iterator

from mappings.clinic import Row
from mappings.context import SessionContext
from mappings.datatypes import Element, date_time, element
from mappings.events import Score
from mappings.observations.scores import answer_key, answered
from mappings.resource import Resource, ResourceMapping, SearchParam
from mappings.resources.searches import IDENTIFIER, STATUS, encounter, patient

TOTAL = "total"  # the linkId under which a total stands as it was stated, beside the sum that the Observation holds


def map_questionnaire_response(context: SessionContext) -> Iterator[Resource]:
    for event, key in context.events(Score):
        if event.items:
            yield _response(context, event, key)


def _response(context: SessionContext, event: Score, key: str) -> Resource:
    row = context.clinic.row("instrument", event.instrument)
    items = [_item(context, row, event, place) for place in answered(event)]
    if event.total is not None:
        items.append({"linkId": TOTAL, "text": "Total as stated", "answer": [{"valueDecimal": event.total}]})
    return context.own(
        "QuestionnaireResponse",
        event.instrument,
        key,
        profiles=("us-core-questionnaireresponse",),
        partOf=[context.procedure],
        questionnaire=questionnaire(context, event.instrument),
        status="completed",
        subject=context.patient,
        encounter=context.encounter,
        authored=date_time(event.time),
        item=items,
    )


def questionnaire(context: SessionContext, instrument: str) -> str:
    """LOINC's own canonical where the panel has a LOINC code, else one of the clinic."""
    panel = context.clinic.tables["panel"].get(instrument)
    if panel is not None and panel.loinc:
        return f"http://loinc.org/q/{panel.loinc}"
    return f"{context.clinic.systems.local_codes}/Questionnaire/{instrument}"


def _item(context: SessionContext, row: Row, event: Score, place: int) -> Element:
    """linkId is the item's LOINC code as in LOINC's published forms, with a slash, or its number."""
    item = context.clinic.row("item", row.items[place])
    answer = context.clinic.row("answer", answer_key(row, event, place))
    return element(
        linkId=link_id(context, row, place),
        text=item.text,
        answer=[{"valueCoding": coding} for coding in context.clinic.codings(answer)[:1]],
    )


def link_id(context: SessionContext, row: Row, place: int) -> str:
    code = context.clinic.row("item", row.items[place]).loinc
    return f"/{code}" if code else str(place + 1)


MAPPING = ResourceMapping(
    "QuestionnaireResponse",
    map_questionnaire_response,
    search=(
        IDENTIFIER,
        *patient(),
        STATUS,
        encounter(),
        SearchParam("authored", "date", ("authored",)),
        SearchParam("part-of", "reference", ("partOf",), target=("Procedure",)),
    ),
    profiles=("us-core-questionnaireresponse",),
    retracted=(("status", "entered-in-error"),),
)
