"""Mapping, indexing and storing together beside plain fhir.resources validation of the same resources."""

from __future__ import annotations

import gc
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from bench.documents import documents
from bench.measure import Result, Size, Steps, Watch
from mappings import RESOURCES, check_session, load_clinic, map_session, parse_session
from service.commands.memory import settle
from service.fhirjson import encode, read_json
from service.pipeline import as_of
from service.store import Indexed, Store, index_entries, open_store
from service.validation import Validator, shape_issues

NAME = "map + index + store a session / plain fhir.resources"
OF = "a session, from bytes to commit"
PLAIN = "plain"
OURS = ("map", "encode", "index", "record", "publish")
KINDS = {mapping.type: mapping for mapping in RESOURCES}


def measure(size: Size, directory: Path) -> tuple[list[Result], list[Steps]]:
    store = open_store(f"sqlite:///{directory / 'steps.sqlite3'}")
    store.migrate()
    try:
        return _measure(size, Taker(store))
    finally:
        store.close()


def _measure(size: Size, taker: Taker) -> tuple[list[Result], list[Steps]]:
    for variation in range(size.learnt):
        _round(taker, variation, size)
    settle()  # as `serve` does once it has started; both sides gain
    clock_steps, processor_steps = Steps(OF, "ms"), Steps(OF, "ms of processor")
    clocks, processors = [], []
    for number in range(size.rounds):
        gc.collect()
        watch, sessions = _round(taker, 100 + number, size)
        clocks.append(_sides(watch.clock, sessions))
        processors.append(_sides(watch.processor, sessions))
        for step in (step for step in watch.clock if step != PLAIN):
            clock_steps.samples[step].append(watch.clock[step] / sessions * 1000)
            processor_steps.samples[step].append(watch.processor[step] / sessions * 1000)
    return [_result(NAME, clocks), _result(f"{NAME}, processor", processors)], [clock_steps, processor_steps]


def _sides(seconds: Counter[str], sessions: int) -> tuple[float, float]:
    """Milliseconds per session: ours, and plain validation."""
    return sum(seconds[step] for step in OURS) / sessions * 1000, seconds[PLAIN] / sessions * 1000


def _result(name: str, sides: list[tuple[float, float]]) -> Result:
    ours, other = (median(side) for side in zip(*sides, strict=True))
    return Result(name, ours, other, "ms", ours / other)


def _round(taker: Taker, variation: int, size: Size) -> tuple[Watch, int]:
    """Session by session, ours and then plain validation of the same resources."""
    watch, found = Watch(), documents(variation, size.sessions)
    for number, body in found:
        resources = taker.take(number, body, watch)
        with watch.timed(PLAIN):
            for resource in resources:
                shape_issues(resource)
    return watch, len(found)


@dataclass(slots=True)
class Taker:
    """The sentence of service/pipeline.py, step by step with a watch."""

    store: Store
    clinic: Any = field(default_factory=load_clinic)
    validator: Validator = field(default_factory=Validator)

    def take(self, number: str, body: bytes, watch: Watch) -> list[dict[str, Any]]:
        now = datetime.now(UTC)
        with watch.timed("parse"):
            session = parse_session(read_json(body))
        with watch.timed("record"):
            revision = self.store.record(number, body, "bench", now).revision
        with watch.timed("check"):
            issues = check_session(session, self.clinic)
        with watch.timed("map"):
            resources = map_session(session, self.clinic)
        with watch.timed("validate"):
            issues = [*issues, *(issue for resource in resources for issue in self.validator.validate(resource))]
        with watch.timed("encode"):
            contents = [encode(resource) for resource in resources]
        with watch.timed("index"):
            entries = [index_entries(KINDS[resource["resourceType"]].search, resource) for resource in resources]
        with watch.timed("publish"):
            current = as_of(session)
            items = [
                Indexed(r["resourceType"], r["id"], content, index, KINDS[r["resourceType"]].shared, current)
                for r, content, index in zip(resources, contents, entries, strict=True)
            ]
            self.store.publish(revision, items, issues, (), lambda _: None, now)
        if any(issue.is_error for issue in issues):
            raise RuntimeError(f"{number} is not publishable")
        return resources
