"""What was given, for readers who see no MedicationAdministration: each has its twin here, with the whole fact.

One Observation per stretch at a constant rate, per bolus, per other drug, and per stop of an infusion that had been
paused. The administration points to its twin (supportingInformation), so whoever reads both counts once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from mappings.context import SessionContext
from mappings.datatypes import Element, date_time, period, quantity
from mappings.events import OtherMedication
from mappings.identity import PlacedKey, moment, told_apart
from mappings.infusion import END_ASSUMED, Segment, stops_in_a_pause
from mappings.observations.observation import component, observation
from mappings.resource import Resource

PROFILE = "us-core-simple-observation"


def administrations(context: SessionContext) -> Iterator[Resource]:
    for segment in context.segments:
        yield _segment(context, segment)
    yield from _stops(context)
    for event, key in context.events(OtherMedication):
        yield _other(context, event, key)


def _segment(context: SessionContext, segment: Segment) -> Resource:
    """Its value is the dose in mg; a bolus also says how it was charted."""
    bolus = segment.kind == "bolus"
    return _given(
        context,
        segment.key,
        "infusion-bolus" if bolus else "infusion-segment",
        status="preliminary" if segment.end is None and context.session.status == "in-progress" else "final",
        effectiveDateTime=date_time(segment.start) if bolus else None,
        effectivePeriod=None if bolus else period(segment.start, segment.end),
        valueQuantity=None if segment.dose_mg is None else quantity(segment.dose_mg, "mg"),
        note=[{"text": END_ASSUMED}] if segment.is_end_assumed else None,
        device=context.pumps[0] if len(context.pumps) == 1 and not bolus else None,
        component=list(_details(context, segment)),
    )


def _details(context: SessionContext, segment: Segment) -> Iterator[Element]:
    yield component(context, "drug", valueCodeableConcept=context.drug(segment.medication))
    yield component(context, "medication-label", valueString=segment.medication)
    yield component(context, "segment-sequence", valueInteger=segment.sequence)
    if segment.rate:
        yield component(context, "infusion-rate", valueQuantity=quantity(segment.rate.value, segment.rate.unit))
    if segment.charted:
        yield component(context, "charted-dose", valueQuantity=quantity(segment.charted.value, segment.charted.unit))
    if segment.kind == "infusion":
        yield component(context, "started-by", valueCodeableConcept=context.clinic.code("event", segment.started_by))
    if segment.reason:
        yield component(context, "start-reason", valueString=segment.reason)
    if segment.ended_by:
        yield component(context, "ended-by", valueCodeableConcept=context.clinic.code("event", segment.ended_by))
    if segment.end_reason:
        yield component(context, "end-reason", valueString=segment.end_reason)
    if segment.stopped and segment.ended_by == "infusion-stop":
        yield component(context, "aborted", valueBoolean=True)


def _stops(context: SessionContext) -> Iterator[Resource]:
    """A stop out of a pause ends no stretch, so it stands by itself."""
    seen: Counter[tuple[str, ...]] = Counter()
    for place, stop, label in stops_in_a_pause(context.session):
        time = PlacedKey.of(moment(stop.time), f"events[{place}]")
        yield _given(
            context,
            told_apart(("stop", label, time), seen),
            "infusion-stop",
            effectiveDateTime=date_time(stop.time),
            valueBoolean=True,
            component=[
                component(context, "drug", valueCodeableConcept=context.drug(label)),
                component(context, "medication-label", valueString=label),
                *([component(context, "aborted", valueBoolean=True)] if stop.aborted else []),
                *([component(context, "end-reason", valueString=stop.reason)] if stop.reason else []),
            ],
        )


def _other(context: SessionContext, event: OtherMedication, key: str) -> Resource:
    clinic = context.clinic
    parts = [
        component(context, "drug", valueCodeableConcept=clinic.concept("drug", event.drug)),
        component(context, "purpose", valueCodeableConcept=clinic.code("purpose", event.purpose)),
    ]
    if event.route:
        parts.append(component(context, "route", valueCodeableConcept=clinic.code("route", event.route)))
    if event.reason:
        parts.append(component(context, "start-reason", valueString=event.reason))
    return _given(
        context,
        ("medication", key),
        "medication-given",
        effectiveDateTime=date_time(event.time),
        valueQuantity=quantity(event.dose.value, event.dose.unit),
        component=parts,
    )


def _given(context: SessionContext, key: tuple[str, ...], name: str, **parts: Any) -> Resource:
    return observation(context, key, "procedure", context.clinic.code("finding", name), None, PROFILE, **parts)
