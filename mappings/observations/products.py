"""The drug products made ready for the session, each with its account: drawn up, wasted and seen by whom, recorded."""

from __future__ import annotations

from collections.abc import Iterator

from mappings.context import SessionContext
from mappings.datatypes import Element, date_time, quantity
from mappings.identity import PlacedKey
from mappings.observations.observation import component, observation
from mappings.resource import Resource
from mappings.session import Medication

PROFILE = "us-core-simple-observation"


def products(context: SessionContext) -> Iterator[Resource]:
    for i, medication in enumerate(context.session.medications):
        yield observation(
            context,
            ("product", PlacedKey.of(medication.label, f"medications[{i}]")),
            "procedure",
            context.clinic.code("finding", "medication-prepared"),
            date_time(context.session.start),
            PROFILE,
            valueCodeableConcept=context.drug(medication.label),
            component=list(_account(context, medication)),
        )


def _account(context: SessionContext, medication: Medication) -> Iterator[Element]:
    yield component(context, "medication-label", valueString=medication.label)
    amounts = (
        ("concentration", medication.concentration),
        ("drawn-up", medication.drawn_up),
        ("waste", medication.wasted),
        ("recorded-dose", medication.recorded_dose),
    )
    for name, amount in amounts:
        if amount is not None:
            yield component(context, name, valueQuantity=quantity(amount.value, amount.unit))
    words = (
        ("lot", medication.lot),
        ("expires", medication.expires and medication.expires.isoformat()),
        ("waste-witness", medication.waste_witness),
    )
    for name, text in words:
        if text is not None:
            yield component(context, name, valueString=text)
