"""Scores: the total of each questionnaire, recomputed where its items are known; its items and their panel.

The QuestionnaireResponse is the source; the panel groups total and items for readers who ask for Observations alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from mappings.clinic import Row
from mappings.context import SessionContext
from mappings.datatypes import Element, codeable_concept, coding, date_time, quantity, reference
from mappings.events import Score, Sedation
from mappings.observations.observation import ABSENT, observation
from mappings.resource import Resource

PROFILE = "us-core-observation-screening-assessment"
ASKED_UNKNOWN = codeable_concept(coding(ABSENT, "asked-unknown", "Asked But Unknown"))


def scores(context: SessionContext) -> Iterator[Resource]:
    for event, key in context.events(Score):
        yield from _score(context, event, key)
    for level, key in context.events(Sedation):
        yield _sedation(context, level, key)


def _score(context: SessionContext, event: Score, key: str) -> Iterator[Resource]:
    row = context.clinic.row("instrument", event.instrument)
    parts = [_item(context, event, row, key, place) for place in answered(event)]
    total = total_of(event, row)
    if total is not None:
        parts.append(_total(context, event, row, key, total, parts))
    yield from parts
    if event.items:
        yield _panel(context, event, key, parts)


def _total(
    context: SessionContext, event: Score, row: Row, key: str, total: Decimal, items: list[Resource]
) -> Resource:
    added_up = [reference("Observation", item["id"]) for item in items]
    return observation(
        context,
        total_key(event.instrument, key),
        "survey",
        context.clinic.code("instrument", event.instrument),
        date_time(event.time),
        PROFILE,
        valueQuantity=quantity(total, row.unit or "{score}"),
        derivedFrom=[*_source(context, event, key), *added_up],
    )


def _item(context: SessionContext, event: Score, row: Row, key: str, place: int) -> Resource:
    return observation(
        context,
        ("score", event.instrument, key, "item", str(place + 1)),
        "survey",
        context.clinic.code("item", row.items[place]),
        date_time(event.time),
        PROFILE,
        valueCodeableConcept=context.clinic.code("answer", answer_key(row, event, place)),
        derivedFrom=_source(context, event, key),
    )


def _panel(context: SessionContext, event: Score, key: str, parts: list[Resource]) -> Resource:
    """Groups what there is; where nothing was answered, it says that this is not known."""
    return observation(
        context,
        ("score", event.instrument, key, "panel"),
        "survey",
        context.clinic.code(
            "panel" if event.instrument in context.clinic.tables["panel"] else "instrument", event.instrument
        ),
        date_time(event.time),
        PROFILE,
        hasMember=[reference("Observation", part["id"]) for part in parts],
        derivedFrom=_source(context, event, key),
        dataAbsentReason=None if parts else ASKED_UNKNOWN,
    )


def _source(context: SessionContext, event: Score, key: str) -> list[Element]:
    return [context.refer("QuestionnaireResponse", event.instrument, key)] if event.items else []


def _sedation(context: SessionContext, event: Sedation, key: str) -> Resource:
    """A level is a whole number on its scale, not a sum of points."""
    code, time = context.clinic.code("instrument", event.scale), date_time(event.time)
    return observation(context, ("sedation", event.scale, key), "survey", code, time, PROFILE, valueInteger=event.level)


def total_key(instrument: str, key: str) -> tuple[str, ...]:
    return "score", instrument, key


def total_of(event: Score, row: Row) -> Decimal | None:
    """The sum of a complete set of items; else the total as stated. Answers about a risk have no total."""
    if not event.items:
        return event.total
    if row.measures == "risk":
        return None
    return event.total if None in event.items else Decimal(sum(item or 0 for item in event.items))


def answered(event: Score) -> list[int]:
    """The places of the items that have an answer."""
    return [place for place, item in enumerate(event.items or ()) if item is not None]


def answer_key(row: Row, event: Score, place: int) -> str:
    """The row of the table ``answer``: ``frequency-2``, or ``yes`` on a screener."""
    return row.answers[(event.items or ())[place] or 0]
