"""Baseline, peak and return of each vital sign: worked out, so never in the words or the category of a reading."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mappings.context import SessionContext
from mappings.datatypes import Element, date_time, quantity
from mappings.derived import SIGNS, Excursion, Reading, excursions, tolerance
from mappings.events import VitalSigns
from mappings.observations.observation import observation
from mappings.resource import Resource

PROFILE = "us-core-simple-observation"
PRESSURES = ("systolic", "diastolic", "mean")
Keys = dict[int, str]  # identity of a set of readings → its key


def derived(context: SessionContext) -> Iterator[Resource]:
    keys: Keys = {id(event): key for event, key in context.events(VitalSigns)}
    for found in excursions(context.session, context.clinic.baseline):
        yield _value(context, keys, found, "baseline", found.baseline)
        if found.peak is not None:
            yield _value(context, keys, found, "peak", found.peak)
        if found.returned is not None:
            yield _return(context, keys, found, found.returned)


def _value(context: SessionContext, keys: Keys, found: Excursion, what: str, reading: Reading) -> Resource:
    unit = context.clinic.row("derived", f"{SIGNS[found.sign][0]}-{what}").unit or "1"
    value = quantity(reading.value, unit)
    return _derived(context, found, what, reading, [_source(context, keys, found.sign, reading)], valueQuantity=value)


def _return(context: SessionContext, keys: Keys, found: Excursion, back: Reading) -> Resource:
    """The first time at which it was as before, and how near counts as that."""
    near = quantity(tolerance(found.sign, context.clinic.baseline), "%")
    sources = [_source(context, keys, found.sign, reading) for reading in (found.baseline, back)]
    return _derived(
        context,
        found,
        "return",
        back,
        sources if sources[0] != sources[1] else sources[:1],
        valueDateTime=date_time(back.time),
        component=[{"code": context.clinic.code("derived", "tolerance"), "valueQuantity": near}],
    )


def _derived(
    context: SessionContext, found: Excursion, what: str, reading: Reading, sources: list[Element], **parts: Any
) -> Resource:
    row = SIGNS[found.sign][0]
    open_ = context.session.status == "in-progress"
    return observation(
        context,
        (what, row),
        "procedure",
        context.clinic.code("derived", f"{row}-{what}"),
        date_time(reading.time),
        PROFILE,
        status="preliminary" if open_ else "final",
        derivedFrom=sources,
        **parts,
    )


def _source(context: SessionContext, keys: Keys, sign: str, reading: Reading) -> Element:
    """The Observation of a reading. Pressures of one set are one panel; a mean that was read alone stands alone."""
    row = SIGNS[sign][0]
    if sign in PRESSURES:
        paired = reading.event.systolic is not None or reading.event.diastolic is not None
        row = "blood-pressure" if paired else "mean"
    return context.refer("Observation", row, keys[id(reading.event)])
