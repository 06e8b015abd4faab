"""`openapi`: the OpenAPI document, generated from the mounted routes."""

from __future__ import annotations

from service.api.openapi import openapi_yaml
from service.commands.composition import build
from service.commands.serve import application
from service.settings import Settings


def openapi_document() -> str:
    """The same text on every machine: it depends on the code alone."""
    return openapi_yaml(application(build(Settings(database_url="sqlite://", destinations=None, clinic=None))))
