"""Scores: the total of each questionnaire, recomputed where its items are known; its items and their panel.

The QuestionnaireResponse is the source; the panel groups total and items for readers who ask for Observations alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, NamedTuple

from mappings.clinic import Row
from mappings.context import SessionContext
from mappings.datatypes import Element, concept, date_time, quantity, reference
from mappings.events import Score, Sedation
from mappings.observations.observation import ABSENT, observation
from mappings.resource import Resource

PROFILE = "us-core-observation-screening-assessment"
ASKED_UNKNOWN = concept(ABSENT, "asked-unknown", "Asked But Unknown")


def scores(context: SessionContext) -> Iterator[Resource]:
    for event, key in context.events(Score):
        yield from _score(context, event, key)
    for level, key in context.events(Sedation):
        yield _sedation(context, level, key)


class Taken(NamedTuple):
    """One questionnaire of a session, and what all its Observations share: their time and their source."""

    event: Score
    row: Row
    key: str
    time: str
    source: list[Element]


def _score(context: SessionContext, event: Score, key: str) -> Iterator[Resource]:
    row = context.clinic.row("instrument", event.instrument)
    taken = Taken(event, row, key, date_time(event.time), _source(context, event, key))
    parts = [_item(context, taken, place) for place in answered(event)]
    total = total_of(event, row)
    if total is not None:
        parts.append(_total(context, taken, total, parts))
    yield from parts
    if event.items:
        yield _panel(context, taken, parts)


def _total(context: SessionContext, taken: Taken, total: Decimal, items: list[Resource]) -> Resource:
    return _about(
        context,
        taken,
        total_key(taken.event.instrument, taken.key),
        context.clinic.code("instrument", taken.event.instrument),
        valueQuantity=quantity(total, taken.row.unit or "{score}"),
        derivedFrom=[*taken.source, *(reference("Observation", item["id"]) for item in items)],
    )


def _item(context: SessionContext, taken: Taken, place: int) -> Resource:
    return _about(
        context,
        taken,
        ("score", taken.event.instrument, taken.key, "item", str(place + 1)),
        context.clinic.code("item", taken.row.items[place]),
        valueCodeableConcept=context.clinic.code("answer", answer_key(taken.row, taken.event, place)),
        derivedFrom=taken.source,
    )


def _panel(context: SessionContext, taken: Taken, parts: list[Resource]) -> Resource:
    """Groups what there is; where nothing was answered, it says that this is not known."""
    instrument = taken.event.instrument
    return _about(
        context,
        taken,
        ("score", instrument, taken.key, "panel"),
        context.clinic.code("panel" if instrument in context.clinic.tables["panel"] else "instrument", instrument),
        hasMember=[reference("Observation", part["id"]) for part in parts],
        derivedFrom=taken.source,
        dataAbsentReason=None if parts else ASKED_UNKNOWN,
    )


def _about(context: SessionContext, taken: Taken, key: tuple[str, ...], code: Element, **parts: Any) -> Resource:
    return observation(context, key, "survey", code, taken.time, PROFILE, **parts)


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
