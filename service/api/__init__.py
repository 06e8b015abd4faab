"""The HTTP API: sessions in, FHIR and summaries out."""

from service.api.app import create_app
from service.api.service import Service

__all__ = ["Service", "create_app"]
