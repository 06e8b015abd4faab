"""Reactions and dissociation: what the patient bore, as findings with their severity."""

from __future__ import annotations

from collections.abc import Iterator

from mappings.context import SessionContext
from mappings.datatypes import Element, codeable_concept, date_time, period
from mappings.events import Dissociation, Reaction
from mappings.observations.observation import observation
from mappings.resource import Resource

PROFILE = "us-core-simple-observation"


def reactions(context: SessionContext) -> Iterator[Resource]:
    found = [event for event in context.session.events if isinstance(event, Reaction)]
    for number, event in enumerate(found, start=1):
        yield _reaction(context, event, str(number))
    levels = [event for event in context.session.events if isinstance(event, Dissociation)]
    for number, level in enumerate(levels, start=1):
        yield observation(
            context,
            ("dissociation", str(number)),
            "exam",
            context.clinic.code("finding", "dissociation"),
            level.time,
            PROFILE,
            valueCodeableConcept=_level(context, level.level),
            note=[{"text": level.note}] if level.note else None,
        )


def _reaction(context: SessionContext, event: Reaction, number: str) -> Resource:
    """Its time is a period once its end is known; what was done and how it ended stand in the notes."""
    when = (
        {"effectivePeriod": period(event.time, event.end)}
        if event.end
        else {"effectiveDateTime": date_time(event.time)}
    )
    return observation(
        context,
        ("reaction", number),
        "exam",
        context.clinic.concept("reaction", event.reaction),
        None,
        PROFILE,
        **{"effectiveDateTime": None, **when},
        valueCodeableConcept=context.clinic.code("severity", event.severity),
        note=list(_notes(event)),
    )


def _notes(event: Reaction) -> Iterator[Element]:
    if event.action:
        yield {"text": f"Action: {event.action}"}
    if event.infusion_stopped:
        yield {"text": "The infusion was stopped for it."}
    if event.outcome:
        yield {"text": f"Outcome: {event.outcome}"}


def _level(context: SessionContext, level: str) -> Element:
    return codeable_concept(text="None") if level == "none" else context.clinic.code("severity", level)
