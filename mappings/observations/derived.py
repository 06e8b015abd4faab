"""Baseline, peak and return of each vital sign: worked out, so never in the words or the category of a reading."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mappings.context import SessionContext
from mappings.datatypes import Element, date_time, quantity
from mappings.derived import SIGNS, Excursion, Reading, excursions, tolerance
from mappings.events import VitalSigns
from mappings.observations.observation import observation
from mappings.observations.reading_keys import keys_by_row, pressure_row
from mappings.resource import Resource

PROFILE = "us-core-simple-observation"
PRESSURES = ("systolic", "diastolic", "mean")


class Sources:
    """From a reading to the Observation it stands in. Several signs of one set stand in one panel."""

    def __init__(self, context: SessionContext) -> None:
        self._context = context
        self._keys = {id(event): key for event, key in context.events(VitalSigns)}
        self._known: dict[tuple[int, str], Element] = {}

    def of(self, sign: str, reading: Reading) -> Element:
        """Pressures of one set are one panel."""
        event = reading.event
        row = pressure_row(event) if sign in PRESSURES else SIGNS[sign][0]
        if (id(event), row) not in self._known:
            key = keys_by_row(self._context, event).get(row, self._keys[id(event)])
            self._known[id(event), row] = self._context.refer("Observation", row, key)
        return self._known[id(event), row]


def derived(context: SessionContext) -> Iterator[Resource]:
    sources = Sources(context)
    for found in excursions(context.session, context.readings, context.clinic.baseline):
        baseline = sources.of(found.sign, found.baseline)
        yield _value(context, found, "baseline", found.baseline, baseline)
        if found.peak is not None:
            yield _value(context, found, "peak", found.peak, sources.of(found.sign, found.peak))
        if found.returned is not None:
            back = sources.of(found.sign, found.returned)
            yield _return(context, found, found.returned, [baseline, back] if back != baseline else [baseline])


def _value(context: SessionContext, found: Excursion, what: str, reading: Reading, source: Element) -> Resource:
    unit = context.clinic.row("derived", f"{SIGNS[found.sign][0]}-{what}").unit or "1"
    value = quantity(reading.value, unit)
    return _derived(context, found, what, date_time(reading.time), [source], valueQuantity=value)


def _return(context: SessionContext, found: Excursion, back: Reading, sources: list[Element]) -> Resource:
    """The first time at which it was as before, and how near counts as that."""
    near, time = quantity(tolerance(found.sign, context.clinic.baseline), "%"), date_time(back.time)
    component = [{"code": context.clinic.code("derived", "tolerance"), "valueQuantity": near}]
    return _derived(context, found, "return", time, sources, valueDateTime=time, component=component)


def _derived(
    context: SessionContext, found: Excursion, what: str, time: str, sources: list[Element], **parts: Any
) -> Resource:
    row = SIGNS[found.sign][0]
    if context.session.status == "in-progress":
        parts["status"] = "preliminary"
    code = context.clinic.code("derived", f"{row}-{what}")
    return observation(context, (what, row), "procedure", code, time, PROFILE, derivedFrom=sources, **parts)
