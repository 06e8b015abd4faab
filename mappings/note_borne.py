"""What the note tells of how the patient bore it: vital signs, reactions, limits passed, scores and mental status."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from mappings.alerts import is_positive
from mappings.context import SessionContext
from mappings.derived import TIME, VALUE, Reading, parted
from mappings.events import Dissociation, Reaction, Score, Sedation, VitalSigns
from mappings.observations.scores import total_of
from mappings.words import Clock, number, unit

# field of the record → row of the table `vital`
VITALS = {
    "systolic": "systolic",
    "diastolic": "diastolic",
    "mean": "mean",
    "heart_rate": "heart-rate",
    "oxygen_saturation": "oxygen-saturation",
    "oxygen_flow": "oxygen-flow",
    "inspired_oxygen": "inspired-oxygen",
    "respiratory_rate": "respiratory-rate",
    "end_tidal_co2": "end-tidal-co2",
}
OUTCOMES = {"resolvedWithSequelae": "resolved with sequelae"}


def vital_signs(context: SessionContext, clock: Clock) -> Iterator[str]:
    """Of each sign the last reading before the infusion, the extremes since, and the last."""
    begun = min((segment.start for segment in context.segments), default=None)
    for field, key in VITALS.items():
        if field in context.readings:
            row = context.clinic.row("vital", key)
            yield _course(clock, row.text, row.unit or "1", context.readings[field], begun)
    warmth = [(event, event.temperature) for event, _ in context.events(VitalSigns) if event.temperature]
    for scale in dict.fromkeys(found.unit for _, found in warmth):
        charted = [Reading(found.value, event.time, event) for event, found in warmth if found.unit == scale]
        name = context.clinic.row("vital", "temperature").text
        yield _course(clock, name, scale, sorted(charted, key=TIME), begun)


def _course(clock: Clock, name: str, ucum: str, charted: Sequence[Reading], begun: datetime | None) -> str:
    """``charted`` in time order, at least one."""
    before, since = parted(charted, begun)
    told = [("before", before[-1])] if before else []
    if len(since) > 1:
        told.append(("highest", max(since, key=VALUE)))
        told.append(("lowest", min(since, key=VALUE)))
    if since:
        told.append(("last", since[-1]))
    readings = [f"{word} {number(reading.value)} at {clock.at(reading.time)}" for word, reading in told]
    return f"{name} ({unit(ucum)}): {', '.join(readings)}"


def complications(context: SessionContext, clock: Clock) -> Iterator[str]:
    for event in sorted((event for event, _ in context.events(Reaction)), key=lambda event: event.time):
        yield _reaction(context, clock, event)
    for alert in context.alerts:
        if alert.category == "clinical":
            yield f"{clock.at(alert.since)} {alert.text}"


def _reaction(context: SessionContext, clock: Clock, event: Reaction) -> str:
    when = clock.span(event.time, event.end) if event.end else clock.at(event.time)
    parts = [f"{context.clinic.display('reaction', event.reaction)}, {event.severity}"]
    if event.action:
        parts.append(f"action: {event.action}")
    if event.infusion_stopped:
        parts.append("the infusion was stopped for it")
    if event.outcome:
        parts.append(f"outcome: {OUTCOMES.get(event.outcome, event.outcome)}")
    return f"{when} {'; '.join(parts)}"


def mental_status(context: SessionContext, clock: Clock) -> Iterator[str]:
    """Warnings first, then everything in order of time."""
    for alert in context.alerts:
        if alert.category == "safety":
            yield f"WARNING: {alert.text}"
    found = [e for e in context.session.events if e.type in ("score", "sedation", "dissociation")]
    for event in sorted(found, key=lambda event: event.time):
        yield f"{clock.at(event.time)} {_status(context, event)}"


def _status(context: SessionContext, event: Score | Sedation | Dissociation) -> str:
    if isinstance(event, Score):
        return _score(context, event)
    if isinstance(event, Sedation):
        return f"{context.clinic.row('instrument', event.scale).text}: {event.level}"
    text = context.clinic.row("finding", "dissociation").text
    return f"{text}: {event.level}{f' ({event.note})' if event.note else ''}"


def _score(context: SessionContext, event: Score) -> str:
    row = context.clinic.row("instrument", event.instrument)
    items = ", ".join("-" if item is None else str(item) for item in event.items or ())
    if row.top == 1:
        return f"{row.text}: {'positive' if is_positive(event) else 'negative'}{f' (answers {items})' if items else ''}"
    total = total_of(event, row)
    told = "not complete" if total is None else number(total)
    return f"{row.text}: {told}{f' (items {items})' if items else ''}"
