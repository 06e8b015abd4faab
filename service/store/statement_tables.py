"""The table of stored statements; part of the same metadata as the others."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, LargeBinary, Table, Text

from service.store.tables import metadata

# What was found when a destination was reconciled. ``outcome`` is running, complete, unreachable or abandoned, and
# ``detail`` says why it came to nothing; a running one is its ``owner``'s. ``lines`` are the sessions that are not
# plainly delivered.
statements = Table(
    "statements",
    metadata,
    Column("pk", Integer, primary_key=True),
    Column("destination", Text, nullable=False),
    Column("started_at", Text, nullable=False),
    Column("ended_at", Text),
    Column("outcome", Text, nullable=False),
    Column("detail", Text),
    Column("by", Text, nullable=False),
    Column("owner", Text),
    Column("counts", Text, nullable=False),
    Column("retracted", Integer, nullable=False),
    Column("lines", LargeBinary),
    Index(None, "destination", "pk"),
)
