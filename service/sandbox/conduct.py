"""How a server conducts itself beyond what it declares: what real ones have been seen to do, as data. Pure.

The defaults are those of a server that does as FHIR says and no more.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

Resource = dict[str, Any]


class Conduct(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    client_ids: bool = Field(False, description="takes our ids, though it does not declare it")
    race_seconds: float = Field(0, ge=0, le=10, description="between looking for a match and writing")
    search_lag_seconds: float = Field(0, ge=0, le=3600, description="until what was made is found, by conditions too")
    search_cache_seconds: float = Field(0, ge=0, le=3600, description="a search asked again; no-cache passes it")
    ignored: tuple[str, ...] = Field((), description="dropped without a word: Type.element, or an element anywhere")
    empty_answers: bool = Field(False, description="a write is answered without a body")
    stale_status: int = Field(412, description="to an If-Match that is not the current version")
    modifiers_refused: bool = Field(False, description="422 to any modifierExtension")
    duplicate_seconds: float | None = Field(
        None, ge=0, description="409 to same type, subject and code so close in time"
    )
    transactions_refused: bool = Field(False, description="though declared")
    max_transaction_entries: int | None = Field(None, ge=1)
    max_conditional_entries: int | None = Field(None, ge=1, description="entries of a transaction that has conditions")
    throttle_every: int = Field(0, ge=0, description="each so-many-th request is answered 429")
    throttle_retry_after: int | None = Field(None, ge=0, description="seconds to wait, said with it")
    cut_every: int = Field(0, ge=0, description="each so-many-th write is applied, and the connection cut")


def kept(conduct: Conduct, resource: Resource) -> Resource:
    """What is left of a resource when what the server ignores is dropped."""
    kind = resource.get("resourceType")
    here = {name.partition(".")[2] for name in conduct.ignored if name.startswith(f"{kind}.")}
    anywhere = {name for name in conduct.ignored if "." not in name}
    top = {name: value for name, value in resource.items() if name not in here}
    found: Resource = _without(top, anywhere) if anywhere else top
    return found


def has_modifiers(value: Any) -> bool:
    return any(key == "modifierExtension" for key in _keys(value))


def is_duplicate(conduct: Conduct, resource: Resource, other: Resource) -> bool:
    """Of the same kind about the same subject, at the same time as far as this server can tell."""
    if conduct.duplicate_seconds is None:
        return False
    same = all(resource.get(name) == other.get(name) for name in ("resourceType", "subject", "code"))
    first, second = _time(resource), _time(other)
    if not same or first is None or second is None:
        return False
    return abs((first - second).total_seconds()) <= conduct.duplicate_seconds


def _time(resource: Resource) -> datetime | None:
    period = resource.get("performedPeriod")
    found = resource.get("effectiveDateTime") or resource.get("performedDateTime") or resource.get("date")
    found = found or (period.get("start") if isinstance(period, dict) else None)
    try:
        time = datetime.fromisoformat(str(found))
    except ValueError:
        return None
    return time if time.tzinfo else None


def _without(value: Any, names: set[str]) -> Any:
    if isinstance(value, list):
        return [_without(one, names) for one in value]
    if isinstance(value, dict):
        return {key: _without(child, names) for key, child in value.items() if key not in names}
    return value


def _keys(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, child in value.items():
            yield key
            yield from _keys(child)
    elif isinstance(value, list):
        for child in value:
            yield from _keys(child)
