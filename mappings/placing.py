"""Events with their keys: what the ids of the resources hang on that come from them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from mappings.events import Event, Note, OtherMedication, Reaction, Score, Sedation
from mappings.identity import PlacedKey, moment
from mappings.keys import concept_key

SEPARATOR = "\x1f"  # in no text of a record
# What an event of a kind is about, in as many words for each. Where nothing stands here, the kind says it
ABOUT: dict[type[Any], Callable[[Any], tuple[str, ...]]] = {
    OtherMedication: lambda event: concept_key(event.drug),
    Reaction: lambda event: concept_key(event.reaction),
    Score: lambda event: (event.instrument,),
    Sedation: lambda event: (event.scale,),
    Note: lambda event: (event.kind,),
}


def placed(kind: type[Any], events: Iterable[tuple[int, Event]]) -> Iterator[tuple[Event, PlacedKey]]:
    """Events of one kind, each with its place in the record → each with its key: its time in UTC, and what it is about.

    Keys hang on neither the place in the record nor on other events: one that is added or taken out leaves the ids of
    all others as they are. Only events about the same at one time are told apart by a count.
    """
    about, seen = ABOUT.get(kind), dict[str, int]()
    for place, event in events:
        key = moment(event.time)
        if about:
            key = SEPARATOR.join([key, *about(event)])
        count = seen[key] = seen.get(key, 0) + 1
        yield event, PlacedKey.of(key if count == 1 else f"{key}{SEPARATOR}{count}", f"events[{place}]")
