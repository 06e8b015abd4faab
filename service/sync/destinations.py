"""The EHRs to deliver to: a TOML file, checked before anything is sent. Secrets stay where they are.

[destinations.north-clinic]
base_url = "https://ehr.example/fhir"
auth = "bearer"                       # none, bearer, basic or smart
secret_env = "NORTH_CLINIC_TOKEN"     # or secret_file = "/run/secrets/north"; basic: "user:password"
patient_match = "identifier"          # certain: also what $match there grades as certain
create_patients = false               # true: a patient the EHR does not know is created there
internal = false                      # true: private and loopback addresses are allowed, and http
timeout_seconds = 30                  # for each step of a request, and for a whole answer
requests_per_second = 5               # at most; without it as many as there are
reconcile_every_hours = 24            # every session is looked for there; 0: never; without it as the service's setting

[destinations.north-clinic.smart]     # with auth = "smart": SMART Backend Services
client_id = "infusion-bridge"
keys = ["/run/secrets/north-keys"]    # files or folders of private keys; the newest signs
token_url = "https://…/token"         # else discovered, and then of the origin of base_url only
scope = "system/*.cruds"

[destinations.north-clinic.overrides] # what is known of it against what it declares: see overrides.py
"""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from service.errors import Rejected
from service.sync.overrides import Overrides


class SmartClient(BaseModel):
    """Who we are to a destination's token endpoint. The keys are read from ``keys`` when they are needed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    client_id: Annotated[str, StringConstraints(pattern=r"^[\x21-\x7e]{1,200}$")]
    keys: Annotated[tuple[Path, ...], Field(min_length=1)]
    token_url: Annotated[str, StringConstraints(pattern=r"^https?://[^\s?#@]+$")] | None = None
    scope: Annotated[str, StringConstraints(pattern=r"^[\x21-\x7e]+( [\x21-\x7e]+)*$")] = "system/*.cruds"


class Destination(BaseModel):
    """One EHR. ``name`` is the table's key."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,40}$")]
    base_url: Annotated[str, StringConstraints(pattern=r"^https?://[^\s?#@]+$")]
    auth: Literal["none", "bearer", "basic", "smart"] = "none"
    secret_env: str | None = None
    secret_file: Path | None = None
    smart: SmartClient | None = None
    patient_match: Literal["identifier", "certain"] = "identifier"
    create_patients: bool = False
    internal: Annotated[bool, Field(validate_default=True)] = False
    timeout_seconds: Annotated[float, Field(gt=0, le=300)] = 30
    requests_per_second: Annotated[float | None, Field(gt=0, le=1000)] = None
    reconcile_every_hours: Annotated[float | None, Field(ge=0, le=8760)] = None
    overrides: Overrides = Overrides()

    @field_validator("base_url")
    @classmethod
    def has_a_host(cls, value: str) -> str:
        parts = urlsplit(value)
        if not parts.hostname or parts.port == 0:  # reading the port raises ValueError when it is none
            raise ValueError("an address with a host is needed")
        return value.rstrip("/")

    @field_validator("internal")
    @classmethod
    def private_on_the_way(cls, value: bool, info: ValidationInfo) -> bool:
        """What is sent is about patients, with a secret or without."""
        if not value and not str(info.data.get("base_url", "https://")).startswith("https://"):
            raise ValueError("base_url is https, unless the destination is internal")
        return value

    @model_validator(mode="after")
    def secret_named_once(self) -> Self:
        if (self.auth == "smart") != (self.smart is not None):
            raise ValueError("auth 'smart' needs the table 'smart', and only it does")
        if self.smart and not self.internal and not (self.smart.token_url or "https:").startswith("https:"):
            raise ValueError("token_url is https, unless the destination is internal")
        named = [source for source in (self.secret_env, self.secret_file) if source is not None]
        if len(named) != (1 if self.auth in ("bearer", "basic") else 0):
            raise ValueError("bearer and basic need exactly one of secret_env and secret_file, the others neither")
        return self

    def secret(self) -> str | None:
        """Read anew each time it is needed, and never kept. Raises Rejected when it is not where the file says."""
        if self.auth not in ("bearer", "basic"):
            return None
        found = os.environ.get(self.secret_env) if self.secret_env is not None else self._from_file()
        if not found or not found.isascii() or not found.isprintable():
            raise Rejected(f"the secret of destination {self.name} is not where the file says")
        return found

    def _from_file(self) -> str | None:
        try:
            return (self.secret_file or Path()).read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError):
            return None


def load_destinations(path: Path) -> tuple[Destination, ...]:
    """Raises Rejected with file, table and key."""
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Rejected(f"{path}: {error}") from None
    for name in tables:
        if name != "destinations":
            raise Rejected(f"{path}: [{name}] is not known: tables are named [destinations.NAME]")
    found = tables.get("destinations", {})
    if not isinstance(found, dict):
        raise Rejected(f"{path}: [destinations] is not a table")
    return tuple(_destination(path, name, table) for name, table in found.items())


def _destination(path: Path, name: str, table: Any) -> Destination:
    if not isinstance(table, dict):
        raise Rejected(f"{path}: [destinations.{name}] is not a table")
    if "name" in table:
        raise Rejected(f"{path}: [destinations.{name}] name: the name of the table is the name")
    try:
        return Destination.model_validate({"name": name, **table})
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        key = ".".join(str(part) for part in first["loc"]) or "auth"
        raise Rejected(f"{path}: [destinations.{name}] {key}: {first['msg']}") from None
