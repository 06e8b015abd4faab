"""The application: routes over the parts of the service, within a guard, within a frame."""

from __future__ import annotations

from fastapi import FastAPI

from service.api import (
    deliveries,
    destinations,
    docs,
    errors,
    fhir,
    health,
    key_set,
    patients,
    sessions,
    status,
    summaries,
)
from service.api.auth import Guard, KeyRing
from service.api.frame import Frame
from service.api.openapi import DocumentedApp
from service.api.parts import Service

__all__ = ["Service", "create_app"]


def create_app(service: Service, keys: KeyRing | None = None) -> FastAPI:
    """The ASGI application. The FHIR rooms come first: routes are tried in order, and reads by id are the most."""
    app = DocumentedApp()
    app.state.service = service
    app.state.types = {mapping.type: mapping for mapping in service.pipeline.mappings}
    for room in (fhir, sessions, deliveries, destinations, patients, status, summaries, health, key_set, docs):
        room.mount(app)
    errors.install(app)
    keys, is_open = keys or KeyRing(service.store), service.settings.auth == "open"
    app.add_middleware(Guard, keys=keys, is_open=is_open, own_url=service.settings.base_url)
    app.add_middleware(Frame)
    return app
