"""Composition: the summary of a session. Each section tells what the note tells, and points to what it is about."""

from __future__ import annotations

from collections.abc import Iterator

from mappings.clinic import Clinic
from mappings.context import SessionContext
from mappings.datatypes import Element, element
from mappings.events import Reaction
from mappings.narrative import narrative
from mappings.note import PARTS, note_parts
from mappings.resource import Resource, ResourceMapping, SearchParam
from mappings.resources.searches import IDENTIFIER, STATUS, encounter, patient

# Where a resource belongs: by its type, else by the row of its code, else by a category it has
BY_TYPE = {
    "Condition": "reason",
    "ServiceRequest": "reason",
    "MedicationRequest": "medication",
    "MedicationAdministration": "medication",
    "DetectedIssue": "medication",
    "AdverseEvent": "complications",
    "QuestionnaireResponse": "mental-status",
    "DocumentReference": "notes",
    "DiagnosticReport": "notes",
    "EpisodeOfCare": "plan",
    "CarePlan": "plan",
}
BY_FINDING = {
    "asa-class": "preparation",
    "pregnancy-test": "preparation",
    "drug-screen": "preparation",
    "last-oral-intake": "preparation",
    "consent": "preparation",
    "escort": "preparation",
    "medication-prepared": "medication",
    "medication-given": "medication",
    "infusion-segment": "medication",
    "infusion-bolus": "medication",
    "infusion-stop": "medication",
    "total-dose": "medication",
    "total-dose-per-weight": "medication",
    "infusion-duration": "medication",
    "dissociation": "mental-status",
    "session-note": "notes",
    "discharge": "disposition",
    "session-course": "plan",
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
    codes = context.clinic.once(_codes)
    reactions = {
        context.own_id(type_, "reaction", key)
        for _, key in context.events(Reaction)
        for type_ in ("Observation", "Condition")
    }
    found: dict[str, list[Element]] = {}
    for made, target in zip(context.made, context.targets, strict=True):
        section = "complications" if made["id"] in reactions else _section(made, codes)
        if section:
            found.setdefault(section, []).append(target)
    return found


def _codes(clinic: Clinic) -> dict[tuple[str, str], str]:
    """(system, code) of the findings → section."""
    rows = clinic.tables["finding"]
    return {
        (coding["system"], coding["code"]): section
        for key, section in BY_FINDING.items()
        if key in rows
        for coding in clinic.codings(rows[key])
    }


def _section(made: Resource, codes: dict[tuple[str, str], str]) -> str | None:
    kind = made["resourceType"]
    if kind not in ("Observation", "Flag"):
        return BY_TYPE.get(kind)
    for coding in made["code"].get("coding", ()):
        if (coding["system"], coding["code"]) in codes:
            return codes[coding["system"], coding["code"]]
    for category in made["category"]:
        for coding in category["coding"]:
            if coding["code"] in BY_CATEGORY:
                return BY_CATEGORY[coding["code"]]
    return None


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
