"""Events with their keys: what the ids of the resources hang on that come from them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mappings.events import Event
from mappings.identity import PlacedKey, moment


def placed(events: Iterable[tuple[int, Event]]) -> Iterator[tuple[Event, PlacedKey]]:
    """Events of one kind, each with its place in the record → each with its key: its time in UTC.

    Keys hang on the time and not on the place in the record: a reading added or taken out leaves the ids of all
    others as they are. Events of a kind at one time are told apart by a count.
    """
    seen: dict[str, int] = {}
    for place, event in events:
        key = moment(event.time)
        count = seen[key] = seen.get(key, 0) + 1
        yield event, PlacedKey.of(key if count == 1 else f"{key} {count}", f"events[{place}]")
