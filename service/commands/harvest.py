"""The resources of a dry run, gathered into one NDJSON file per type: each resource once, in its latest form."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from mappings import RESOURCES, InfusionSession
from mappings.resource import Resource
from service.fhirjson import encode
from service.pipeline import as_of

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Kept:
    """Where the bytes of a resource lie in the spool, and whose word it is."""

    offset: int
    length: int
    number: str
    as_of: str


class Harvest:
    """Resources wait in a spool file, only their places in memory: a clinic's ten years fit.

    As in the store, the last revision of a session counts, and of a shared resource the word of the latest session.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._spool = tempfile.TemporaryFile()  # noqa: SIM115 - closed by __exit__
        self._kept: dict[Key, Kept] = {}
        self._keys: dict[str, set[Key]] = {}
        self._owners: Counter[Key] = Counter()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._spool.close()

    def add(self, session: InfusionSession, resources: Sequence[Resource]) -> None:
        """Take the resources of one session, in place of those of an earlier revision of it."""
        keys = {(resource["resourceType"], resource["id"]) for resource in resources}
        self._owners.update(keys)
        self._release(self._keys.get(session.number, set()))
        self._keys[session.number] = keys
        for resource in resources:
            self._keep(session, (resource["resourceType"], resource["id"]), encode(resource))

    def _release(self, keys: set[Key]) -> None:
        self._owners.subtract(keys)
        for key in keys:
            if not self._owners[key]:
                del self._kept[key]

    def _keep(self, session: InfusionSession, key: Key, content: bytes) -> None:
        known, current = self._kept.get(key), as_of(session)
        if known is not None and known.number != session.number and known.as_of > current:
            return
        self._kept[key] = Kept(self._spool.seek(0, 2), len(content), session.number, current)
        self._spool.write(content)

    def write(self) -> dict[str, int]:
        """Write ``<Type>.ndjson`` into the folder, replacing those of an earlier run; resources per type."""
        self.folder.mkdir(parents=True, exist_ok=True)
        counts = Counter(type_ for type_, _ in self._kept)
        for mapping in RESOURCES:
            path = self.folder / f"{mapping.type}.ndjson"
            path.unlink(missing_ok=True)
            if counts[mapping.type]:
                self._write(mapping.type, path)
        return {mapping.type: counts[mapping.type] for mapping in RESOURCES if counts[mapping.type]}

    def _write(self, type_: str, path: Path) -> None:
        with path.open("wb") as file:
            for (kept_type, _), kept in self._kept.items():
                if kept_type == type_:
                    self._spool.seek(kept.offset)
                    file.write(self._spool.read(kept.length) + b"\n")
