"""MedicationRequest: what was ordered."""

from __future__ import annotations

from collections.abc import Iterator

from mappings.context import SessionContext
from mappings.datatypes import Element, date_time, element, quantity
from mappings.resource import Resource, ResourceMapping, SearchParam
from mappings.resources.searches import IDENTIFIER, STATUS, encounter, patient
from mappings.session import Order

STATUSES = {"in-progress": "active", "completed": "completed", "stopped": "stopped", "not-done": "cancelled"}


def map_medication_request(context: SessionContext) -> Iterator[Resource]:
    order = context.session.order
    if order is None:
        return
    label = order.medication or context.session.medications[0].label
    yield context.own(
        "MedicationRequest",
        profiles=("us-core-medicationrequest",),
        extension=[context.local_extension("medication-label", valueString=label)],
        status=STATUSES.get(context.session.status, "completed"),
        intent="order",
        medicationReference=context.medication(label),
        subject=context.patient,
        encounter=context.encounter,
        authoredOn=date_time(order.ordered) if order.ordered else None,
        requester=_requester(context),
        reasonReference=context.conditions,
        dosageInstruction=[_dosage(context, order)],
    )


def _requester(context: SessionContext) -> Element:
    ordering = context.staff("ordering")
    return context.practitioner(ordering[0]) if ordering else context.organization


def _dosage(context: SessionContext, order: Order) -> Element:
    minutes = order.duration_minutes
    return element(
        timing={"repeat": {"count": 1, "duration": minutes, "durationUnit": "min"}} if minutes else None,
        route=context.clinic.code("route", "intravenous"),
        doseAndRate=[{"doseQuantity": quantity(order.dose.value, order.dose.unit)}],
        maxDosePerAdministration=quantity(order.ceiling.value, order.ceiling.unit) if order.ceiling else None,
    )


MAPPING = ResourceMapping(
    "MedicationRequest",
    map_medication_request,
    search=(
        IDENTIFIER,
        *patient(),
        STATUS,
        encounter(),
        SearchParam("intent", "token", ("intent",)),
        SearchParam("authoredon", "date", ("authoredOn",)),
        SearchParam("medication", "reference", ("medicationReference",), target=("Medication",)),
        SearchParam("requester", "reference", ("requester",), target=("Practitioner", "Organization")),
    ),
    profiles=("us-core-medicationrequest",),
    retracted=(("status", "entered-in-error"),),
)
