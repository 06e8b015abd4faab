"""HTTP: sessions in, FHIR and summaries out. The only room, beside the sandbox, that knows the web framework."""

from __future__ import annotations

from service.api.app import create_app
from service.api.parts import Service

__all__ = ["Service", "create_app"]
