"""The application: rooms put together, nothing decided here."""

from __future__ import annotations

from fastapi import FastAPI

from service.api import errors, health, sessions, summaries
from service.api.fhir.routes import fhir_router
from service.api.openapi import describe
from service.api.requests import RequestLog
from service.api.service import Service

DESCRIPTION = """Hand over an infusion session as plain JSON; read it as FHIR R4; see where it was delivered.

Every error body is a FHIR OperationOutcome with one issue per fault."""


def create_app(service: Service) -> FastAPI:
    """The ASGI application over the given parts. It opens nothing and starts nothing."""
    app = FastAPI(title="Infusion Bridge", version="0.1.0", description=DESCRIPTION, redoc_url=None)
    app.state.service = service
    errors.install(app)
    app.include_router(health.router)
    app.include_router(sessions.router)
    app.include_router(summaries.router)
    app.include_router(fhir_router(service.pipeline.mappings))
    app.add_middleware(RequestLog)
    describe(app)
    return app
