"""Commit-then-cut, and a clinician's edit between two of our versions, on every kind of EHR.

A few of each in ordinary runs; ``RELIABILITY=full`` is 200 and 100. Judged by the EHR's log.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from ehr.ehrs import Sandbox
from ehr.hospital import hospital
from ehr.made_up_session import MRN, NOW, OURS, of_own, with_document

from service.fhirjson import encode
from service.store import Indexed, Store, open_store
from service.sync.delivery import deliver
from service.sync.ehr import Ehr
from service.sync.job import now
from service.sync.outcomes import Accepted, Edited, Outcome
from service.sync.overrides import Overrides

FULL = os.environ.get("RELIABILITY") == "full"
CUTS, EDITS = (200, 100) if FULL else (3, 3)
LAG = 0.3
PERSONAS = (
    *("open", "hapi-like", "medplum-like", "batch-only", "cutting", "duplicate-refusing", "forgetful", "racing"),
    *("unconditional", "lagging", "hostile", "epic-like", "cerner-like", "throttling", "throttling-silent"),
    *("transaction-refusing", "athena-like"),
)
DOCUMENTS_ALONE = ("athena-like",)
# The status that a clinician gives it there, and the one that we give it in the next version
EDITED = {"Observation": "amended", "DocumentReference": "superseded"}
RESTATED = {"Observation": "corrected", "DocumentReference": "entered-in-error"}
pytestmark = [pytest.mark.slow] if FULL else []


@pytest.fixture
def store(tmp_path: Path, migrated_file: Path) -> Iterator[Store]:
    (tmp_path / "store.sqlite3").write_bytes(migrated_file.read_bytes())
    with closing(open_store(f"sqlite:///{tmp_path / 'store.sqlite3'}")) as opened:
        yield opened


def own(n: int, note: str = "first") -> list[dict[str, Any]]:
    """The n-th session, of a patient of its own."""
    return of_own(f"{n:08x}", with_document(note))


def publish(store: Store, n: int, resources: list[dict[str, Any]], content: bytes) -> None:
    items = [Indexed(r["resourceType"], r["id"], encode(r), (), False, "2026") for r in resources]
    revision = store.record(f"S-{n}", content, "clinic", NOW).revision
    store.publish(revision, items, (), (), lambda _: None, NOW)


@pytest.fixture(params=PERSONAS)
def persona(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def play(sandbox: Sandbox, persona: str) -> None:
    quick = {"search_lag_seconds": LAG} if persona in ("lagging", "hostile") else {}
    sandbox.control("persona", name=persona, conduct=quick)


@pytest.fixture
def ehr(persona: str, sandbox: Sandbox) -> Iterator[Ehr]:
    for n in range(max(CUTS, EDITS)):
        known = {"resourceType": "Patient", "id": f"known-{n}", "identifier": [{"system": MRN, "value": f"M-{n:08x}"}]}
        sandbox.put(known)
    play(sandbox, persona)
    time.sleep(2 * LAG)
    known = Overrides(search_lag_seconds=2 * LAG, rung="batch" if persona == "transaction-refusing" else None)
    destination = hospital(sandbox, create_patients=False, timeout_seconds=10, overrides=known)
    with closing(Ehr(destination)) as made:
        made.pace.sleep = lambda _: None
        yield made


def settled(store: Store, ehr: Ehr, n: int) -> Outcome:
    """Attempt after attempt, as the schedule would, but sooner."""
    for _ in range(60):
        outcome = deliver(store, ehr, f"S-{n}", False, now).outcome
        if isinstance(outcome, Accepted | Edited):
            return outcome
        time.sleep(min(getattr(outcome, "retry_after", None) or 0, 1))
    raise AssertionError(outcome)


def copies(sandbox: Sandbox) -> Counter[tuple[str, str]]:
    """How often each of our identifiers was made there."""
    found: Counter[tuple[str, str]] = Counter()
    for kind in ("Organization", "Procedure", "Observation", "DocumentReference"):
        for resource in sandbox.resources(kind, "_count=1000"):
            found.update((kind, i["value"]) for i in resource.get("identifier", []) if i["system"] == OURS)
    return found


def judged(persona: str) -> str:
    """What every session has one of there."""
    return "DocumentReference" if persona in DOCUMENTS_ALONE else "Observation"


def test_what_is_cut_after_it_was_applied_ends_as_one_copy(
    store: Store, sandbox: Sandbox, ehr: Ehr, persona: str
) -> None:
    for n in range(CUTS):
        publish(store, n, own(n), b"1")
        sandbox.control("misbehave", mode="commit-then-cut", times=1)
        deliver(store, ehr, f"S-{n}", False, now)
        sandbox.control("misbehave", mode="none")
        assert isinstance(settled(store, ehr, n), Accepted)
    play(sandbox, "open")  # to be looked at undisturbed
    found = copies(sandbox)
    assert set(found.values()) == {1}
    assert sum(1 for kind, _ in found if kind == judged(persona)) == CUTS
    assert {line["version"] for line in sandbox.log()} == {1}


def test_an_edit_between_two_of_our_versions_is_kept(store: Store, sandbox: Sandbox, ehr: Ehr, persona: str) -> None:
    for n in range(EDITS):
        publish(store, n, own(n), b"1")
        settled(store, ehr, n)
    play(sandbox, "open")
    kind = judged(persona)
    for resource in sandbox.resources(kind, "_count=1000"):
        sandbox.put({**resource, "status": EDITED[kind]})
    play(sandbox, persona)
    edited = sandbox.log()
    kept = 0
    for n in range(EDITS):
        publish(store, n, own(n, "second") if n % 2 else _restated(own(n), kind), b"2")
        if isinstance(settled(store, ehr, n), Edited):
            kept += 1
    play(sandbox, "open")
    assert kept == EDITS
    assert [line for line in sandbox.log()[len(edited) :] if line["type"] == kind] == []
    assert {r["status"] for r in sandbox.resources(kind, "_count=1000")} == {EDITED[kind]}


def _restated(resources: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [{**r, "status": RESTATED[kind]} if r["resourceType"] == kind else r for r in resources]
