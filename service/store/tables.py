"""The tables. Times are ISO 8601 text in UTC: the same on SQLite and PostgreSQL, and ordered as text."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, LargeBinary, MetaData, Table, Text, UniqueConstraint

metadata = MetaData(
    naming_convention={"ix": "ix_%(table_name)s_%(column_0_N_name)s", "uq": "uq_%(table_name)s_%(column_0_N_name)s"}
)

# The clinic's words, immutable but for their state.
revisions = Table(
    "revisions",
    metadata,
    Column("pk", Integer, primary_key=True),
    Column("number", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("content_hash", Text, nullable=False),
    Column("sender", Text, nullable=False),
    Column("received_at", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("issues", Text, nullable=False),
    UniqueConstraint("number", "revision"),
    Index(None, "state"),
)

# The latest revision of each session, for lists.
sessions = Table(
    "sessions",
    metadata,
    Column("number", Text, primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("received_at", Text, nullable=False),
)

# The current version of every resource. A resource keeps its pk over all versions: pages stay stable.
resources = Table(
    "resources",
    metadata,
    Column("pk", Integer, primary_key=True),
    Column("type", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("last_updated", Text, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("content_hash", Text, nullable=False),
    Column("number", Text, nullable=False),
    Column("as_of", Text, nullable=False),
    # The id comes first: publishing looks its resources up by id alone.
    UniqueConstraint("id", "type"),
    Index(None, "type", "pk"),
    Index(None, "last_updated"),
)

# Versions that were replaced.
history = Table(
    "history",
    metadata,
    Column("type", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("last_updated", Text, nullable=False),
    Column("content", LargeBinary, nullable=False),
)

# Which resources belong to which session, in mapping order. ``yields`` is false for those that the session has
# retracted: they are delivered with it, but it no longer vouches for them.
members = Table(
    "members",
    metadata,
    Column("number", Text, primary_key=True),
    Column("resource", Integer, ForeignKey("resources.pk"), primary_key=True),
    Column("position", Integer, nullable=False),
    Column("yields", Boolean, nullable=False),
    Index(None, "resource"),
)

# Search. ``param`` is "Type.name"; with a system, or a reference's target type, it is a term. A token is a term and a
# code, or a reference's id. Tokens are most of what is written: their table is their key, and its rows are small.
terms = Table(
    "terms",
    metadata,
    Column("pk", Integer, primary_key=True),
    Column("param", Text, nullable=False),
    Column("system", Text, nullable=False),
    UniqueConstraint("param", "system"),
)
index_token = Table(
    "index_token",
    metadata,
    Column("resource", Integer, primary_key=True, autoincrement=False),
    Column("term", Integer, primary_key=True, autoincrement=False),
    Column("code", Text, primary_key=True),
    Index(None, "term", "code", "resource"),
    sqlite_with_rowid=False,
)
index_date = Table(
    "index_date",
    metadata,
    Column("resource", Integer, ForeignKey("resources.pk"), nullable=False),
    Column("param", Text, nullable=False),
    Column("a", Text, nullable=False),
    Column("b", Text, nullable=False),
    Index(None, "param", "a"),
    Index(None, "resource"),
)
index_string = Table(
    "index_string",
    metadata,
    Column("resource", Integer, ForeignKey("resources.pk"), nullable=False),
    Column("param", Text, nullable=False),
    Column("a", Text, nullable=False),
    Column("b", Text, nullable=False),
    Index(None, "param", "b"),
    Index(None, "resource"),
)
INDEXES = {"token": index_token, "date": index_date, "string": index_string}

# What the next page of a search is: the link holds the random id alone.
search_pages = Table(
    "search_pages",
    metadata,
    Column("id", Text, primary_key=True),
    Column("query", Text, nullable=False),
    Column("created_at", Text, nullable=False),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("destination", Text, primary_key=True),
    Column("number", Text, primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("round", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("code", Text),
    Column("detail", Text),
    Column("next_attempt_at", Text),
    Column("updated_at", Text, nullable=False),
    Index(None, "number"),
    Index(None, "state"),
)

# The ledger: what a destination calls our resources.
links = Table(
    "links",
    metadata,
    Column("destination", Text, primary_key=True),
    Column("type", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("their_id", Text, nullable=False),
    Column("their_version", Text),
    Column("sent_hash", Text),
    Column("updated_at", Text, nullable=False),
)

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

api_keys = Table(
    "api_keys",
    metadata,
    Column("name", Text, primary_key=True),
    Column("role", Text, nullable=False),
    Column("key_hash", Text, nullable=False, unique=True),
    Column("created_at", Text, nullable=False),
    Column("revoked_at", Text),
)
