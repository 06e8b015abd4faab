"""HTTP: sessions in, FHIR and summaries out. The only room, beside the sandbox, that knows the web framework."""

from __future__ import annotations

from fastapi import FastAPI

from service.api.app import create_app
from service.api.parts import Service

__all__ = ["FastAPI", "Service", "create_app"]
