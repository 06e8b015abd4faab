"""The tables. Times are ISO 8601 text in UTC: the same on SQLite and PostgreSQL, and ordered as text."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    false,
)

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

# The published sessions of each course: ``patient`` is the id of its Patient, ``revision`` the one that is published.
# ``told`` is a hash of what the session tells later ones, empty for nothing; ``outdated`` says that what it was told
# itself has changed since.
courses = Table(
    "courses",
    metadata,
    Column("number", Text, primary_key=True),
    Column("patient", Text, nullable=False),
    Column("course", Text, nullable=False),
    Column("start", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("told", Text, nullable=False),
    Column("outdated", Boolean, nullable=False),
    Index(None, "patient", "course", "start"),
    Index(None, "outdated"),
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
    # When this round was first tried, the process that is at it, and whether what is there is looked at again.
    Column("since", Text),
    Column("owner", Text),
    Column("again", Boolean, nullable=False, server_default=false()),
    # Of a replay: "then" for the resources as they were stored, "now" for those of today's mapping.
    Column("mapped", Text),
    Index(None, "number"),
    Index(None, "destination", "state", "number"),
)

# The ledger: where one of our resources stands with one destination. ``sent_hash`` is what of ours it took last: null
# for a record of theirs, empty for one of ours whose content there is not known. ``intent_hash`` is what is on its way,
# written before the request leaves. ``theirs`` is what a clinician wrote, while that is in conflict with ours.
ledger = Table(
    "ledger",
    metadata,
    Column("destination", Text, primary_key=True),
    Column("type", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("state", Text, nullable=False),
    Column("their_id", Text),
    Column("their_version", Text),
    Column("sent_hash", Text),
    Column("answered_hash", Text),
    Column("intent_hash", Text),
    Column("intent_at", Text),
    Column("code", Text),
    Column("theirs", LargeBinary),
    Column("updated_at", Text, nullable=False),
    Index(None, "destination", "state"),
)

# Every attempt at a delivery, begun before its first request leaves.
attempts = Table(
    "attempts",
    metadata,
    Column("pk", Integer, primary_key=True),
    Column("destination", Text, nullable=False),
    Column("number", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("round", Integer, nullable=False),
    Column("nth", Integer, nullable=False),
    Column("began_at", Text, nullable=False),
    Column("ended_at", Text),
    Column("state", Text),
    Column("code", Text),
    Column("detail", Text),
    Column("sent", Integer, nullable=False),
    Index(None, "number", "destination"),
    Index(None, "destination", "ended_at"),
)

# What a destination made of a session when it was last read back.
fidelity = Table(
    "fidelity",
    metadata,
    Column("destination", Text, primary_key=True),
    Column("number", Text, primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("read_at", Text, nullable=False),
    Column("report", LargeBinary, nullable=False),
)

# What people decided about deliveries, and why.
acts = Table(
    "acts",
    metadata,
    Column("pk", Integer, primary_key=True),
    Column("at", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("act", Text, nullable=False),
    Column("destination", Text, nullable=False),
    Column("number", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("reason", Text, nullable=False),
    Index(None, "number"),
)

# Processes that deliver. ``token`` is new at every start; by ``process`` others on its machine know whether it runs.
workers = Table(
    "workers",
    metadata,
    Column("executor", Text, primary_key=True),
    Column("token", Text, nullable=False),
    Column("process", Text, nullable=False),
    Column("beat_at", Text, nullable=False),
)

# What one process at a time may do. A lease ends at its time, or with its owner.
leases = Table(
    "leases",
    metadata,
    Column("name", Text, primary_key=True),
    Column("owner", Text, nullable=False),
    Column("until", Text, nullable=False),
)

# What was last learnt of a destination, and whether it is paused. Which there are is in the destinations file.
destinations = Table(
    "destinations",
    metadata,
    Column("name", Text, primary_key=True),
    Column("paused_at", Text),
    Column("paused_by", Text),
    Column("base_url", Text),
    Column("fetched_at", Text),
    Column("statement", LargeBinary),
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
