"""Findings: what was checked before the infusion, noted during it, and decided at discharge."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mappings.context import SessionContext
from mappings.datatypes import codeable_concept, date_time, quantity
from mappings.events import Discharge, Note
from mappings.observations.observation import observation
from mappings.resource import Resource

PROFILE = "us-core-simple-observation"


def findings(context: SessionContext) -> Iterator[Resource]:
    yield from _before(context)
    yield from _notes(context)
    yield from _products(context)


def _before(context: SessionContext) -> Iterator[Resource]:
    before = context.session.preparation
    if before.asa_class is not None:
        yield _finding(
            context, "asa-class", valueCodeableConcept=codeable_concept(text=f"ASA class {before.asa_class}")
        )
    if before.last_oral_intake is not None:
        yield _finding(context, "last-oral-intake", valueDateTime=date_time(before.last_oral_intake))
    for name, test in (("pregnancy-test", before.pregnancy_test), ("drug-screen", before.drug_screen)):
        if test is not None:
            time = test.time or context.session.start
            yield _finding(context, name, time=time, valueCodeableConcept=codeable_concept(text=test.result))
    if before.consent_given is not None:
        yield _finding(context, "consent", time=before.consent_given, valueBoolean=True)
    if before.escort is not None:
        yield _finding(context, "escort", valueString=before.escort)


def _notes(context: SessionContext) -> Iterator[Resource]:
    notes = [event for event in context.session.events if isinstance(event, Note)]
    for number, note in enumerate(notes, start=1):
        yield _finding(context, "session-note", str(number), time=note.time, valueString=note.text)
    departures = [event for event in context.session.events if isinstance(event, Discharge)]
    for number, discharge in enumerate(departures, start=1):
        words = [text for text in (discharge.criteria, discharge.escort and f"Escort: {discharge.escort}") if text]
        yield _finding(
            context,
            "discharge",
            str(number),
            time=discharge.time,
            valueBoolean=discharge.criteria_met,
            note=[{"text": text} for text in words],
        )


def _products(context: SessionContext) -> Iterator[Resource]:
    """Drawn up, wasted and recorded amounts, each by medication: the other side of the dose's account."""
    for medication in context.session.medications:
        witness = medication.waste_witness
        amounts = (
            ("drawn-up", medication.drawn_up, None),
            ("waste", medication.wasted, [{"text": f"Witness: {witness}"}] if witness else None),
            ("recorded-dose", medication.recorded_dose, None),
        )
        for name, amount, note in amounts:
            if amount is not None:
                value = quantity(amount.value, amount.unit)
                yield _finding(context, name, medication.label, valueQuantity=value, note=note)


def _finding(context: SessionContext, name: str, *key: str, time: Any = None, **parts: Any) -> Resource:
    code = context.clinic.code("finding", name)
    return observation(context, (name, *key), "exam", code, time or context.session.start, PROFILE, **parts)
