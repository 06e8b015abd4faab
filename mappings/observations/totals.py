"""What a session adds up to: dose in mg and mg/kg, time the infusion ran. For readers who see no administrations."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from functools import partial

from mappings.context import SessionContext
from mappings.datatypes import Element, period, quantity
from mappings.infusion import Segment, plain, rounded
from mappings.observations.observation import component, observation
from mappings.resource import Resource
from mappings.session import Medication

PROFILE = "us-core-simple-observation"


def totals(context: SessionContext) -> Iterator[Resource]:
    for medication in context.session.medications:
        parts = [segment for segment in context.segments if segment.medication == medication.label]
        given = context.given[medication.label]
        if given.mg is not None and all(part.end is not None for part in parts):
            yield from _totals(context, medication, parts, given.mg, given.per_kg)


def _totals(
    context: SessionContext, medication: Medication, parts: list[Segment], mg: Decimal, per_kg: Decimal | None
) -> Iterator[Resource]:
    added_up = [context.refer("Observation", *part.key) for part in parts]
    when = period(parts[0].start, max(part.end or part.start for part in parts))
    total = partial(_total, context, medication, when)
    yield total("total-dose", quantity(mg, "mg"), added_up)
    if per_kg is not None:
        weighed = [*added_up, context.weight] if context.weight else added_up
        yield total("total-dose-per-weight", quantity(per_kg, "mg/kg"), weighed)
    if any(part.kind == "infusion" for part in parts):
        yield total("infusion-duration", quantity(_minutes(parts), "min"), added_up)


def _total(
    context: SessionContext, medication: Medication, when: Element, name: str, value: Element, added_up: list[Element]
) -> Resource:
    """The code says what is added up; its words say of which drug."""
    code, key = context.clinic.code("finding", name), (name, medication.label)
    words = f"{code['text']}: {context.clinic.display('drug', medication.drug)}"
    return observation(
        context,
        key,
        "procedure",
        {**code, "text": words},
        None,
        PROFILE,
        effectivePeriod=when,
        valueQuantity=value,
        derivedFrom=added_up,
        component=[
            component(context, "drug", valueCodeableConcept=context.drug(medication.label)),
            component(context, "medication-label", valueString=medication.label),
        ],
    )


def _minutes(parts: list[Segment]) -> Decimal:
    """Pauses do not count."""
    span = sum(((part.end or part.start) - part.start for part in parts), timedelta())
    microseconds = (span.days * 86_400 + span.seconds) * 1_000_000 + span.microseconds
    return plain(rounded(Fraction(microseconds, 60_000_000), Decimal("0.01")))
