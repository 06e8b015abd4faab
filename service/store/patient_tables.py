"""The tables of patients at destinations; part of the same metadata as the others."""

from __future__ import annotations

from sqlalchemy import Column, Table, Text

from service.store.tables import metadata

# Who of our patients is who at a destination, where somebody decided it or must; ``state`` is held, linked or unlinked.
patient_links = Table(
    "patient_links",
    metadata,
    Column("destination", Text, primary_key=True),
    Column("patient", Text, primary_key=True),
    Column("state", Text, nullable=False),
    Column("their_id", Text),
    Column("how", Text),
    Column("code", Text),
    Column("by", Text, nullable=False),
    Column("updated_at", Text, nullable=False),
)

# One worker at a time creates a patient: two creations that meet make two resources on most servers.
patient_turns = Table(
    "patient_turns",
    metadata,
    Column("destination", Text, primary_key=True),
    Column("patient", Text, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("until", Text, nullable=False),
)
