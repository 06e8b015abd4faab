"""What a session adds up to: dose in mg and mg/kg, time the infusion ran. For readers who see no administrations."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from mappings.context import SessionContext
from mappings.datatypes import codeable_concept, period, quantity
from mappings.infusion import Segment, plain, rounded, weight_kg
from mappings.observations.observation import component, observation
from mappings.resource import Resource

PROFILE = "us-core-simple-observation"


def totals(context: SessionContext) -> Iterator[Resource]:
    for medication in context.session.medications:
        parts = [segment for segment in context.segments if segment.medication == medication.label]
        if parts and all(part.dose_mg is not None and part.end is not None for part in parts):
            yield from _totals(context, medication.label, parts)


def _totals(context: SessionContext, label: str, parts: list[Segment]) -> Iterator[Resource]:
    dose = plain(sum((part.dose_mg for part in parts if part.dose_mg is not None), Decimal(0)))
    yield _total(context, "total-dose", label, parts, dose, "mg")
    weight = weight_kg(context.session)
    if weight is not None:
        per_kg = plain(rounded(Fraction(dose) / weight, Decimal("0.001")))
        yield _total(context, "total-dose-per-weight", label, parts, per_kg, "mg/kg")
    yield _total(context, "infusion-duration", label, parts, _minutes(parts), "min")


def _total(context: SessionContext, name: str, label: str, parts: list[Segment], value: Decimal, unit: str) -> Resource:
    row = context.clinic.row("finding", name)
    drug = next(m.drug for m in context.session.medications if m.label == label)
    text = f"{row.text}: {context.clinic.display('drug', drug)}"
    added_up = [context.refer("Observation", *part.key) for part in parts]
    if name == "total-dose-per-weight" and context.weight is not None:
        added_up.append(context.weight)
    return observation(
        context,
        (name, label),
        "procedure",
        codeable_concept(*context.clinic.codings(row), text=text),
        None,
        PROFILE,
        effectivePeriod=period(parts[0].start, _end(parts)),
        valueQuantity=quantity(value, unit),
        derivedFrom=added_up,
        component=[
            component(context, "drug", valueCodeableConcept=context.drug(label)),
            component(context, "medication-label", valueString=label),
        ],
    )


def _end(parts: list[Segment]) -> datetime:
    return max(part.end or part.start for part in parts)


def _minutes(parts: list[Segment]) -> Decimal:
    """Pauses do not count."""
    span = sum(((part.end or part.start) - part.start for part in parts), timedelta())
    microseconds = (span.days * 86_400 + span.seconds) * 1_000_000 + span.microseconds
    return plain(rounded(Fraction(microseconds, 60_000_000), Decimal("0.01")))
