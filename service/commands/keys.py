"""`keys`: API keys for clinic systems and FHIR readers. A key is shown once; the store keeps its hash only."""

from __future__ import annotations

import hashlib
import secrets
from datetime import UTC, datetime

from rich.console import Console
from rich.table import Table

from service.commands.composition import build
from service.settings import Settings

ROLES = ("clinic", "reader")


def create_key(settings: Settings, name: str, role: str) -> str:
    """A new random key of 256 bits. It is strong enough that a plain SHA-256 keeps it safe at rest."""
    key = "ib_" + secrets.token_urlsafe(32)
    build(settings).store.add_key(name, role, hashlib.sha256(key.encode()).hexdigest(), datetime.now(UTC))
    return key


def revoke_key(settings: Settings, name: str) -> None:
    build(settings).store.revoke_key(name, datetime.now(UTC))


def list_keys(settings: Settings, console: Console) -> None:
    table = Table("name", "role", "created", "revoked")
    for key in build(settings).store.keys():  # noqa: SIM118 (a method of the store)
        table.add_row(key.name, key.role, str(key.created_at)[:19], str(key.revoked_at or "")[:19])
    console.print(table)
