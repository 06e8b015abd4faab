"""Logical ids and business identifiers: the same input has the same id, for ever, on every machine.

Logical ids are uuid5 of (clinic, what the resource is about, type, key). Nothing of the patient can be read from one.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from uuid import UUID, uuid5

# Made once for this project; changing it would rename every resource ever delivered.
NAMESPACE = UUID("6f0c1c52-2c5b-5d0e-9a43-8d8a6a0f7f11")


@lru_cache(maxsize=256)
def clinic_namespace(clinic: str) -> UUID:
    """The namespace of one clinic, from its stable key in the clinic file."""
    return uuid5(NAMESPACE, clinic)


@lru_cache(maxsize=4096)
def logical_id(clinic: str, *parts: str) -> str:
    """A FHIR id (36 characters) for what ``parts`` name; parts are kept apart, so ('a', 'b/c') is not ('a/b', 'c')."""
    return str(uuid5(clinic_namespace(clinic), "\x1f".join(parts)))


def id_in_session(clinic: str, number: str, type_: str, *key: str) -> str:
    """The id of what belongs to one session alone."""
    return logical_id(clinic, "session", number, type_, *key)


def moment(time: datetime) -> str:
    """A time as part of an id: the same instant is the same text, whatever its offset."""
    return time.astimezone(UTC).isoformat()


class PlacedKey(str):
    """A part of a key that knows which place of the record it stands for."""

    __slots__ = ("place",)
    place: str

    @classmethod
    def of(cls, text: str, place: str) -> PlacedKey:
        key = cls(text)
        key.place = place
        return key
