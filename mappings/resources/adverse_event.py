"""AdverseEvent: a reaction that needed an intervention, stopped the infusion, or was moderate or worse.

US Core has no AdverseEvent: the whole fact is also an Observation, to which the extension ``finding`` points.
"""

from __future__ import annotations

from collections.abc import Iterator

from mappings.context import SessionContext
from mappings.datatypes import Element, codeable_concept, coding, concept, date_time
from mappings.events import OtherMedication, Reaction
from mappings.interventions import intervened, speaks_of_hospital
from mappings.resource import Resource, ResourceMapping, SearchParam
from mappings.resources.condition import persists
from mappings.resources.searches import CATEGORY, IDENTIFIER, patient
from mappings.suspects import suspects

SEVERITY = "http://terminology.hl7.org/CodeSystem/adverse-event-severity"
OUTCOME = "http://terminology.hl7.org/CodeSystem/adverse-event-outcome"
SERIOUSNESS = "http://terminology.hl7.org/CodeSystem/adverse-event-seriousness"
OUTCOMES = {
    "resolved": "Resolved",
    "recovering": "Recovering",
    "ongoing": "Ongoing",
    "resolvedWithSequelae": "Resolved with Sequelae",
    "fatal": "Fatal",
    "unknown": "Unknown",
}


def map_adverse_event(context: SessionContext) -> Iterator[Resource]:
    for event, key in context.events(Reaction):
        if is_adverse(context, event):
            yield _adverse_event(context, event, key)


def is_adverse(context: SessionContext, event: Reaction) -> bool:
    """Expected and self-limited reactions stay findings; what persists is not self-limited."""
    worse = event.severity != "mild" or event.infusion_stopped or persists(event)
    return worse or intervened(event.action) or _rescued(context, event)


def _adverse_event(context: SessionContext, event: Reaction, key: str) -> Resource:
    recorded = context.session.recorded
    return context.own(
        "AdverseEvent",
        "reaction",
        key,
        extension=[
            context.local_extension("finding", valueReference=context.refer("Observation", "reaction", key)),
        ],
        actuality="actual",
        category=[context.clinic.code("event-category", "reaction")],
        event=context.clinic.concept("reaction", event.reaction),
        subject=context.patient,
        encounter=context.encounter,
        date=date_time(event.time),
        recordedDate=recorded and date_time(recorded),
        resultingCondition=[context.refer("Condition", "reaction", key)] if persists(event) else None,
        seriousness=_seriousness(event),
        severity=_severity(context, event),
        outcome=_outcome(event),
        suspectEntity=[{"instance": instance} for instance in suspects(context, event.time)],
    )


def _severity(context: SessionContext, event: Reaction) -> Element:
    """R4 knows three degrees; the words tell what was worse than severe."""
    code = event.severity if event.severity in ("mild", "moderate") else "severe"
    return codeable_concept(
        coding(SEVERITY, code, code.title()), text=context.clinic.row("severity", event.severity).text
    )


def _outcome(event: Reaction) -> Element | None:
    outcome = event.outcome or ("fatal" if event.severity == "fatal" else None)
    return concept(OUTCOME, outcome, OUTCOMES[outcome]) if outcome else None


def _seriousness(event: Reaction) -> Element | None:
    """Not said where the record does not tell: a severe reaction whose end is not known, one that left something.

    Nor where the free text speaks of a hospital: it may be where the patient went, or where nobody had to go.
    """
    if event.severity in ("life-threatening", "fatal") or event.outcome == "fatal":
        return _coded_seriousness("Serious")
    if speaks_of_hospital(event.action):
        return None
    if event.outcome in ("resolved", "recovering") or (event.severity != "severe" and not persists(event)):
        return _coded_seriousness("Non-serious")
    return None


def _coded_seriousness(code: str) -> Element:
    """With its version: the terminology of today spells these codes without the capital that R4 has."""
    return codeable_concept({"system": SERIOUSNESS, "version": "4.0.1", "code": code, "display": code})


def _rescued(context: SessionContext, event: Reaction) -> bool:
    drugs = [other for other, _ in context.events(OtherMedication) if other.purpose == "rescue"]
    return any(event in _treated(context, drug) for drug in drugs)


def _treated(context: SessionContext, rescue: OtherMedication) -> list[Reaction]:
    """Of the reactions lasting when it was given those that its reason names, else the one that began last."""
    lasting = [
        event
        for event, _ in context.events(Reaction)
        if event.time <= rescue.time and (event.end is None or rescue.time <= event.end)
    ]
    reason = (rescue.reason or "").casefold()
    named = [event for event in lasting if context.clinic.display("reaction", event.reaction).casefold() in reason]
    return named or sorted(lasting, key=lambda event: event.time)[-1:]


MAPPING = ResourceMapping(
    "AdverseEvent",
    map_adverse_event,
    search=(
        IDENTIFIER,
        *patient(),
        SearchParam("date", "date", ("date",)),
        SearchParam("event", "token", ("event",)),
        CATEGORY,
        SearchParam("actuality", "token", ("actuality",)),
        SearchParam("seriousness", "token", ("seriousness",)),
        SearchParam("severity", "token", ("severity",)),
        SearchParam(
            "substance", "reference", ("suspectEntity.instance",), target=("MedicationAdministration", "Medication")
        ),
        SearchParam("resultingcondition", "reference", ("resultingCondition",), target=("Condition",)),
    ),
    # R4 has no word for an AdverseEvent in error: it says so in place of the event, and of the event nothing is left.
    retracted=(("event", codeable_concept(text="Entered in error")),),
    dropped_when_retracted=(
        "extension",
        "category",
        "recordedDate",
        "resultingCondition",
        "seriousness",
        "severity",
        "outcome",
        "suspectEntity",
    ),
)
