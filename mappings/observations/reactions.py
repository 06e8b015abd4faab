"""Reactions and dissociation: what the patient bore, as findings with their severity.

A reaction that amounts to an AdverseEvent is one here too, so that readers without that type see all of them.
"""

from __future__ import annotations

from collections.abc import Iterator

from mappings.context import SessionContext
from mappings.datatypes import Element, concept, date_time, period
from mappings.events import Dissociation, Reaction
from mappings.observations.observation import category, component, observation
from mappings.resource import Resource

PROFILE = "us-core-simple-observation"


def reactions(context: SessionContext) -> Iterator[Resource]:
    for event, key in context.events(Reaction):
        yield _reaction(context, event, key)
    for level, key in context.events(Dissociation):
        yield observation(
            context,
            ("dissociation", key),
            "exam",
            context.clinic.code("finding", "dissociation"),
            date_time(level.time),
            PROFILE,
            valueCodeableConcept=context.clinic.code("severity", level.level),
            note=[{"text": level.note}] if level.note else None,
        )


def _reaction(context: SessionContext, event: Reaction, key: str) -> Resource:
    """Any code may stand for a reaction, so a category of ours says that it is one. A known end makes a period."""
    ours = concept(context.clinic.systems.local_codes, "reaction", "Reaction")
    return observation(
        context,
        ("reaction", key),
        "exam",
        context.clinic.concept("reaction", event.reaction),
        None,
        PROFILE,
        category=[*category("exam"), ours],
        effectiveDateTime=None if event.end else date_time(event.time),
        effectivePeriod=period(event.time, event.end) if event.end else None,
        valueCodeableConcept=context.clinic.code("severity", event.severity),
        component=list(_course_of(context, event)),
    )


def _course_of(context: SessionContext, event: Reaction) -> Iterator[Element]:
    """What was done, and how it ended."""
    if event.action:
        yield component(context, "action-taken", valueString=event.action)
    if event.infusion_stopped:
        yield component(context, "infusion-stopped", valueBoolean=True)
    if event.outcome:
        yield component(context, "outcome", valueCodeableConcept=context.clinic.code("outcome", event.outcome))
