"""QuestionnaireResponse: a questionnaire as it was answered, item by item. The source of its scores."""

from __future__ import annotations

from collections.abc import Iterator

from mappings.clinic import Clinic
from mappings.context import SessionContext
from mappings.datatypes import Element, Fixed, date_time, element
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
    row, known = context.clinic.row("instrument", event.instrument), context.clinic.once(Items)
    items = [known[event.instrument, place, answer_key(row, event, place)] for place in answered(event)]
    if event.total is not None:
        items.append({"linkId": TOTAL, "text": "Total as stated", "answer": [{"valueDecimal": event.total}]})
    return context.own(
        "QuestionnaireResponse",
        event.instrument,
        key,
        profiles=("us-core-questionnaireresponse",),
        partOf=[context.procedure],
        questionnaire=questionnaire(context.clinic, event.instrument),
        status="completed",
        subject=context.patient,
        encounter=context.encounter,
        authored=date_time(event.time),
        item=items,
    )


def questionnaire(clinic: Clinic, instrument: str) -> str:
    """LOINC's own canonical where the panel has a LOINC code, else one of the clinic."""
    panel = clinic.tables["panel"].get(instrument)
    if panel is not None and panel.loinc:
        return f"http://loinc.org/q/{panel.loinc}"
    return f"{clinic.systems.local_codes}/Questionnaire/{instrument}"


class Items(dict[tuple[str, int, str], Element]):
    """Instrument, place and answer → item. Each is made once: they come again in every session."""

    def __init__(self, clinic: Clinic) -> None:
        super().__init__()
        self._clinic = clinic

    def __missing__(self, asked: tuple[str, int, str]) -> Element:
        instrument, place, answer = asked
        codings = self._clinic.code("answer", answer).get("coding", ())
        item = self._clinic.row("item", self._clinic.row("instrument", instrument).items[place])
        found = element(
            linkId=link_ids(self._clinic, instrument)[place],
            text=item.text,
            answer=[{"valueCoding": coding} for coding in codings[:1]],
        )
        return self.setdefault(asked, Fixed(found))


def link_ids(clinic: Clinic, instrument: str) -> list[str]:
    """One per item: its LOINC code behind a slash, as in LOINC's published forms, or its number."""
    codes = [clinic.row("item", key).loinc for key in clinic.row("instrument", instrument).items]
    return [f"/{code}" if code else str(place) for place, code in enumerate(codes, start=1)]


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
