"""What is known of a destination beyond, or against, what its CapabilityStatement says: part of the destinations file.

[destinations.north-clinic.overrides]
rung = "batch"                     # transaction, batch or single: how, whatever is declared
                                   # partial (Observation, Procedure and documents) or document: at most that much
types = ["Patient", "Observation"] # at most these
max_transaction_entries = 50       # for batches too: a larger session is sent in pieces
max_conditional_entries = 8        # where one of the entries is conditional
search_lag_seconds = 60            # what was written is found by a search that much later at the latest
conditional_create = false         # and create, update, update_create, conditional_update, search_by_identifier,
                                   # search_by_patient: for every type that is declared …

[destinations.north-clinic.overrides.type.Observation]
create = true                      # … or for one, which need not be declared
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

TypeName = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Za-z]{1,40}$")]
Rung = Literal["transaction", "batch", "single", "partial", "document"]


class TypeOverrides(BaseModel):
    """None leaves it as declared."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    create: bool | None = None
    update: bool | None = None
    update_create: bool | None = None
    conditional_create: bool | None = None
    conditional_update: bool | None = None
    search_by_identifier: bool | None = None
    search_by_patient: bool | None = None


class Overrides(TypeOverrides):
    rung: Rung | None = None
    types: tuple[TypeName, ...] | None = None
    max_transaction_entries: Annotated[int | None, Field(ge=1, le=10_000)] = None
    max_conditional_entries: Annotated[int | None, Field(ge=1, le=10_000)] = None
    search_lag_seconds: Annotated[float, Field(ge=0, le=86_400)] = 60
    type: Mapping[TypeName, TypeOverrides] = {}
