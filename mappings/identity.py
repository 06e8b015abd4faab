"""Logical ids and business identifiers: the same input has the same id, for ever, on every machine.

Logical ids are uuid5 of (clinic, what the resource is about, type, key). Nothing of the patient can be read from one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha1
from uuid import UUID, uuid5

# Made once for this project; changing it would rename every resource ever delivered.
NAMESPACE = UUID("6f0c1c52-2c5b-5d0e-9a43-8d8a6a0f7f11")


# The variant of a UUID stands in two bits of this digit
VARIANT = {f"{digit:x}": f"{digit & 3 | 8:x}" for digit in range(16)}


@lru_cache(maxsize=256)
def clinic_namespace(clinic: str) -> bytes:
    """The namespace of one clinic, from its stable key in the clinic file."""
    return uuid5(NAMESPACE, clinic).bytes


@lru_cache(maxsize=4096)
def logical_id(clinic: str, *parts: str) -> str:
    """A FHIR id (36 characters) for what ``parts`` name; parts are kept apart, so ('a', 'b/c') is not ('a/b', 'c').

    ``uuid5`` of the namespace, without the object that Python makes of one: every reference needs an id.
    """
    return _uuid5(clinic_namespace(clinic) + "\x1f".join(parts).encode())


def _uuid5(named: bytes) -> str:
    digits = sha1(named).hexdigest()  # noqa: S324
    return f"{digits[:8]}-{digits[8:12]}-5{digits[13:16]}-{VARIANT[digits[16]]}{digits[17:20]}-{digits[20:32]}"


def id_in_session(clinic: str, number: str, type_: str, *key: str) -> str:
    """The id of what belongs to one session alone."""
    return ids_in_session(clinic, number)(type_, *key)


def ids_in_session(clinic: str, number: str) -> Callable[..., str]:
    """From the type and the key of what belongs to this session to its id: ``logical_id`` of all of them."""
    session = clinic_namespace(clinic) + f"session\x1f{number}\x1f".encode()
    return lambda *parts: _uuid5(session + "\x1f".join(parts).encode())


def moment(time: datetime) -> str:
    """A time as part of an id: the same instant is the same text, whatever its offset."""
    return time.astimezone(UTC).isoformat()


def told_apart(key: tuple[str, ...], seen: Counter[tuple[str, ...]]) -> tuple[str, ...]:
    """A key as it is, or, where ``seen`` has met it before, with how often it has by now."""
    seen[key] += 1
    return key if seen[key] == 1 else (*key, str(seen[key]))


class PlacedKey(str):
    """A part of a key that knows which place of the record it stands for."""

    __slots__ = ("place",)
    place: str

    @classmethod
    def of(cls, text: str, place: str) -> PlacedKey:
        key = cls(text)
        key.place = place
        return key
