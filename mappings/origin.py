"""What a resource was made from, for whoever explains it."""

from __future__ import annotations

from typing import NamedTuple

from mappings.identity import PlacedKey


class Origin(NamedTuple):
    """The kind of a resource within its type, and the place in the record."""

    kind: str = ""
    place: str = ""

    @classmethod
    def of(cls, key: tuple[str, ...]) -> Origin:
        """The first part of a key is the kind; a part of it knows its place."""
        for part in key:
            if type(part) is PlacedKey:
                return cls(key[0], part.place)
        return cls(key[0]) if key else NOTHING


NOTHING = Origin()
