"""Kinds of EHR that the sandbox plays: a TOML file each, with what it declares and how it conducts itself."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from service.errors import NotFound
from service.sandbox.behaviour import Declared
from service.sandbox.conduct import Conduct

FOLDER = Path(__file__).parent / "personas"
PERSONAS = tuple(sorted(path.stem for path in FOLDER.glob("*.toml")))


class Persona(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    about: str = "Declares everything that this service can use, and does as FHIR says."
    declared: Declared = Declared()
    conduct: Conduct = Conduct()


def load_persona(name: str, **changes: Any) -> Persona:
    """``changes`` are to its conduct: a shorter lag for a test. Raises NotFound for a name that has no file."""
    if name not in PERSONAS:
        raise NotFound(f"no such persona: there are {', '.join(PERSONAS)}")
    found = tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
    return Persona.model_validate({**found, "conduct": {**found.get("conduct", {}), **changes}})
