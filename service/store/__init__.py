"""The store: what clinics said, what was published of it, and where that went. SQLite by default, PostgreSQL by URL.

Two transactions write everything that matters: ``record`` and ``publish``. Times are passed in.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from service.errors import Issue
from service.store import access, deliveries, resources, search, sessions
from service.store.engine import create_engine, is_sqlite, reading
from service.store.index import index_entries
from service.store.intervals import interval
from service.store.migrate import migrate
from service.store.outbox import Outbox
from service.store.patients import PatientLink, PatientLinks
from service.store.publish import Retract, publish
from service.store.rows import (
    ApiKey,
    Delivery,
    Indexed,
    IndexEntry,
    Link,
    Published,
    Recorded,
    Revision,
    SearchPage,
    SessionRow,
    Stored,
)
from service.store.search import Criterion, DateCriterion, IdCriterion, StringCriterion, TokenCriterion
from service.store.terms import Terms

__all__ = [
    "ApiKey",
    "Criterion",
    "DateCriterion",
    "Delivery",
    "IdCriterion",
    "IndexEntry",
    "Indexed",
    "Link",
    "PatientLink",
    "Published",
    "Recorded",
    "Revision",
    "SearchPage",
    "SessionRow",
    "Store",
    "Stored",
    "StringCriterion",
    "TokenCriterion",
    "index_entries",
    "interval",
    "open_store",
]


def open_store(url: str) -> Store:
    """``sqlite:///FILE`` or ``postgresql+psycopg://…``. Nothing is created before ``migrate``."""
    return Store(create_engine(url))


class Store:
    """One door to the tables; each method is one short transaction. Safe to share between threads."""

    def __init__(self, engine: sa.Engine) -> None:
        self.engine = engine
        self.embedded = is_sqlite(engine)
        self._outbox = Outbox(engine)
        self._terms = Terms()
        self.patients = PatientLinks(engine)
        self._reader = resources.Reader(engine)
        self.read = self._reader.read

    def migrate(self) -> None:
        """Bring the tables up to date, the delivery engine's too."""
        migrate(self.engine)
        self._outbox.migrate()

    def close(self) -> None:
        self._outbox.close()
        self._reader.close()
        self.engine.dispose()

    def ping(self) -> None:
        """Raises Unavailable."""
        with reading(self.engine) as connection:
            connection.exec_driver_sql("SELECT 1")

    # sessions

    def record(self, number: str, content: bytes, sender: str, now: datetime) -> Recorded:
        return sessions.record(self.engine, number, content, sender, now)

    def revision(self, number: str, revision: int | None = None) -> Revision:
        return sessions.revision(self.engine, number, revision)

    def unpublished(self) -> list[Revision]:
        return sessions.unpublished(self.engine)

    def sessions(self, after: str | None, limit: int, state: str | None = None) -> list[SessionRow]:
        return sessions.session_rows(self.engine, after, limit, state)

    def sessions_of_patient(self, number: str) -> list[str]:
        return sessions.numbers_of_patient(self.engine, number)

    def park(self, revision: Revision, issues: Sequence[Issue]) -> None:
        sessions.park(self.engine, revision, issues)

    def publish(
        self,
        revision: Revision,
        items: Sequence[Indexed],
        issues: Sequence[Issue],
        destinations: Sequence[str],
        retracted: Retract,
        now: datetime,
    ) -> Published:
        return publish(self.engine, self._outbox, self._terms, revision, items, issues, destinations, retracted, now)

    # resources; ``read(type, id)`` is set above, bound to the connection kept for it

    def read_version(self, resource_type: str, id_: str, version: int) -> Stored:
        return resources.read_version(self.engine, resource_type, id_, version)

    def session_resources(self, number: str) -> list[Stored]:
        return resources.of_session(self.engine, number)

    def search(
        self,
        resource_type: str,
        criteria: Sequence[Criterion],
        limit: int,
        after: int = 0,
        upto: int | None = None,
    ) -> SearchPage:
        return search.search(self.engine, resource_type, criteria, limit, after, upto)

    def save_page(self, query: str, now: datetime) -> str:
        return access.save_page(self.engine, query, now)

    def page(self, id_: str) -> str:
        return access.page(self.engine, id_)

    # deliveries

    def deliveries(
        self,
        number: str | None = None,
        destination: str | None = None,
        states: Sequence[str] | None = None,
        limit: int = 100,
    ) -> list[Delivery]:
        return deliveries.find(self.engine, number, destination, states, limit)

    def set_delivery(
        self,
        destination: str,
        number: str,
        revision: int,
        *,
        state: str,
        attempts: int,
        now: datetime,
        code: str | None = None,
        detail: str | None = None,
        next_attempt_at: datetime | None = None,
    ) -> None:
        deliveries.set_state(
            self.engine,
            destination,
            number,
            revision,
            state=state,
            attempts=attempts,
            now=now,
            code=code,
            detail=detail,
            next_attempt_at=next_attempt_at,
        )

    def redeliver(self, destination: str, number: str, now: datetime) -> Delivery:
        return deliveries.redeliver(self.engine, self._outbox, destination, number, now)

    def link(self, destination: str, resource_type: str, id_: str) -> Link | None:
        return deliveries.link(self.engine, destination, resource_type, id_)

    def save_links(self, links: Sequence[Link], now: datetime) -> None:
        deliveries.save_links(self.engine, links, now)

    # keys

    def add_key(self, name: str, role: str, key_hash: str, now: datetime) -> None:
        access.add_key(self.engine, name, role, key_hash, now)

    def key_by_hash(self, key_hash: str) -> ApiKey | None:
        return access.key_by_hash(self.engine, key_hash)

    def keys(self) -> list[ApiKey]:
        return access.keys(self.engine)

    def revoke_key(self, name: str, now: datetime) -> None:
        access.revoke_key(self.engine, name, now)
