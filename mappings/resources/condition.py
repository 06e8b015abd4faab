"""Condition: what the infusions treat, and what a reaction left behind.

An indication is one Condition per patient, whatever the number of sessions; a reaction that persists belongs to its
session.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mappings.context import SessionContext
from mappings.datatypes import Element, codeable_concept, concept, date_time
from mappings.events import Reaction
from mappings.identity import PlacedKey
from mappings.origin import Origin
from mappings.resource import Resource, ResourceMapping, SearchParam
from mappings.resources.searches import CATEGORY, CODE, IDENTIFIER, encounter, patient

CLINICAL = "http://terminology.hl7.org/CodeSystem/condition-clinical"
VERIFICATION = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
CONDITION_CATEGORY = "http://terminology.hl7.org/CodeSystem/condition-category"


def map_condition(context: SessionContext) -> Iterator[Resource]:
    for place, indication in enumerate(context.session.indications):
        code = context.clinic.concept("indication", indication)
        yield _condition(context, context.condition_id(place), code)
    for event, key in context.events(Reaction):
        if persists(event):
            yield _persistent(context, event, key)


def persists(event: Reaction) -> bool:
    """It went on after the session, or left something behind."""
    return event.outcome in ("ongoing", "resolvedWithSequelae")


def _persistent(context: SessionContext, event: Reaction, key: PlacedKey) -> Resource:
    """What remains of a reaction that is over is not the reaction: it is told in words, without its code."""
    over = event.outcome == "resolvedWithSequelae"
    remains = codeable_concept(text=f"Sequelae of: {context.clinic.display('reaction', event.reaction)}")
    recorded = context.session.recorded
    return _condition(
        context,
        context.own_id("Condition", "reaction", key),
        remains if over else context.clinic.concept("reaction", event.reaction),
        origin=Origin("reaction", key.place),
        severity=None if over else context.clinic.code("severity", event.severity),
        onsetDateTime=date_time(event.time),
        recordedDate=recorded and date_time(recorded),
    )


def _condition(context: SessionContext, id_: str, code: Element, **parts: Any) -> Resource:
    return context.resource(
        "Condition",
        id_,
        "us-core-condition-problems-health-concerns",
        clinicalStatus=concept(CLINICAL, "active", "Active"),
        verificationStatus=concept(VERIFICATION, "confirmed", "Confirmed"),
        category=[concept(CONDITION_CATEGORY, "problem-list-item", "Problem List Item")],
        code=code,
        subject=context.patient,
        **parts,
    )


MAPPING = ResourceMapping(
    "Condition",
    map_condition,
    search=(
        IDENTIFIER,
        *patient(),
        CODE,
        CATEGORY,
        encounter(),
        SearchParam("clinical-status", "token", ("clinicalStatus",)),
        SearchParam("verification-status", "token", ("verificationStatus",)),
        SearchParam("onset-date", "date", ("onset",)),
        SearchParam("recorded-date", "date", ("recordedDate",)),
    ),
    profiles=("us-core-condition-problems-health-concerns",),
    shared=True,
    retracted=(("verificationStatus", concept(VERIFICATION, "entered-in-error", "Entered in Error")),),
    dropped_when_retracted=("clinicalStatus",),  # con-5
)
