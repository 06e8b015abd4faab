"""What two resources of one shape have in common."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from mappings.datatypes import Fixed

OBJECTS = (dict, Fixed)
LEAVES = frozenset({str, int, bool, Decimal, float, type(None), Fixed})


def outline(value: Any, leaves: list[Any]) -> Any:
    """The shape of a value as a hashable; its leaves are added in order. Raises TypeError for what is not JSON.

    An element that nobody can change (``mappings.datatypes.Fixed``) is one leaf. So are two or more references in a
    list: how many there are, as of what a Provenance is about, is no matter of shape.
    """
    kind = type(value)
    if kind is dict:
        return tuple([(name, outline(child, leaves)) for name, child in value.items()])
    if kind is list and not are_references(value):
        return (len(value), *[outline(child, leaves) for child in value])
    if kind is not list and kind not in LEAVES:
        raise TypeError("not a value of JSON")
    leaves.append(value)
    return kind


def are_references(values: list[Any]) -> bool:
    """Whether these are two or more, each of which holds a reference and nothing else."""
    return len(values) > 1 and all(
        type(value) in OBJECTS and len(value) == 1 and type(value.get("reference")) is str for value in values
    )
