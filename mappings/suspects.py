"""What may have caused a reaction: what was running when it began, else what was given last before it.

A suspicion by time alone. Nobody's judgement of the cause is made up.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from mappings.context import SessionContext
from mappings.datatypes import Element, element
from mappings.events import OtherMedication
from mappings.infusion import Segment

# For so long what is given at once counts as running: an intravenous bolus of ketamine wears off within this.
LASTS = timedelta(minutes=15)


def suspects(context: SessionContext, onset: datetime) -> list[Element]:
    """References to administrations; to the products themselves where no administration of them was charted."""
    if context.session.status == "not-done" or context.segments:
        infused = [_infused(context, segment) for segment in _infusing(context.segments, onset)]
    else:
        infused = [context.medication(medication.label) for medication in context.session.medications]
    return [*infused, *_others(context, onset)]


def _infusing(segments: tuple[Segment, ...], onset: datetime) -> list[Segment]:
    """A rate that began with the reaction, perhaps because of it, is suspect only where nothing ran before."""
    begun = [segment for segment in segments if segment.start <= onset]
    running = [segment for segment in begun if onset <= (_until(segment) or onset)]
    chosen = [segment for segment in running if segment.start < onset or segment.kind == "bolus"] or running
    return chosen or sorted(begun, key=lambda segment: segment.start)[-1:]


def _until(segment: Segment) -> datetime | None:
    return segment.start + LASTS if segment.kind == "bolus" else segment.end


def _infused(context: SessionContext, segment: Segment) -> Element:
    display = context.medication(segment.medication)["display"]
    return element(**context.refer("MedicationAdministration", *segment.key), display=display)


def _others(context: SessionContext, onset: datetime) -> Iterator[Element]:
    """What was given to help with a reaction is no suspect of that, but of what follows."""
    for event, key in context.events(OtherMedication):
        recent = onset - LASTS <= event.time <= onset
        if recent and not (event.purpose == "rescue" and event.time == onset):
            display = context.clinic.display("drug", event.drug)
            yield element(**context.refer("MedicationAdministration", "medication", key), display=display)
