"""Findings: what was checked before the infusion, noted during it, and decided at discharge."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from mappings.context import SessionContext
from mappings.datatypes import date_time
from mappings.events import Discharge, Note
from mappings.observations.observation import component, observation
from mappings.resource import Resource

PROFILE = "us-core-simple-observation"


def findings(context: SessionContext) -> Iterator[Resource]:
    yield from _before(context)
    yield from _notes(context)


def _before(context: SessionContext) -> Iterator[Resource]:
    before, clinic = context.session.preparation, context.clinic
    if before.asa_class is not None:
        asa_class = clinic.code("asa-class", f"asa-{before.asa_class}")
        yield _finding(context, "asa-class", time=context.session.start, valueCodeableConcept=asa_class)
    if before.last_oral_intake is not None:
        yield _finding(
            context, "last-oral-intake", time=context.session.start, valueDateTime=date_time(before.last_oral_intake)
        )
    for name, test in (("pregnancy-test", before.pregnancy_test), ("drug-screen", before.drug_screen)):
        if test is not None:
            yield _finding(context, name, time=test.time, valueCodeableConcept=clinic.code("result", test.result))
    if before.consent_given is not None:
        yield _finding(context, "consent", time=before.consent_given, valueBoolean=True)
    if before.escort is not None:
        yield _finding(context, "escort", time=context.session.start, valueString=before.escort)


def _notes(context: SessionContext) -> Iterator[Resource]:
    """Notes of a therapy stay in the clinic's record."""
    for note, key in context.events(Note):
        if note.is_published:
            yield _finding(context, "session-note", key, time=note.time, valueString=note.text)
    for discharge, key in context.events(Discharge):
        said = (("discharge-criteria", discharge.criteria), ("escort", discharge.escort))
        yield _finding(
            context,
            "discharge",
            key,
            time=discharge.time,
            valueBoolean=discharge.criteria_met,
            component=[component(context, name, valueString=text) for name, text in said if text is not None],
        )


def _finding(context: SessionContext, name: str, *key: str, time: datetime | None, **parts: Any) -> Resource:
    """A test whose time is not known has none: no time is made up."""
    code, when = context.clinic.code("finding", name), date_time(time) if time else None
    return observation(context, (name, *key), "exam", code, when, PROFILE, **parts)
