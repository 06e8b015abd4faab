"""What was given: the twins of the administrations → the infusion events, boluses and other medications.

A stretch tells what it began and ended with, so the events between stretches need no resources of their own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from mappings.reading.graph import Graph
from mappings.reading.words import Words, amount, components
from mappings.resource import Resource

Event = dict[str, Any]


def infusion_events(graph: Graph, words: Words) -> list[Event]:
    """Each medication's time line in its order, then the boluses and the other medications."""
    stretches: dict[str, list[Resource]] = defaultdict(list)
    stops: dict[str, list[Event]] = defaultdict(list)
    others: list[Event] = []
    for resource in graph.observations:
        parts = components(resource, words)
        match words.key("finding", resource["code"]):
            case "infusion-segment":
                stretches[parts["medication-label"]].append(resource)
            case "infusion-stop":
                stops[parts["medication-label"]].append(_stop(resource["effectiveDateTime"], parts))
            case "infusion-bolus":
                others.append(_bolus(resource, parts))
            case "medication-given":
                others.append(_other(words, resource, parts))
            case _:
                pass
    lines = [event for label, found in stretches.items() for event in _time_line(words, found, stops[label])]
    return [*lines, *others]


def _time_line(words: Words, stretches: list[Resource], stops: list[Event]) -> Iterator[Event]:
    """A stretch that starts anew behind a pause has a stop before it, which stands by itself."""
    waiting = iter(stops)
    paused = False
    for resource in sorted(stretches, key=lambda r: components(r, words)["segment-sequence"]):
        parts = components(resource, words)
        started_by = words.key("event", parts["started-by"])
        if paused and started_by == "infusion-start":
            yield next(waiting)
        yield _start(resource, parts, started_by)
        ended_by = words.key("event", parts["ended-by"]) if "ended-by" in parts else None
        paused = ended_by == "pause"
        end = resource["effectivePeriod"].get("end")
        if paused:
            yield _event("pause", end, parts, reason=parts.get("end-reason"))
        elif ended_by == "infusion-stop":
            yield _stop(end, parts)
    yield from waiting


def _start(resource: Resource, parts: dict[str, Any], started_by: str | None) -> Event:
    time, rate = resource["effectivePeriod"]["start"], amount(parts["infusion-rate"])
    return _event(started_by, time, parts, rate=rate, reason=parts.get("start-reason"))


def _stop(time: str, parts: dict[str, Any]) -> Event:
    return _event("infusion-stop", time, parts, reason=parts.get("end-reason"), aborted=parts.get("aborted"))


def _bolus(resource: Resource, parts: dict[str, Any]) -> Event:
    dose = amount(parts["charted-dose"])
    return _event("bolus", resource["effectiveDateTime"], parts, dose=dose, reason=parts.get("start-reason"))


def _other(words: Words, resource: Resource, parts: dict[str, Any]) -> Event:
    return _event(
        "medication",
        resource["effectiveDateTime"],
        {},
        drug=words.concept("drug", parts["drug"]),
        dose=amount(resource["valueQuantity"]),
        route=words.key("route", parts["route"]) if "route" in parts else None,
        purpose=words.key("purpose", parts["purpose"]),
        reason=parts.get("start-reason"),
    )


def _event(kind: str | None, time: str, parts: dict[str, Any], **more: Any) -> Event:
    found = {"type": kind, "time": time, "medication": parts.get("medication-label"), **more}
    return {name: value for name, value in found.items() if value is not None}
