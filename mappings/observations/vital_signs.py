"""Vital signs: one US Core Observation per reading, and weight and height from before the infusion."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from mappings.clinic import Clinic
from mappings.context import SessionContext
from mappings.datatypes import Element, Fixed, codeable_concept, concept, date_time, quantity
from mappings.events import VitalSigns
from mappings.identity import PlacedKey
from mappings.infusion import without_exponent
from mappings.observations.observation import ABSENT, observation
from mappings.observations.reading_keys import keys_by_row
from mappings.resource import Resource

# field of the record → (row of the terminology, US Core profile); blood pressure and oxygen stand on their own below
SIMPLE = {
    "heart_rate": ("heart-rate", "us-core-heart-rate"),
    "respiratory_rate": ("respiratory-rate", "us-core-respiratory-rate"),
    "end_tidal_co2": ("end-tidal-co2", ""),
}


def vital_signs(context: SessionContext) -> Iterator[Resource]:
    yield from _body(context)
    for event, key in context.events(VitalSigns):
        yield from _readings(context, event, key)


def _body(context: SessionContext) -> Iterator[Resource]:
    before = context.session.preparation
    time = date_time(before.weighed or context.session.start)
    for name, measure in (("weight", before.weight), ("height", before.height)):
        if measure is not None:
            value = quantity(measure.value, measure.unit)
            if measure.unit == "m":  # not among the units of US Core
                value = quantity(without_exponent(measure.value.scaleb(2)), "cm")  # 1.73 → 173, with the digits read
            code = context.clinic.code("vital", name)
            yield observation(context, (name,), "vital-signs", code, time, f"us-core-body-{name}", valueQuantity=value)


def _readings(context: SessionContext, event: VitalSigns, key: PlacedKey) -> Iterator[Resource]:
    time, keys = date_time(event.time), keys_by_row(context, event)
    if event.systolic is not None or event.diastolic is not None:
        yield _blood_pressure(context, event, keys.get("blood-pressure", key), time)
    elif event.mean is not None:
        yield _reading(context, "mean", keys.get("mean", key), time, "", _measured(context, "mean", event.mean))
    for field, (row, profile) in SIMPLE.items():
        value = getattr(event, field)
        if value is not None:
            yield _reading(context, row, keys.get(row, key), time, profile, _measured(context, row, value))
    if event.temperature is not None:
        value, profile = quantity(event.temperature.value, event.temperature.unit), "us-core-body-temperature"
        yield _reading(context, "temperature", keys.get("temperature", key), time, profile, value)
    if event.oxygen_saturation is not None:
        yield _oxygen(context, event, keys.get("oxygen-saturation", key), time, event.oxygen_saturation)


def _reading(context: SessionContext, row: str, key: str, time: str, profile: str, value: Element) -> Resource:
    parts = _by(context)
    parts["valueQuantity"] = value
    return observation(context, (row, key), "vital-signs", context.clinic.code("vital", row), time, profile, **parts)


def _by(context: SessionContext) -> dict[str, Any]:
    """The device that measured, where it is known."""
    return {"device": context.monitor} if context.monitor else {}


def _measured(context: SessionContext, row: str, value: Decimal) -> Element:
    return quantity(value, context.clinic.once(_units)[row])


def _units(clinic: Clinic) -> dict[str, str]:
    return {key: row.unit or "1" for key, row in clinic.tables["vital"].items()}


def _blood_pressure(context: SessionContext, event: VitalSigns, key: str, time: str) -> Resource:
    """Systolic and diastolic are each always there in US Core: one that was not charted says that it is unknown."""
    pressures = [_component(context, "systolic", event.systolic), _component(context, "diastolic", event.diastolic)]
    if event.mean is not None:
        pressures.append(_component(context, "mean", event.mean))
    code, parts = context.clinic.code("vital", "blood-pressure"), _by(context)
    parts["component"] = pressures
    return observation(context, ("blood-pressure", key), "vital-signs", code, time, "us-core-blood-pressure", **parts)


def _component(context: SessionContext, row: str, value: Decimal | None) -> Element:
    code = context.clinic.code("vital", row)
    if value is None:
        return {"code": code, "dataAbsentReason": concept(ABSENT, "unknown", "Unknown")}
    return {"code": code, "valueQuantity": _measured(context, row, value)}


def _oxygen(context: SessionContext, event: VitalSigns, key: str, time: str, saturation: Decimal) -> Resource:
    """Both codes, as US Core asks; oxygen given stands beside the saturation it led to."""
    code, parts = context.clinic.once(_both_codes), _by(context)
    parts["valueQuantity"] = _measured(context, "oxygen-saturation", saturation)
    if event.oxygen_flow is not None or event.inspired_oxygen is not None:
        given = (("oxygen-flow", event.oxygen_flow), ("inspired-oxygen", event.inspired_oxygen))
        parts["component"] = [_component(context, row, value) for row, value in given if value is not None]
    return observation(
        context, ("oxygen-saturation", key), "vital-signs", code, time, "us-core-pulse-oximetry", **parts
    )


def _both_codes(clinic: Clinic) -> Element:
    both = [clinic.row("vital", row) for row in ("oxygen-saturation", "oxygen-saturation-arterial")]
    return Fixed(codeable_concept(*(c for row in both for c in clinic.codings(row)), text=both[0].text))
