"""Sessions of one course with a PHQ-9 each, and what is derived from them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from golden_sessions import record

from mappings import Clinic, load_clinic
from mappings.resource import Resource
from service.fhirjson import encode, read_json
from service.pipeline import Pipeline
from service.store import Store
from service.validation import Validator

NOW = datetime(2026, 3, 3, tzinfo=UTC)
CLINIC = load_clinic()
DERIVED = ("score-change", "response", "remission")


def pipeline_on(store: Any, clinic: Clinic = CLINIC, validator: Validator | None = None) -> Pipeline:
    ticks = iter(range(1_000_000))
    return Pipeline(store, clinic, validator or Validator(), ("ehr",), lambda: NOW + timedelta(seconds=next(ticks)))


def document(day: int, total: int | None, **changes: Any) -> dict[str, Any]:
    """A session of course C with a PHQ-9, or without one."""
    time = f"2026-03-{day:02d}T10:00:00-06:00"
    events = [] if total is None else [{"type": "score", "time": time, "instrument": "phq9", "total": total}]
    found = {"number": f"C-{day}", "start": time, "end": None, "course": {"id": "C"}, "events": events}
    return record(**(found | changes))


def send(pipeline: Pipeline, day: int, total: int | None, **changes: Any) -> Any:
    return pipeline.receive(encode(document(day, total, **changes)), "test")


def derived(store: Store, number: str) -> dict[str, Resource]:
    """The Observations that hang on the course, by code, those taken back among them."""
    found = [read_json(r.content) for r in store.session_resources(number) if r.resource_type == "Observation"]
    return {code: r for r in found if (code := r["code"].get("coding", [{}])[0].get("code")) in DERIVED}


def change(store: Store, number: str) -> tuple[int, int] | None:
    """(change in points, version), None where nothing is said of a change."""
    found = derived(store, number).get("score-change")
    if found is None or found["status"] == "entered-in-error":
        return None
    return int(found["valueQuantity"]["value"]), int(found["meta"]["versionId"])


def rounds(store: Store) -> dict[str, int]:
    """How often each session was queued."""
    return {d.number: d.round for d in store.deliveries() if d.state == "pending"}


def is_derived(resource: Resource) -> bool:
    return resource["resourceType"] == "Observation" and any(
        c["code"] in DERIVED for c in resource["code"].get("coding", [])
    )


def bare(resource: Resource) -> bytes:
    meta = {k: v for k, v in resource["meta"].items() if k not in ("versionId", "lastUpdated")}
    return encode({**resource, "meta": meta})
