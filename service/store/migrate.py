"""Migrations by alembic, run from code: no ini file, no shell."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from service.store.engine import writing

SCRIPTS = Path(__file__).parent / "migrations"


def migrate(engine: sa.Engine, target: str = "head") -> None:
    """Upgrade to the newest revision, in one transaction that other processes wait for."""
    with writing(engine) as connection:
        command.upgrade(_config(connection), target)


def _config(connection: sa.Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config
