"""Composition: the summary of a session. Each section tells what the note tells, and points to what it is about."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mappings.context import SessionContext
from mappings.datatypes import Element, element
from mappings.narrative import narrative
from mappings.note import PARTS, note_parts
from mappings.origin import NOTHING
from mappings.resource import Resource, ResourceMapping, SearchParam
from mappings.resources.searches import IDENTIFIER, STATUS, encounter, patient

# Where a resource belongs: by the kind that the first part of its key names, else by its type, else by its category
KINDS_OF = frozenset({"Observation", "Condition", "AdverseEvent"})
BY_KIND = {
    "asa-class": "preparation",
    "pregnancy-test": "preparation",
    "drug-screen": "preparation",
    "last-oral-intake": "preparation",
    "consent": "preparation",
    "escort": "preparation",
    "product": "medication",
    "segment": "medication",
    "bolus": "medication",
    "stop": "medication",
    "medication": "medication",
    "total-dose": "medication",
    "total-dose-per-weight": "medication",
    "infusion-duration": "medication",
    "reaction": "complications",
    "dissociation": "mental-status",
    "session-note": "notes",
    "discharge": "disposition",
    "session-course": "plan",
}
BY_TYPE = {
    "Condition": "reason",
    "ServiceRequest": "reason",
    "MedicationRequest": "medication",
    "MedicationAdministration": "medication",
    "DetectedIssue": "medication",
    "QuestionnaireResponse": "mental-status",
    "DocumentReference": "notes",
    "DiagnosticReport": "notes",
    "EpisodeOfCare": "plan",
    "CarePlan": "plan",
}
BY_CATEGORY = {
    "vital-signs": "vital-signs",
    "procedure": "vital-signs",  # what is derived of them
    "survey": "mental-status",
    "therapy": "mental-status",  # what is derived of scores
    "safety": "mental-status",
    "clinical": "complications",
}


def map_composition(context: SessionContext) -> Iterator[Resource]:
    session = context.session
    code, when = context.clinic.code("procedure", "infusion-session"), context.period
    yield context.own(
        "Composition",
        status="preliminary" if session.status == "in-progress" else "final",
        type=context.clinic.code("document", "session-summary"),
        subject=context.patient,
        encounter=context.encounter,
        date=context.recorded,
        author=[context.author],
        title=context.clinic.row("document", "session-summary").text,
        confidentiality="R",
        custodian=context.organization,
        event=[{"code": [code], "period": when, "detail": [context.procedure]}],
        section=list(_sections(context)),
    )


def _sections(context: SessionContext) -> Iterator[Element]:
    """Those with something to tell or to point to."""
    lines = {part.key: part.lines for part in context.once(note_parts)}
    entries = _entries(context)
    for key in PARTS:
        if key in lines or key in entries:
            title = context.clinic.row("section", key).text
            code = context.clinic.code("section", key)
            text = narrative(*lines.get(key, (title,)))
            yield element(title=title, code=code, text=text, entry=entries.get(key))


def _entries(context: SessionContext) -> dict[str, list[Element]]:
    """Section → references to what was made for it."""
    found: dict[str, list[Element]] = {}
    for made, target in zip(context.made, context.targets, strict=True):
        section = _section(made, context.origins.get(made["id"], NOTHING))
        if section:
            found.setdefault(section, []).append(target)
    return found


def _section(made: Resource, origin: Sequence[str]) -> str | None:
    """``origin``: it begins with the kind."""
    type_ = made["resourceType"]
    if type_ in KINDS_OF and origin and origin[0] in BY_KIND:
        return BY_KIND[origin[0]]
    if type_ not in ("Observation", "Flag"):
        return BY_TYPE.get(type_)
    return BY_CATEGORY.get(made["category"][0]["coding"][0]["code"])


MAPPING = ResourceMapping(
    "Composition",
    map_composition,
    search=(
        IDENTIFIER,
        *patient(),
        STATUS,
        SearchParam("type", "token", ("type",)),
        SearchParam("date", "date", ("date",)),
        SearchParam("title", "string", ("title",)),
        encounter(),
        SearchParam("author", "reference", ("author",), target=("Practitioner", "Organization")),
    ),
    retracted=(("status", "entered-in-error"),),
)
