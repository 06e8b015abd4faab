"""The store: what clinics said, what was published of it, and where that went. SQLite by default, PostgreSQL by URL.

Two transactions write everything that matters: ``record`` and ``publish``. Times are passed in.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from service.errors import Issue
from service.store import access, attempts, courses, deliveries, destinations, ledger, resources, search, sessions
from service.store.board import Board
from service.store.engine import create_engine, is_sqlite, reading
from service.store.index import index_entries
from service.store.intervals import interval
from service.store.migrate import migrate
from service.store.outbox import Outbox
from service.store.patients import PatientLink, PatientLinks
from service.store.publish import Retract, publish
from service.store.rows import (
    Act,
    ApiKey,
    Delivery,
    Indexed,
    IndexEntry,
    Known,
    Link,
    Place,
    Published,
    Recorded,
    Revision,
    SearchPage,
    SessionRow,
    Stored,
    Told,
    Try,
    Worker,
)
from service.store.search import Criterion, DateCriterion, IdCriterion, StringCriterion, TokenCriterion
from service.store.statements import Statements
from service.store.terms import Terms
from service.store.workers import Workers

__all__ = [
    "Act",
    "ApiKey",
    "Criterion",
    "DateCriterion",
    "Delivery",
    "IdCriterion",
    "IndexEntry",
    "Indexed",
    "Known",
    "Link",
    "PatientLink",
    "Place",
    "Published",
    "Recorded",
    "Revision",
    "SearchPage",
    "SessionRow",
    "Store",
    "Stored",
    "StringCriterion",
    "TokenCriterion",
    "Told",
    "Try",
    "Worker",
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
        self.workers = Workers(engine)
        self.statements, self.board = Statements(engine), Board(engine)

    def migrate(self) -> None:
        """Bring the tables up to date, the delivery engine's too."""
        migrate(self.engine)
        self._outbox.migrate()

    def count_queue(self) -> None:
        """At start, and after much has been queued at once."""
        self._outbox.count()

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
        place: Place | None = None,
    ) -> Published:
        parts = (self.engine, self._outbox, self._terms, revision, items, issues, destinations, retracted, now, place)
        return publish(*parts)

    def earlier(self, number: str, place: Place) -> list[Told]:
        return courses.earlier(self.engine, number, place)

    def outdated(self) -> list[Revision]:
        return courses.outdated(self.engine)

    # resources; ``read(type, id)`` is set above, bound to the connection kept for it

    def read_version(self, resource_type: str, id_: str, version: int) -> Stored:
        return resources.read_version(self.engine, resource_type, id_, version)

    def versions(self, resource_type: str, id_: str) -> list[Stored]:
        return resources.versions(self.engine, resource_type, id_)

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
        **how: Any,
    ) -> None:
        about = (destination, number, revision)
        deliveries.set_state(self.engine, *about, state=state, attempts=attempts, now=now, **how)

    def redeliver(
        self,
        destination: str,
        number: str,
        now: datetime,
        act: Act | None = None,
        mapped: str | None = None,
        again: bool = True,
    ) -> Delivery:
        return deliveries.redeliver(self.engine, self._outbox, destination, number, now, act, mapped, again)

    def purge(self, act: Act, now: datetime) -> None:
        deliveries.purge(self.engine, act, now)

    def begin_attempt(
        self, destination: str, number: str, revision: int, round_: int, count: int, owner: str | None, now: datetime
    ) -> int:
        return attempts.begin(self.engine, destination, number, revision, round_, count, owner, now)

    def end_attempt(self, key: int, *, now: datetime, **how: Any) -> bool:
        return attempts.end(self.engine, key, now=now, **how)

    def attempts(self, destination: str, number: str) -> list[Try]:
        return attempts.of_delivery(self.engine, destination, number)

    def acts(self, number: str) -> list[Act]:
        return attempts.acts_of(self.engine, number)

    def save_report(self, destination: str, number: str, revision: int, report: bytes, now: datetime) -> None:
        attempts.save_report(self.engine, destination, number, revision, report, now)

    def report(self, destination: str, number: str, revision: int) -> bytes | None:
        return attempts.report(self.engine, destination, number, revision)

    # the ledger

    def link(self, destination: str, resource_type: str, id_: str) -> Link | None:
        return ledger.one(self.engine, destination, resource_type, id_)

    def links(self, destination: str, names: Iterable[tuple[str, str]]) -> list[Link]:
        return ledger.some(self.engine, destination, names)

    def session_links(self, destination: str, number: str) -> list[Link]:
        return ledger.of_session(self.engine, destination, number)

    def save_links(self, links: Sequence[Link], now: datetime) -> None:
        ledger.save(self.engine, links, now)

    def forget_link(self, destination: str, resource_type: str, id_: str) -> None:
        ledger.forget(self.engine, destination, resource_type, id_)

    # destinations

    def known(self, destination: str) -> Known:
        return destinations.known(self.engine, destination)

    def statement(self, destination: str) -> bytes | None:
        return destinations.statement(self.engine, destination)

    def save_statement(self, destination: str, base_url: str, content: bytes, now: datetime) -> None:
        destinations.save_statement(self.engine, destination, base_url, content, now)

    def pause(self, destination: str, by: str, now: datetime) -> None:
        destinations.pause(self.engine, destination, by, now)

    def resume(self, destination: str) -> None:
        destinations.resume(self.engine, destination)

    # keys

    def add_key(self, name: str, role: str, key_hash: str, now: datetime) -> None:
        access.add_key(self.engine, name, role, key_hash, now)

    def key_by_hash(self, key_hash: str) -> ApiKey | None:
        return access.key_by_hash(self.engine, key_hash)

    def keys(self) -> list[ApiKey]:
        return access.keys(self.engine)

    def revoke_key(self, name: str, now: datetime) -> None:
        access.revoke_key(self.engine, name, now)
