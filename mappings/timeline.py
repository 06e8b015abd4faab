"""The order of infusion events: what may follow what, on the time line of each medication."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from mappings.events import Bolus, InfusionEvent, InfusionStart, InfusionStop, Pause, RateChange, Resume

Fault = tuple[str, str, str]

# state → event type → next state; what is not listed cannot happen
STEPS = {
    "idle": {"infusion-start": "running"},
    "running": {"rate-change": "running", "pause": "paused", "infusion-stop": "idle"},
    "paused": {"resume": "running", "infusion-stop": "idle"},
}
STATEFUL = (InfusionStart, RateChange, Pause, Resume, InfusionStop)
OF_INFUSION = frozenset((*STATEFUL, Bolus))  # asked of every event: isinstance is slow to say no of a record


def check_timeline(events: Sequence[Any], only: str | None = None) -> list[Fault]:
    """Faults as (IssueType, text, place). Equal times keep the order written.

    ``only`` is the label of the session's one medication: an event that names none means that one.
    """
    return [*_out_of_order(events, only), *_wrong_steps(events, only)]


def infusion_events(events: Sequence[Any]) -> list[tuple[int, InfusionEvent]]:
    """The infusion events with their place in the document, in time order."""
    found = [(i, event) for i, event in enumerate(events) if type(event) in OF_INFUSION]
    return sorted(found, key=lambda pair: pair[1].time)


def _out_of_order(events: Sequence[Any], only: str | None) -> Iterator[Fault]:
    """Infusion events of one medication are written in the order they happened: a jump back is a typing mistake."""
    latest: dict[str | None, Any] = {}
    for i, event in enumerate(events):
        if not isinstance(event, STATEFUL):
            continue
        label = event.medication or only
        before = latest.get(label)
        if before is not None and event.time < before:
            yield ("business-rule", "an infusion event stands before the one written ahead of it", f"events[{i}].time")
        latest[label] = event.time


def _wrong_steps(events: Sequence[Any], only: str | None) -> Iterator[Fault]:
    states: dict[str | None, str] = {}
    for i, event in enumerate(events):
        if not isinstance(event, STATEFUL):
            continue
        label = event.medication or only
        state = states.get(label, "idle")
        following = STEPS[state].get(event.type)
        if following is None:
            yield ("business-rule", f"{event.type} cannot happen while the infusion is {state}", f"events[{i}].type")
            continue
        states[label] = following
