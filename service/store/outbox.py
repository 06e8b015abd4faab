"""Queueing deliveries in the transaction that publishes: the durable engine's own client, over our own connection.

A workflow carries names only: destination, session number, revision and round. No patient data enters the queue.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from service.store.engine import translated

if TYPE_CHECKING:
    from dbos import DBOSClient

WORKFLOW = "deliver"
# Fixed, so that an upgrade goes on with what an older version queued.
APPLICATION_VERSION = "1"


def queue_name(destination: str) -> str:
    return f"deliver-{destination}"


def workflow_id(destination: str, number: str, revision: int, round_: int) -> str:
    """The same delivery queued twice runs once; a new round (replay, remap) is a new delivery."""
    return f"{destination}:{number}:{revision}:{round_}"


class Outbox:
    """Made lazily: a store that never queues does not load the engine."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._made: DBOSClient | None = None

    def migrate(self) -> None:
        """Create the engine's own tables beside ours."""
        self._client()._sys_db.run_migrations()

    def enqueue(
        self,
        connection: sa.Connection,
        destination: str,
        number: str,
        revision: int,
        round_: int,
        patient: str,
        sequence: int,
    ) -> None:
        """One delivery; those of the same patient and destination leave one by one, by ``sequence``, which rises."""
        self._client().enqueue_in_transaction(
            connection,
            {
                "workflow_name": WORKFLOW,
                "queue_name": queue_name(destination),
                "workflow_id": workflow_id(destination, number, revision, round_),
                "app_version": APPLICATION_VERSION,
                "queue_partition_key": patient,
                "priority": sequence,
            },
            destination,
            number,
            revision,
            round_,
        )

    def count(self) -> None:
        """On PostgreSQL: without statistics of many waiting rows its plans stand still."""
        if self._engine.dialect.name == "postgresql":
            with translated(), self._engine.begin() as connection:
                connection.exec_driver_sql("ANALYZE dbos.workflow_status")

    def close(self) -> None:
        self._made = None

    def _client(self) -> DBOSClient:
        if self._made is None:
            from dbos import DBOSClient  # noqa: PLC0415 (a second of import: only where it is needed)

            self._made = DBOSClient(system_database_engine=self._engine, lazy=True, retry_connection_errors=False)
        return self._made
