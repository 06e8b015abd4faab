"""Made-up resources and sessions for tests of the store: small, and independent of any mapping."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from service.fhirjson import encode, read_json
from service.store import Indexed, IndexEntry, Published, Store

NOW = datetime(2026, 3, 2, 16, 0, tzinfo=UTC)
MORNING = "2026-03-02T09:00:00.000000+00:00"
EVENING = "2026-03-02T19:00:00.000000+00:00"


def item(
    resource_type: str,
    id_: str,
    *entries: IndexEntry,
    shared: bool = False,
    as_of: str = MORNING,
    **elements: Any,
) -> Indexed:
    """A resource ready to be published."""
    resource = {"resourceType": resource_type, "id": id_, "meta": {"source": "urn:made-up"}, **elements}
    return Indexed(resource_type, id_, encode(resource), entries, shared, as_of)


def patient(id_: str = "p1", as_of: str = MORNING, **elements: Any) -> Indexed:
    return item("Patient", id_, shared=True, as_of=as_of, **elements)


def token(param: str, system: str, code: str) -> IndexEntry:
    return IndexEntry("token", param, system, code)


def retracted(content: bytes) -> Indexed | None:
    """Entered in error; a Patient has no such word."""
    found = read_json(content)
    if found["resourceType"] == "Patient":
        return None
    return item(found["resourceType"], found["id"], as_of="", status="entered-in-error")


def publish(
    store: Store,
    number: str,
    items: Sequence[Indexed],
    content: bytes = b"{}",
    destinations: Sequence[str] = (),
    now: datetime = NOW,
) -> Published:
    """Record and publish, as the pipeline does."""
    recorded = store.record(number, content, "clinic", now)
    return store.publish(recorded.revision, items, (), destinations, retracted, now)
