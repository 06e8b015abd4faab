"""What the sandbox EHR holds: versioned resources, a log of what it applied, and FHIR's rules of writing.

https://hl7.org/fhir/R4/http.html#update, #cond-update, #ccreate, #transaction
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

Resource = dict[str, Any]
Key = tuple[str, str]
REFERENCE = re.compile(r"([A-Z][A-Za-z]+)/([A-Za-z0-9\-.]{1,64})(?:/_history/[A-Za-z0-9\-.]{1,64})?")
ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")
TOKEN = re.compile(r"((?:[^|\\]|\\.)*)\|(.*)")
ELSEWHERE = ("#", "http:", "https:")


class Fault(Exception):
    """An answer other than success: HTTP status, IssueType and text."""

    def __init__(self, status: int, code: str, text: str) -> None:
        super().__init__(text)
        self.status, self.code, self.text = status, code, text


class Tombstone(Resource):
    """The version by which something was deleted."""


@dataclass(frozen=True, slots=True)
class Applied:
    """One line of the log: what was really written, in order."""

    number: int
    time: str
    method: str
    type: str
    id: str
    version: int


@dataclass(slots=True)
class Records:
    """All of it, behind one lock: a transaction is atomic because nobody else is inside.

    ``lag`` is the seconds until what was made is found by searches and conditions; ``stale`` the status of a version
    that is not the current one.
    """

    lag: float = 0
    stale: int = 412
    versions: dict[Key, list[Resource]] = field(default_factory=dict)
    log: list[Applied] = field(default_factory=list)
    lock: threading.RLock = field(default_factory=threading.RLock)
    _born: dict[Key, float] = field(default_factory=dict)
    _identified: dict[tuple[str, str], dict[Key, None]] = field(default_factory=dict)

    def current(self, kind: str, id_: str) -> Resource:
        return self.version(kind, id_, None)

    def version(self, kind: str, id_: str, version: str | None) -> Resource:
        """Raises Fault 404, and 410 for what was deleted. ``version`` counts from "1"; None is the current one."""
        found = self.versions.get((kind, id_), [])
        wanted = found if version is None else [r for r in found if r["meta"]["versionId"] == version]
        if not wanted:
            raise Fault(404, "not-found", "no such resource or version")
        if isinstance(wanted[-1], Tombstone):
            raise Fault(410, "deleted", "it was deleted")
        return wanted[-1]

    def history(self, kind: str, id_: str) -> list[Resource]:
        """Oldest first, what was deleted too. Raises Fault 404."""
        if (kind, id_) not in self.versions:
            raise Fault(404, "not-found", "no such resource")
        return self.versions[(kind, id_)]

    def all(self, kind: str) -> list[Resource]:
        """What a search can find of a type."""
        found = [(key, versions[-1]) for key, versions in self.versions.items() if key[0] == kind]
        return [one for key, one in found if self._is_visible(key)]

    def by_identifier(self, kind: str, token: str) -> list[Resource]:
        """``system|value``, or a value of whatever system; escaped as FHIR's searches are."""
        found = TOKEN.fullmatch(token)
        system, value = (None, token) if found is None else (_plain(found[1]), found[2])
        value = _plain(value)
        keys = [key for key in self._identified.get((kind, value), {}) if self._is_visible(key)]
        every = [self.versions[key][-1] for key in keys]
        return [r for r in every if any(_is(one, system, value) for one in identifiers(r))]

    def write(self, kind: str, id_: str, resource: Resource, if_match: str | None = None) -> tuple[Resource, bool]:
        """Update, or create under the given id. The same content again makes no new version."""
        if resource.get("resourceType") != kind or ID.fullmatch(id_) is None:
            raise Fault(400, "invalid", "the resource is of another type than the address, or its id is none")
        if not isinstance(resource.get("meta", {}), dict):
            raise Fault(400, "structure", "meta is an object")
        found = self.versions.get((kind, id_), [])
        if if_match is not None and (not found or f'W/"{len(found)}"' != if_match):
            raise Fault(self.stale, "conflict", "the version is not the current one")
        new = not self._is_there((kind, id_))
        if not new and _bare(found[-1]) == _bare({**resource, "id": id_}):
            return found[-1], False
        stored = self._append("PUT" if found else "POST", kind, id_, resource)
        self._born.setdefault((kind, id_), time.monotonic())
        for identifier in identifiers(stored):
            self._identified.setdefault((kind, str(identifier.get("value"))), {})[(kind, id_)] = None
        return stored, new

    def delete(self, kind: str, id_: str) -> Resource:
        """Raises Fault 404 and 410 where there is nothing to delete. A later write is the next version."""
        self.current(kind, id_)
        return self._append("DELETE", kind, id_, Tombstone(resourceType=kind))

    def _append(self, method: str, kind: str, id_: str, resource: Resource) -> Resource:
        found = self.versions.setdefault((kind, id_), [])
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        meta = {**resource.get("meta", {}), "versionId": str(len(found) + 1), "lastUpdated": now}
        found.append(type(resource)({**resource, "id": id_, "meta": meta}))
        self.log.append(Applied(len(self.log) + 1, now, method, kind, id_, len(found)))
        return found[-1]

    def check_references(self, resources: list[Resource]) -> None:
        """Referential integrity: a relative reference points to something that is here."""
        for resource in resources:
            for text in references(resource):
                match = REFERENCE.fullmatch(text)
                if match is None or not self._is_there((match[1], match[2])):
                    raise Fault(422, "not-found", "a reference points to nothing")

    @contextmanager
    def whole(self) -> Iterator[None]:
        """All that is written inside, or, when it raises, nothing of it."""
        with self.lock:
            mark = len(self.log)
            try:
                yield
            except Exception:
                self._undo(mark)
                raise

    def _is_there(self, key: Key) -> bool:
        return key in self.versions and not isinstance(self.versions[key][-1], Tombstone)

    def _is_visible(self, key: Key) -> bool:
        """By searches, and by conditions."""
        return self._is_there(key) and (not self.lag or time.monotonic() - self._born[key] >= self.lag)

    def _undo(self, mark: int) -> None:
        while len(self.log) > mark:
            line = self.log.pop()
            key = (line.type, line.id)
            self.versions[key].pop()
            if not self.versions[key]:
                del self.versions[key], self._born[key]
                for keys in self._identified.values():
                    keys.pop(key, None)


def new_id() -> str:
    return uuid4().hex


def identifiers(resource: Resource) -> list[dict[str, Any]]:
    """A list, or the only one: AdverseEvent, Composition and QuestionnaireResponse have one."""
    found = resource.get("identifier")
    return [one for one in (found if isinstance(found, list) else [found]) if isinstance(one, dict)]


def references(value: Any) -> Iterator[str]:
    """Every literal reference that is not to something contained or elsewhere."""
    if isinstance(value, dict):
        for key, child in value.items():
            if key == "reference" and isinstance(child, str):
                if not child.startswith(ELSEWHERE):
                    yield child
            else:
                yield from references(child)
    elif isinstance(value, list):
        for child in value:
            yield from references(child)


def _plain(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)


def _is(identifier: dict[str, Any], system: str | None, value: str) -> bool:
    return identifier.get("value") == value and (system is None or identifier.get("system", "") == system)


def _bare(resource: Resource) -> Resource:
    """What counts for 'the same content': everything but the server's own stamps."""
    meta = {k: v for k, v in resource.get("meta", {}).items() if k not in ("versionId", "lastUpdated")}
    return {**resource, "meta": meta}
