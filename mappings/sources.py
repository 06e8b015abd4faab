"""Of one resource, the fields of the record that the source of a rule names: such fields as the record holds.

A source lists fields, below the place of the resource where they begin with a dot; a lone dot is the place itself.
Behind ``else`` stand the fields that count where the record holds none of those before it, and ``earlier`` is the
event that charted the rate at which an infusion was resumed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from mappings.context import SessionContext
from mappings.infusion import OPENING, is_for
from mappings.origin import Origin
from mappings.session import InfusionSession
from mappings.timeline import infusion_events

EARLIER = "earlier"
# Kinds whose key is the label of a product
OF_A_PRODUCT = ("total-dose", "total-dose-per-weight", "infusion-duration", "not-done")


def origin_of(context: SessionContext, id_: str) -> Origin:
    """With its place also where the key of the resource does not know it: of a product, of an indication."""
    found, key = context.origin(id_), context.origins.get(id_, ())
    if found.place:
        return found
    place = next(iter(_indications(context, id_) if isinstance(key, Origin) else _by_key(context, key)), "")
    return Origin(found.kind, place)


def _indications(context: SessionContext, id_: str) -> Iterator[str]:
    """Of a diagnosis that stands there twice the last, which is the one that is published."""
    for place in reversed(range(len(context.session.indications))):
        if context.condition_id(place) == id_:
            yield f"indications[{place}]"


def _by_key(context: SessionContext, key: tuple[str, ...]) -> Iterator[str]:
    if key and key[0] in OF_A_PRODUCT:
        labels = [medication.label for medication in context.session.medications]
        yield f"medications[{labels.index(key[1])}]"


def fields(source: str, place: str, session: InfusionSession) -> list[str]:
    """``staff[0].npi, staff[0].id``: the first way of the source in which the record holds something."""
    for way in source.split(" else "):
        named = [_field(name, place, session) for name in way.split(", ")]
        held = [field for field in named if field and holds(session, field)]
        if held:
            return held
    return []


def _field(name: str, place: str, session: InfusionSession) -> str:
    if name.startswith("."):
        return f"{place}{name}".removesuffix(".")
    if name.startswith(f"{EARLIER}."):
        return f"{_rated_before(place, session)}{name.removeprefix(EARLIER)}"
    return name


def _rated_before(place: str, session: InfusionSession) -> str:
    """The last event before this one that charted a rate of the same infusion."""
    events = infusion_events(session.events)
    at = next(i for i, (index, _) in enumerate(events) if place == f"events[{index}]")
    product = next(medication for medication in session.medications if is_for(events[at][1], medication, session))
    rated = [
        index
        for index, event in events[:at]
        if isinstance(event, OPENING) and event.rate is not None and is_for(event, product, session)
    ]
    return f"events[{rated[-1]}]"


def holds(session: InfusionSession, field: str) -> bool:
    """Whether the record says something there; what is assumed where it says nothing is not said."""
    value: Any = session
    for name, index in re.findall(r"(\w+)|\[(\d+)\]", field):
        if index:
            value = value[int(index)]
        elif isinstance(value, BaseModel) and name in value.model_fields_set:
            value = getattr(value, name)
        else:
            return False
    return bool(value.model_fields_set) if isinstance(value, BaseModel) else value not in (None, ())
