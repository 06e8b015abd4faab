"""The OpenAPI document: FastAPI's own, with the session's schema in it, as stable YAML."""

from __future__ import annotations

from typing import Any

import yaml
from fastapi import FastAPI

from service.api.sessions import SCHEMA

SECURITY = {"key": {"type": "http", "scheme": "bearer", "description": "an API key"}}


def describe(app: FastAPI) -> None:
    """Put the schemas of the session, and of its parts, where the routes refer to them."""
    plain = app.openapi

    def with_schemas() -> dict[str, Any]:
        document = plain()
        components = document.setdefault("components", {})
        schemas = components.setdefault("schemas", {})
        own = dict(SCHEMA)
        schemas.update(own.pop("$defs", {}))
        schemas["InfusionSession"] = own
        components["securitySchemes"] = SECURITY
        document["security"] = [{"key": []}]
        return document

    app.openapi = with_schemas  # type: ignore[method-assign]


def openapi_yaml(app: FastAPI) -> str:
    """The document as YAML; the same code gives the same text."""
    return yaml.safe_dump(app.openapi(), sort_keys=False, allow_unicode=True, width=110)
