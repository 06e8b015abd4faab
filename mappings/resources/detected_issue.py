"""DetectedIssue: a dose that does not conserve. The check of the session says the same as a warning."""

from __future__ import annotations

from collections.abc import Iterator

from mappings.context import SessionContext
from mappings.datatypes import Element
from mappings.dose_account import Discrepancy
from mappings.identity import PlacedKey
from mappings.resource import Resource, ResourceMapping, SearchParam
from mappings.resources.searches import CODE, IDENTIFIER, STATUS, patient
from mappings.words import tame


def map_detected_issue(context: SessionContext) -> Iterator[Resource]:
    for discrepancy in context.discrepancies:
        yield _detected_issue(context, discrepancy)


def _detected_issue(context: SessionContext, discrepancy: Discrepancy) -> Resource:
    field = discrepancy.field.replace("_", "-")
    drug = context.medication(discrepancy.label)["display"]
    return context.own(
        "DetectedIssue",
        field,
        PlacedKey.of(discrepancy.label, f"medications[{discrepancy.place}]"),
        status="final",
        code=context.clinic.code("issue", field),
        severity="moderate",
        patient=context.patient,
        identifiedDateTime=context.recorded,
        implicated=list(_administrations(context, discrepancy.label)),
        detail=tame(f"{drug}: {discrepancy.text}"),
    )


def _administrations(context: SessionContext, label: str) -> Iterator[Element]:
    for segment in context.segments:
        if segment.medication == label:
            yield context.refer("MedicationAdministration", *segment.key)


MAPPING = ResourceMapping(
    "DetectedIssue",
    map_detected_issue,
    search=(
        IDENTIFIER,
        *patient("patient"),
        STATUS,
        CODE,
        SearchParam("identified", "date", ("identified",)),
        SearchParam("implicated", "reference", ("implicated",), target=("MedicationAdministration",)),
    ),
    retracted=(("status", "entered-in-error"),),
)
