"""`openapi`: the OpenAPI document, generated from the mounted routes."""

from __future__ import annotations

import tempfile
from pathlib import Path

from service.api.openapi import openapi_yaml
from service.commands.composition import build
from service.commands.serve import application
from service.settings import Settings


def openapi_document() -> str:
    """The same text on every machine: it depends on the code alone."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(database_url=f"sqlite:///{Path(folder) / 'empty.sqlite3'}", destinations=None, clinic=None)
        return openapi_yaml(application(build(settings)))
