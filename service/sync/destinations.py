"""The EHRs to deliver to: a TOML file, checked before anything is sent. Secrets stay where they are.

[destinations.north-clinic]
base_url = "https://ehr.example/fhir"
auth = "bearer"                       # none, bearer or basic
secret_env = "NORTH_CLINIC_TOKEN"     # or secret_file = "/run/secrets/north"; basic: "user:password"
create_patients = false               # true: a patient the EHR does not know is created there
internal = false                      # true: private and loopback addresses are allowed
"""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from service.errors import Rejected


class Destination(BaseModel):
    """One EHR. ``name`` is the table's key."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,40}$")]
    base_url: Annotated[str, StringConstraints(pattern=r"^https?://[^\s?#]+$")]
    auth: Literal["none", "bearer", "basic"] = "none"
    secret_env: str | None = None
    secret_file: Path | None = None
    create_patients: bool = False
    internal: bool = False
    timeout_seconds: Annotated[float, Field(gt=0, le=300)] = 30

    @model_validator(mode="after")
    def secret_named_once(self) -> Self:
        named = [source for source in (self.secret_env, self.secret_file) if source is not None]
        if len(named) != (0 if self.auth == "none" else 1):
            raise ValueError("auth needs exactly one of secret_env and secret_file, and 'none' needs neither")
        if self.auth != "none" and not self.internal and not self.base_url.startswith("https://"):
            raise ValueError("a secret is sent over https only")
        return self

    def secret(self) -> str | None:
        """Read anew each time it is needed, and never kept. Raises Rejected when it is not where the file says."""
        if self.auth == "none":
            return None
        if self.secret_env is not None:
            found = os.environ.get(self.secret_env)
        else:
            path = self.secret_file or Path()
            found = path.read_text().strip() if path.is_file() else None
        if not found:
            raise Rejected(f"the secret of destination {self.name} is not where the file says")
        return found


def load_destinations(path: Path) -> tuple[Destination, ...]:
    """Raises Rejected with file, table and key."""
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8")).get("destinations", {})
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Rejected(f"{path}: {error}") from None
    return tuple(_destination(path, name, table) for name, table in tables.items())


def _destination(path: Path, name: str, table: object) -> Destination:
    if not isinstance(table, dict):
        raise Rejected(f"{path}: [destinations.{name}] is not a table")
    try:
        return Destination(name=name, **table)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        key = ".".join(str(part) for part in first["loc"])
        raise Rejected(f"{path}: [destinations.{name}] {key}: {first['msg']}") from None
