"""MedicationAdministration: one per stretch at a constant rate, one per bolus, one per other drug given.

There is no administration that repeats the total: whoever sums ``dosage.dose`` over a session gets the true dose once.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mappings.context import SessionContext
from mappings.datatypes import Element, codeable_concept, date_time, element, period, quantity
from mappings.events import OtherMedication
from mappings.infusion import END_ASSUMED, Segment
from mappings.resource import Resource, ResourceMapping, SearchParam
from mappings.resources.searches import IDENTIFIER, STATUS, patient


def map_medication_administration(context: SessionContext) -> Iterator[Resource]:
    for segment in context.segments:
        yield _segment(context, segment)
    if context.session.status == "not-done" and not context.segments:
        yield from (_not_done(context, medication.label) for medication in context.session.medications)
    for event, key in context.events(OtherMedication):
        yield _other(context, event, key)


def _segment(context: SessionContext, segment: Segment) -> Resource:
    bolus = segment.kind == "bolus"
    return _administration(
        context,
        segment.key,
        twin=context.refer("Observation", *segment.key),
        extension=list(_extensions(context, segment)),
        status=_status(context, segment),
        statusReason=[codeable_concept(text=segment.stop_reason)] if segment.stopped and segment.stop_reason else None,
        medicationReference=context.medication(segment.medication),
        effectiveDateTime=date_time(segment.start) if bolus else None,
        effectivePeriod=None if bolus else period(segment.start, segment.end),
        request=_request(context, segment),
        device=None if bolus else context.pumps,
        note=[{"text": END_ASSUMED}] if segment.is_end_assumed else None,
        dosage=element(
            route=context.clinic.code("route", "intravenous"),
            dose=_dose(segment),
            rateQuantity=quantity(segment.rate.value, segment.rate.unit) if segment.rate else None,
        ),
    )


def _dose(segment: Segment) -> Element | None:
    """In mg; a bolus whose mg cannot be known, as charted."""
    if segment.dose_mg is not None:
        return quantity(segment.dose_mg, "mg")
    return quantity(segment.charted.value, segment.charted.unit) if segment.charted else None


def _status(context: SessionContext, segment: Segment) -> str:
    if segment.end is None:
        return "in-progress" if context.session.status == "in-progress" else "unknown"
    return "stopped" if segment.stopped else "completed"


def _extensions(context: SessionContext, segment: Segment) -> Iterator[Element]:
    """The place of a segment in its infusion, and why it began and ended: R4 has no element for these."""
    yield context.local_extension("segment-sequence", valuePositiveInt=segment.sequence)
    if segment.reason:
        yield context.local_extension("segment-reason", valueString=segment.reason)
    if segment.end_reason and segment.end_reason != segment.stop_reason:
        yield context.local_extension("segment-end-reason", valueString=segment.end_reason)


def _request(context: SessionContext, segment: Segment) -> Element | None:
    order = context.session.order
    if order is None or segment.medication != (order.medication or context.session.medications[0].label):
        return None
    return context.refer("MedicationRequest")


def _not_done(context: SessionContext, label: str) -> Resource:
    reason = context.session.status_reason
    return _administration(
        context,
        ("not-done", label),
        status="not-done",
        statusReason=[codeable_concept(text=reason)] if reason else None,
        medicationReference=context.medication(label),
        effectiveDateTime=date_time(context.session.start),
    )


def _other(context: SessionContext, event: OtherMedication, key: str) -> Resource:
    return _administration(
        context,
        ("medication", key),
        twin=context.refer("Observation", "medication", key),
        extension=[context.local_extension("purpose", valueCode=event.purpose)],
        status="completed",
        medicationCodeableConcept=context.clinic.concept("drug", event.drug),
        effectiveDateTime=date_time(event.time),
        reasonCode=[codeable_concept(text=event.reason)] if event.reason else None,
        dosage=element(
            route=context.clinic.code("route", event.route) if event.route else None,
            dose=quantity(event.dose.value, event.dose.unit),
        ),
    )


def _administration(
    context: SessionContext, key: tuple[str, ...], twin: Element | None = None, **parts: Any
) -> Resource:
    """What all administrations of a session have in common: the weight that doses use, and the twin Observation."""
    performers = [*context.staff("administering"), *context.staff("monitoring")][:1]
    common: dict[str, Any] = {
        "partOf": [context.procedure],
        "subject": context.patient,
        "context": context.encounter,
        "supportingInformation": [found for found in (context.weight, twin) if found],
        "performer": [{"actor": context.practitioner(person)} for person in performers],
        "reasonReference": context.conditions if "reasonCode" not in parts else None,
    }
    return context.own("MedicationAdministration", *key, **{**parts, **common})


MAPPING = ResourceMapping(
    "MedicationAdministration",
    map_medication_administration,
    search=(
        IDENTIFIER,
        *patient(),
        STATUS,
        SearchParam("code", "token", ("medicationCodeableConcept",)),
        SearchParam("context", "reference", ("context",), target=("Encounter",)),
        SearchParam("device", "reference", ("device",), target=("Device",)),
        SearchParam("effective-time", "date", ("effective",)),
        SearchParam("medication", "reference", ("medicationReference",), target=("Medication",)),
        SearchParam("performer", "reference", ("performer.actor",), target=("Practitioner",)),
        SearchParam("request", "reference", ("request",), target=("MedicationRequest",)),
    ),
    retracted=(("status", "entered-in-error"),),
)
