"""The FHIR R4 facade: one file per interaction. What is served is derived from the mappings that are mounted."""

from __future__ import annotations

from fastapi import FastAPI

from service.api.fhir import capabilities, read, search


def mount(app: FastAPI) -> None:
    """Reads first: routes are tried in order, and reads are the most."""
    for interaction in (read, search, capabilities):
        interaction.mount(app)
