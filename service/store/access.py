"""API keys by their hash, and the pages of searches that go on."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from service.errors import Conflict, Gone, NotFound
from service.store.engine import reading, writing
from service.store.intervals import written
from service.store.rows import ApiKey
from service.store.tables import api_keys, search_pages

PAGE_LIFE = timedelta(hours=24)


def add_key(engine: sa.Engine, name: str, role: str, key_hash: str, now: datetime) -> None:
    """Raises Conflict when the name is taken, also by a revoked key."""
    with writing(engine) as connection:
        if connection.scalar(sa.select(api_keys.c.name).where(api_keys.c.name == name)) is not None:
            raise Conflict("a key of this name exists")
        row = {"name": name, "role": role, "key_hash": key_hash, "created_at": written(now)}
        connection.execute(sa.insert(api_keys).values(row))


def key_by_hash(engine: sa.Engine, key_hash: str) -> ApiKey | None:
    """The key, unless it was revoked."""
    c = api_keys.c
    with reading(engine) as connection:
        row = connection.execute(sa.select(api_keys).where(c.key_hash == key_hash, c.revoked_at.is_(None))).first()
    return None if row is None else _key(row)


def keys(engine: sa.Engine) -> list[ApiKey]:
    with reading(engine) as connection:
        return [_key(row) for row in connection.execute(sa.select(api_keys).order_by(api_keys.c.name))]


def revoke_key(engine: sa.Engine, name: str, now: datetime) -> None:
    """Raises NotFound."""
    c = api_keys.c
    with writing(engine) as connection:
        done = connection.execute(
            sa.update(api_keys).where(c.name == name, c.revoked_at.is_(None)).values(revoked_at=written(now))
        )
    if done.rowcount != 1:
        raise NotFound("no such key")


def save_page(engine: sa.Engine, query: str, now: datetime) -> str:
    """Keep how a search goes on; the random id is all that a link shows. Pages of yesterday are cleared away."""
    id_ = secrets.token_urlsafe(16)
    with writing(engine) as connection:
        connection.execute(sa.delete(search_pages).where(search_pages.c.created_at < written(now - PAGE_LIFE)))
        connection.execute(sa.insert(search_pages).values(id=id_, query=query, created_at=written(now)))
    return id_


def page(engine: sa.Engine, id_: str) -> str:
    """Raises Gone for a link that was never made or is too old."""
    with reading(engine) as connection:
        found = connection.scalar(sa.select(search_pages.c.query).where(search_pages.c.id == id_))
    if found is None:
        raise Gone("this page is no longer there: search again")
    return str(found)


def _key(row: Any) -> ApiKey:
    revoked = row.revoked_at and datetime.fromisoformat(row.revoked_at)
    return ApiKey(row.name, row.role, datetime.fromisoformat(row.created_at), revoked)
