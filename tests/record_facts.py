"""What can be said in a session record, read off the session model: for tests that ask whether all of it occurs.

A fact is a place and what stands there: ``order.dose`` (given), ``order.ceiling -`` (left out), ``status = stopped``,
``order.dose.unit = mg/kg``, ``events.pause`` (an event of this type). A new field of the model is a new fact.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from mappings.quantities import Quantity, Record
from mappings.session import InfusionSession


def all_facts(model: type[Record] = InfusionSession, place: str = "") -> Iterator[str]:
    """Every fact that a record of this model can state."""
    for name, field in model.model_fields.items():
        here = f"{place}{name}"
        yield here
        if not field.is_required():
            yield f"{here} -"
        yield from _facts_of(field.annotation, here, model)


def _facts_of(kind: Any, here: str, model: type[Record]) -> Iterator[str]:
    origin = get_origin(kind)
    if origin is Annotated:
        yield from _facts_of(get_args(kind)[0], here, model)
    elif origin is Literal:
        yield from (f"{here} = {word}" for word in get_args(kind))
    elif origin in (Union, UnionType):
        members = [member for member in get_args(kind) if member is not NoneType]
        for member in members:
            yield from _facts_of(member, f"{here}.{_type_of(member)}" if len(members) > 1 else here, model)
    elif origin is tuple:
        yield from _facts_of(get_args(kind)[0], here, model)
    elif kind is bool:
        yield from (f"{here} = {word}" for word in (True, False))
    elif isinstance(kind, type) and issubclass(kind, Record):
        yield from all_facts(kind, f"{here}.")
    elif here.endswith(".unit") and issubclass(model, Quantity):
        yield from (f"{here} = {unit}" for unit in model.UNITS)


def _type_of(member: Any) -> str:
    """The word for one kind of event."""
    return str(get_args(member.model_fields["type"].annotation)[0])


def facts(record: Record, place: str = "") -> Iterator[str]:
    """The facts that this record states."""
    for name in type(record).model_fields:
        here, value = f"{place}{name}", getattr(record, name)
        if name not in record.model_fields_set or value is None:
            yield f"{here} -"
        if value is not None:
            yield here
            yield from _stated(value, here)


def _stated(value: Any, here: str) -> Iterator[str]:
    if isinstance(value, tuple):
        for item in value:
            if isinstance(item, Record):
                type_ = getattr(item, "type", None) if here == "events" else None
                yield from facts(item, f"{here}.{type_}." if type_ else f"{here}.")
    elif isinstance(value, Record):
        yield from facts(value, f"{here}.")
    elif isinstance(value, str | bool):
        yield f"{here} = {value}"
