"""A session being charted: events gathered in any order, written in the order of time."""

from __future__ import annotations

from typing import Any

from service.generator.units import Document
from service.generator.zones import Clock


class Chart:
    """Times are seconds from the start of the session; what is None is left out, as clinics leave it out."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self._events: list[tuple[int, Document]] = []

    def add(self, second: int, type_: str, **parts: Any) -> None:
        found = {name: part for name, part in parts.items() if part is not None}
        self._events.append((second, {"type": type_, "time": self.clock.at(second), **found}))

    def events(self, until: int | None = None) -> list[Document]:
        """At one time the order of charting stays. ``until`` is how far a session in progress has come."""
        self._events.sort(key=lambda pair: pair[0])
        return [event for second, event in self._events if until is None or second <= until]
