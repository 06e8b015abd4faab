"""A revised session changes only what changed, whatever the session: what is gone is entered-in-error, the rest stands."""

from __future__ import annotations

from itertools import islice
from random import Random
from typing import Any

from strategies import tables

from mappings import InvalidSession, check_session, load_clinic, map_session, parse_session
from service import generator
from service.fhirjson import encode, read_json
from service.pipeline import Pipeline

CLINIC = load_clinic()
NO_SUCH_WORD = {"Patient", "Practitioner", "PractitionerRole", "Organization", "Location", "Provenance", "AdverseEvent"}
DERIVED = {"Provenance", "DocumentReference", "DiagnosticReport", "Composition"}


def revised(document: dict[str, Any], dice: Random) -> dict[str, Any] | None:
    """The document with one event taken out, such that it still is a session; None where there is no such event."""
    places = list(range(len(document.get("events", []))))
    dice.shuffle(places)
    for place in places:
        events = [event for i, event in enumerate(document["events"]) if i != place]
        changed = {**document, "events": events}
        try:
            if not any(issue.is_error for issue in check_session(parse_session(changed), CLINIC)):
                return changed
        except InvalidSession:
            continue
    return None


def current(pipeline: Pipeline, number: str) -> dict[str, dict[str, Any]]:
    return {f"{r.resource_type}/{r.id}": read_json(r.content) for r in pipeline.store.session_resources(number)}


def bare(resource: dict[str, Any]) -> bytes:
    meta = {name: value for name, value in resource["meta"].items() if name not in ("versionId", "lastUpdated")}
    return encode({**resource, "meta": meta})


def test_a_revision_changes_only_what_changed(pipeline: Pipeline) -> None:
    """Forty plausible sessions of a seed, each revised by taking one event out."""
    dice = Random(7)
    tried = 0
    for found in islice(generator.sessions(Random(7), "R", tables()), 40):
        document = {name: value for name, value in found.items() if name != "course"}  # which other sessions change too
        if document["status"] == "entered-in-error" or (other := revised(document, dice)) is None:
            continue
        tried += 1
        number = document["number"]
        assert pipeline.receive(encode(document), "test").state == "published"
        before = current(pipeline, number)
        assert pipeline.receive(encode(other), "test").state == "published"
        after = current(pipeline, number)
        yielded = {f"{r['resourceType']}/{r['id']}" for r in map_session(parse_session(other), CLINIC)}
        check(before, after, yielded)
    assert tried > 25


def check(before: dict[str, dict[str, Any]], after: dict[str, dict[str, Any]], yielded: set[str]) -> None:
    for name, resource in before.items():
        kind, now = name.partition("/")[0], after.get(name)
        if name in yielded:
            assert now is not None
            same = bare(now) == bare(resource)
            assert same == (now["meta"]["versionId"] == resource["meta"]["versionId"])
        elif kind not in NO_SUCH_WORD:
            assert now is not None, f"{name} is gone without a word"
            assert "entered-in-error" in encode(now).decode()
    untouched = [n for n in before if n in yielded and bare(before[n]) == bare(after[n])]
    others = [n for n in before if n.partition("/")[0] not in DERIVED]
    assert len(untouched) >= len(others) - 60
