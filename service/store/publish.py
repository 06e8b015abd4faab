"""Transaction 2: all resources of a revision, their index, what they replace, and the deliveries, or none of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from service.errors import Issue
from service.fhirjson import content_hash, stamp
from service.store.courses import settle, stands_for
from service.store.deliveries import queue_revision, went_to
from service.store.engine import bulk, writing
from service.store.intervals import written
from service.store.outbox import Outbox
from service.store.rows import Indexed, Place, Published, Revision
from service.store.sessions import latest_revision, set_state
from service.store.tables import INDEXES, history, index_token, members, resources
from service.store.terms import Terms

Retract = Callable[[bytes], Indexed | None]
CHUNK = 400  # bound parameters per statement
COLUMNS = ("pk", "type", "id", "version", "last_updated", "content", "content_hash", "number", "as_of")


_c = resources.c
# Built once: putting a statement together costs as much as running it.
LATEST_PK = sa.select(sa.func.coalesce(sa.func.max(_c.pk), 0))
OF_SESSION = (
    sa.select(resources)
    .join(members, members.c.resource == _c.pk)
    .where(members.c.number == sa.bindparam("number"))
    .order_by(members.c.position)
)
FORGET_MEMBERS = sa.delete(members).where(members.c.number == sa.bindparam("number"))
BY_ID = sa.select(_c.type, _c.id, _c.pk, _c.version, _c.content_hash, _c.number, _c.as_of).where(
    _c.id.in_(sa.bindparam("ids", expanding=True))
)


@dataclass(frozen=True, slots=True)
class Existing:
    pk: int
    version: int
    content_hash: str
    number: str
    as_of: str


@dataclass(slots=True)
class Changes:
    """What a publication will write: filled while deciding, written at once at the end."""

    stamp_at: str
    number: str
    new: list[tuple[Any, ...]]
    replaced: list[tuple[Any, ...]]
    newer: list[tuple[str, int]]
    index: dict[str, list[tuple[Any, ...]]]
    members: list[tuple[int, Indexed]]
    unchanged: int = 0
    retracted: int = 0


def publish(
    engine: sa.Engine,
    outbox: Outbox,
    terms: Terms,
    revision: Revision,
    items: Sequence[Indexed],
    issues: Sequence[Issue],
    destinations: Sequence[str],
    retracted: Retract,
    now: datetime,
    place: Place | None = None,
) -> Published:
    """Nothing is written when a newer revision of the session is there. Unchanged content makes no new version."""
    changes = Changes(written(now), revision.number, [], [], [], {kind: [] for kind in INDEXES}, [])
    with writing(engine) as connection:
        if latest_revision(connection, revision.number) != revision.revision and not stands_for(connection, revision):
            return Published(superseded=True)
        _decide(connection, changes, items)
        _retract(connection, changes, retracted)
        _write(connection, changes, terms)
        set_state(connection, revision, "published", issues)
        outdates = settle(connection, revision, place)
        changed = bool(changes.new or changes.replaced)
        patient = next((item.id for item in items if item.resource_type == "Patient"), revision.number)
        for destination in dict.fromkeys((*destinations, *went_to(connection, revision.number))):
            queue_revision(connection, outbox, destination, revision, patient, changed, now)
    return Published(len(changes.new), len(changes.replaced), changes.unchanged, changes.retracted, outdates=outdates)


def _decide(connection: sa.Connection, changes: Changes, items: Sequence[Indexed]) -> None:
    existing = _existing(connection, [item.id for item in items])
    next_pk = connection.scalar(LATEST_PK) or 0
    for item in items:
        found = existing.get((item.resource_type, item.id))
        if found is None:
            next_pk += 1
            _add(changes, item, next_pk)
            changes.members.append((next_pk, item))
            continue
        changes.members.append((found.pk, item))
        if _leave(connection, changes, item, found):
            continue
        digest = content_hash(item.content)
        if digest != found.content_hash:
            _replace(changes, item, found, digest)
        else:
            changes.unchanged += 1
            if item.shared and item.as_of > found.as_of:
                changes.newer.append((item.as_of, found.pk))


def _leave(connection: sa.Connection, changes: Changes, item: Indexed, found: Existing) -> bool:
    """A shared resource is left as a later session described it; a session in error leaves what others also yield."""
    if not item.shared:
        return False
    if item.as_of:
        return found.number != changes.number and found.as_of > item.as_of
    return _yielded_by_others(connection, found.pk, changes.number)


def _yielded_by_others(connection: sa.Connection, pk: int, number: str) -> bool:
    others = sa.and_(members.c.resource == pk, members.c.number != number, members.c.yields)
    query = sa.select(members.c.number).where(others).limit(1)
    return connection.scalar(query) is not None


def _add(changes: Changes, item: Indexed, pk: int) -> None:
    stamped = stamp(item.content, 1, changes.stamp_at)
    digest = content_hash(item.content)
    row = (pk, item.resource_type, item.id, 1, changes.stamp_at, stamped, digest, changes.number, item.as_of)
    changes.new.append(row)
    _index(changes, item, pk)


def _replace(changes: Changes, item: Indexed, found: Existing, digest: str) -> None:
    version = found.version + 1
    stamped = stamp(item.content, version, changes.stamp_at)
    changes.replaced.append((version, changes.stamp_at, stamped, digest, changes.number, item.as_of, found.pk))
    _index(changes, item, found.pk)


def _index(changes: Changes, item: Indexed, pk: int) -> None:
    for kind, param, a, b in item.entries:
        changes.index[kind].append((pk, param, a, b))


def _retract(connection: sa.Connection, changes: Changes, retracted: Retract) -> None:
    """What the session yielded before and no longer does becomes entered-in-error, unless another session yields it."""
    kept = {pk for pk, _ in changes.members}
    for row in connection.execute(OF_SESSION, {"number": changes.number}).all():
        if row.pk in kept or _yielded_by_others(connection, row.pk, changes.number):
            continue
        form = retracted(bytes(row.content))
        if form is None:
            continue
        found = Existing(row.pk, row.version, row.content_hash, row.number, row.as_of)
        digest = content_hash(form.content)
        # It stays a member: destinations are sent the correction like everything else of the session.
        changes.members.append((row.pk, form))
        if digest != row.content_hash:
            _replace(changes, form, found, digest)
            changes.retracted += 1


def _write(connection: sa.Connection, changes: Changes, terms: Terms) -> None:
    bulk(connection, resources, COLUMNS, changes.new)
    _replace_all(connection, changes)
    _write_index(connection, changes.index, terms)
    for as_of, pk in changes.newer:
        connection.execute(sa.update(resources).where(resources.c.pk == pk).values(as_of=as_of))
    connection.execute(FORGET_MEMBERS, {"number": changes.number})
    # No as_of: retracted, or of a session in error.
    yields = {pk: bool(item.as_of) for pk, item in changes.members}
    rows = [(changes.number, pk, position, kept) for position, (pk, kept) in enumerate(yields.items())]
    bulk(connection, members, ("number", "resource", "position", "yields"), rows)


def _write_index(connection: sa.Connection, index: dict[str, list[tuple[Any, ...]]], terms: Terms) -> None:
    number = terms.numbers(connection, {(param, system) for _, param, system, _ in index["token"]})
    tokens = [(pk, number[param, system], code) for pk, param, system, code in index["token"]]
    bulk(connection, index_token, ("resource", "term", "code"), tokens)
    for kind in ("date", "string"):
        bulk(connection, INDEXES[kind], ("resource", "param", "a", "b"), index[kind])


def _replace_all(connection: sa.Connection, changes: Changes) -> None:
    """Move the versions that go into the history, then write the new ones in their place."""
    if not changes.replaced:
        return
    keys = [row[-1] for row in changes.replaced]
    names = ("type", "id", "version", "last_updated", "content")
    for start in range(0, len(keys), CHUNK):
        some = keys[start : start + CHUNK]
        old = sa.select(*(resources.c[name] for name in names)).where(resources.c.pk.in_(some))
        connection.execute(sa.insert(history).from_select(list(names), old))
        for table in INDEXES.values():
            connection.execute(sa.delete(table).where(table.c.resource.in_(some)))
    fields = ("version", "last_updated", "content", "content_hash", "number", "as_of")
    statement = (
        sa.update(resources)
        .where(resources.c.pk == sa.bindparam("which"))
        .values({name: sa.bindparam(f"new_{name}") for name in fields})
    )
    parameters = [
        {**{f"new_{name}": value for name, value in zip(fields, row, strict=False)}, "which": row[-1]}
        for row in changes.replaced
    ]
    connection.execute(statement, parameters)


def _existing(connection: sa.Connection, ids: list[str]) -> dict[tuple[str, str], Existing]:
    found: dict[tuple[str, str], Existing] = {}
    for start in range(0, len(ids), CHUNK):
        for row in connection.execute(BY_ID, {"ids": ids[start : start + CHUNK]}):
            found[(row[0], row[1])] = Existing(*row[2:])
    return found
