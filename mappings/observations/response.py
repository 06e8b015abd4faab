"""Change, response and remission: how a course has helped up to this session, in no words of a score."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from mappings.clinic import Row
from mappings.context import SessionContext
from mappings.datatypes import Element, codeable_concept, date_time, quantity, reference
from mappings.identity import id_in_session
from mappings.observations.observation import observation
from mappings.observations.scores import total_key
from mappings.resource import Resource
from mappings.response import Change, Total, changes

PROFILE = "us-core-simple-observation"


def response(context: SessionContext) -> Iterator[Resource]:
    for change in changes(context):
        row = context.clinic.row("instrument", change.latest.instrument)
        yield _change(context, change, row)
        if change.response is not None:
            least = quantity(context.clinic.response.drop_percent, "%", comparator=">=")
            yield _verdict(context, change, row, "response", change.response, least)
        if change.remission is not None:
            yield _verdict(context, change, row, "remission", change.remission, _threshold(context, change, row))


def _change(context: SessionContext, change: Change, row: Row) -> Resource:
    unit = row.unit or "{score}"
    parts = [_part(context, "score-baseline", valueQuantity=quantity(change.first.total, unit))]
    if change.percent is not None:
        parts.append(_part(context, "score-change-percent", valueQuantity=quantity(change.percent, "%")))
    return _derived(context, change, row, "score-change", parts, valueQuantity=quantity(change.points, unit))


def _verdict(context: SessionContext, change: Change, row: Row, name: str, holds: bool, threshold: Element) -> Resource:
    return _derived(
        context, change, row, name, [_part(context, "threshold", valueQuantity=threshold)], valueBoolean=holds
    )


def _threshold(context: SessionContext, change: Change, row: Row) -> Element:
    value = context.clinic.response.remission[change.latest.instrument]
    comparator = ">=" if row.direction == "higher-is-better" else "<="
    return quantity(Decimal(value), row.unit or "{score}", comparator=comparator)


def _derived(
    context: SessionContext, change: Change, row: Row, name: str, parts: list[Element], **value: Any
) -> Resource:
    """The instrument stands in a component: as the code it would be read as a score of it."""
    derived = context.clinic.row("derived", name)
    instrument = context.clinic.code("instrument", change.latest.instrument)
    return observation(
        context,
        (name, change.latest.instrument, change.latest.key),
        "therapy",
        codeable_concept(*context.clinic.codings(derived), text=f"{derived.text}: {row.text}"),
        date_time(change.latest.time),
        PROFILE,
        **value,
        derivedFrom=[_source(context, change.first), _source(context, change.latest)],
        component=[_part(context, "instrument", valueCodeableConcept=instrument), *parts],
    )


def _part(context: SessionContext, name: str, **value: Any) -> Element:
    return {"code": context.clinic.code("derived", name), **value}


def _source(context: SessionContext, total: Total) -> Element:
    """The Observation of a total, also where another session yields it."""
    key = total_key(total.instrument, total.key)
    return reference("Observation", id_in_session(context.clinic.key, total.session, "Observation", *key))
