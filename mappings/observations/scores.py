"""Scores: the total of each questionnaire, recomputed where its items are known, and each item that was answered."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from mappings.clinic import Row
from mappings.context import SessionContext
from mappings.datatypes import quantity
from mappings.events import Score, Sedation
from mappings.observations.observation import observation
from mappings.resource import Resource

PROFILE = "us-core-observation-screening-assessment"


def scores(context: SessionContext) -> Iterator[Resource]:
    found = [event for event in context.session.events if isinstance(event, Score)]
    for number, event in enumerate(found, start=1):
        yield from _score(context, event, str(number))
    levels = [event for event in context.session.events if isinstance(event, Sedation)]
    for number, level in enumerate(levels, start=1):
        code = context.clinic.code("instrument", level.scale)
        key = ("sedation", str(number))
        yield observation(
            context, key, "survey", code, level.time, PROFILE, valueQuantity=quantity(Decimal(level.level), "{score}")
        )


def _score(context: SessionContext, event: Score, number: str) -> Iterator[Resource]:
    row = context.clinic.row("instrument", event.instrument)
    items = [_item(context, event, row, number, place) for place in _answered(event)]
    yield from items
    total = total_of(event, row)
    if total is not None:
        yield observation(
            context,
            ("score", number),
            "survey",
            context.clinic.code("instrument", event.instrument),
            event.time,
            PROFILE,
            valueQuantity=quantity(total, row.unit or "{score}"),
            derivedFrom=[{"reference": f"Observation/{item['id']}"} for item in items],
        )


def total_of(event: Score, row: Row) -> Decimal | None:
    """The sum of a complete set of items; else the total as stated. Answers about a risk have no total."""
    if event.items and None not in event.items and row.measures != "risk":
        return Decimal(sum(item or 0 for item in event.items))
    return event.total


def _answered(event: Score) -> list[int]:
    return [place for place, item in enumerate(event.items or ()) if item is not None]


def _item(context: SessionContext, event: Score, row: Row, number: str, place: int) -> Resource:
    answer = (event.items or ())[place] or 0
    return observation(
        context,
        ("score", number, "item", str(place + 1)),
        "survey",
        context.clinic.code("item", row.items[place]),
        event.time,
        PROFILE,
        valueCodeableConcept=context.clinic.code("answer", row.answers[answer]),
    )
