"""Every setting of the service, in one frozen object that __main__ builds and passes down.

Read from the environment with the prefix ``INFUSION_BRIDGE_`` (``INFUSION_BRIDGE_DATABASE_URL=…``).
docs/configuration.md is generated from the descriptions below.
"""

from __future__ import annotations

import ipaddress
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="INFUSION_BRIDGE_", frozen=True, extra="ignore")

    database_url: str = Field(
        "sqlite:///infusion-bridge.sqlite3", description="`sqlite:///FILE` or `postgresql+psycopg://…`"
    )
    host: str = Field("127.0.0.1", description="address the HTTP server binds to")
    port: int = Field(8000, description="port the HTTP server binds to", ge=0, le=65535)
    base_url: str | None = Field(
        None,
        description="public base URL of the service, if it stands behind a proxy; `/fhir` hangs below it",
    )
    clinic: Path | None = Field(None, description="TOML overlay of the clinic: codes, identifier systems, organisation")
    destinations: Path | None = Field(None, description="TOML file of the EHRs to deliver to")
    auth: Literal["keys", "open"] = Field(
        "keys",
        description="`keys` asks every caller for an API key; `open` asks nobody and is refused off loopback",
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="least severe level logged")
    max_body_bytes: int = Field(5_000_000, description="largest request body, in bytes", gt=0)
    sync_poll_seconds: float = Field(
        1.0, description="how often waiting deliveries are looked for, in seconds", ge=0.05, le=60
    )
    sync_workers: int = Field(4, description="deliveries in flight per destination in one process", ge=1, le=32)
    reconcile_every_hours: float = Field(
        24.0,
        description="how often each destination is looked through for every session, in hours; 0 is never",
        ge=0,
        le=8760,
    )

    fail_point: str = Field(
        "", description="for tests: the edge of a delivery at which the process ends itself; empty in earnest"
    )

    @model_validator(mode="after")
    def open_means_loopback(self) -> Settings:
        """An open door never faces the network."""
        if self.auth == "open" and not is_loopback(self.host):
            raise ValueError("auth 'open' is allowed on a loopback host only")
        return self

    @property
    def public_url(self) -> str:
        return (self.base_url or f"http://{self.host}:{self.port}").rstrip("/")


@lru_cache(maxsize=256)
def is_loopback(host: str) -> bool:
    """True for ``localhost`` and literal loopback addresses; a name that needs looking up is not trusted."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
