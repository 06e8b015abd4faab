"""What the sandbox is tried with in tests/service/sync, on a real server: answers cut off, edits, eight workers at once.

A few of each in ordinary runs; ``RELIABILITY=full`` is more. Judged by what the server holds and by its histories,
past its cache. Every test has patients and ids of its own.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from ehr.crowd import delivered_by_a_crowd
from ehr.ehrs import Server, Wire, wire
from ehr.hapi.server import HapiServer
from ehr.hospital import hospital
from ehr.made_up_session import OURS, of_own, publish, session
from ehr.patients import our_session

from service.store import Store, open_store
from service.sync.delivery import deliver
from service.sync.ehr import Ehr
from service.sync.job import now
from service.sync.outcomes import Accepted, Edited, Outcome, Unknown

FULL = os.environ.get("RELIABILITY") == "full"
CUTS, EDITS, SESSIONS = (100, 100, 100) if FULL else (8, 8, 24)
pytestmark = [pytest.mark.hapi, *([pytest.mark.slow] if FULL else [])]
# HAPI gives the ids, and what has no identifier cannot be found again
KINDS = ("Organization", "Patient", "Procedure", "Observation")


@pytest.fixture(scope="module")
def there(hapi: HapiServer) -> Iterator[Server]:
    with closing(Server(hapi.base_url)) as server:
        yield server


@pytest.fixture(scope="module")
def line(hapi: HapiServer) -> Iterator[Wire]:
    with wire(hapi.base_url) as found:
        yield found


@pytest.fixture
def database_url(tmp_path: Path, migrated_file: Path) -> str:
    shutil.copy(migrated_file, tmp_path / "store.sqlite3")
    return f"sqlite:///{tmp_path / 'store.sqlite3'}"


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    with closing(open_store(database_url)) as opened:
        yield opened


@pytest.fixture(params=["transaction", "batch", "single"])
def ehr(request: pytest.FixtureRequest, line: Wire) -> Iterator[Ehr]:
    with closing(Ehr(hospital(line, timeout_seconds=60, overrides={"rung": request.param}))) as made:
        yield made


@pytest.fixture
def marks() -> list[str]:
    """Tell sessions of this test from each other and from those of others."""
    return [uuid4().hex[:8] for _ in range(max(CUTS, EDITS))]


def send(store: Store, ehr: Ehr, number: str) -> Outcome:
    return deliver(store, ehr, number, False, now).outcome


def settled(store: Store, ehr: Ehr, number: str) -> Outcome:
    """Attempt after attempt, as the schedule would, but sooner."""
    for _ in range(20):
        outcome = send(store, ehr, number)
        if isinstance(outcome, Accepted | Edited):
            return outcome
        time.sleep(0.2)
    raise AssertionError(outcome)


def names(resources: list[dict[str, Any]]) -> list[str]:
    return [f"{one['resourceType']}/{one['id']}" for one in resources if one["resourceType"] in KINDS]


def of_type(kind: str, resources: list[dict[str, Any]]) -> str:
    (found,) = (name for name in names(resources) if name.startswith(f"{kind}/"))
    return found


def test_what_is_cut_after_it_was_applied_ends_as_one_copy(
    store: Store, ehr: Ehr, line: Wire, there: Server, marks: list[str]
) -> None:
    every = []
    for mark in marks[:CUTS]:
        resources = of_own(mark, session())
        every += names(resources)
        publish(store, resources, mark.encode(), mark)
        cuts, line.mode = line.cuts, "cut"
        outcome = send(store, ehr, mark)
        line.mode = "through"
        assert isinstance(outcome, Unknown)
        assert line.cuts > cuts
        assert isinstance(settled(store, ehr, mark), Accepted)
    copies = there.copies(every, OURS)
    assert {name: [version for _, version in found] for name, found in copies.items()} == {n: ["1"] for n in every}
    print(f"{CUTS} of {CUTS} cut deliveries ended as one copy")


def edit(there: Server, name: str) -> str:
    """A clinician's; its id there."""
    ((id_, _),) = there.copies([name], OURS)[name]
    there.put({**there.get(f"Observation/{id_}"), "status": "amended", "note": [{"text": "edited"}]})
    return id_


def test_an_edit_between_two_of_our_versions_is_kept(store: Store, ehr: Ehr, there: Server, marks: list[str]) -> None:
    edited = []
    for mark in marks[:EDITS]:
        publish(store, of_own(mark, session()), b"1", mark)
        assert isinstance(send(store, ehr, mark), Accepted)
        edited.append(edit(there, of_type("Observation", of_own(mark, session()))))
        changed = of_own(mark, session("second"))
        changed[2]["note"] = [{"text": "new"}]
        publish(store, changed, b"2", mark)
        assert settled(store, ehr, mark) == Edited(1)
        assert send(store, ehr, mark) == Edited(1)
    texts = [[version["note"][0]["text"] for version in history(there, "Observation", id_)] for id_ in edited]
    assert texts == [["first", "edited"]] * EDITS
    procedures = [of_type("Procedure", of_own(mark, session())) for mark in marks[:EDITS]]
    moved = [history(there, "Procedure", found[0][0]) for found in there.copies(procedures, OURS).values()]
    assert [[version.get("note") for version in versions] for versions in moved] == [
        [None, [{"text": "new"}]]
    ] * EDITS, "the rest is not held up"
    print(f"{EDITS} of {EDITS} edits kept")


def history(there: Server, kind: str, id_: str) -> list[dict[str, Any]]:
    """Oldest first."""
    page = there.get(f"{kind}/{id_}/_history?_count=100")
    return [entry["resource"] for entry in reversed(page["entry"])]


@pytest.mark.parametrize("rung", ["transaction", "single"])
def test_eight_workers_and_one_new_patient_make_one_patient(
    database_url: str, there: Server, marks: list[str], rung: str
) -> None:
    mark = marks[0]
    with closing(open_store(database_url)) as store:
        for n in range(SESSIONS):
            publish(store, of_own(mark, our_session(f"{mark}-{n}")), str(n).encode(), f"{mark}-{n}")
        resources = [of_own(mark, our_session(f"{mark}-{n}")) for n in range(SESSIONS)]
    there_now = hospital(there, timeout_seconds=60, overrides={"rung": rung})
    outcomes = delivered_by_a_crowd(database_url, there_now, [f"{mark}-{n}" for n in range(SESSIONS)])
    assert [type(one) for one in outcomes] == [Accepted] * SESSIONS
    every = sorted({name for one in resources for name in names(one)})
    assert len(every) == 1 + 2 * SESSIONS
    copies = there.copies(every, OURS)
    assert {name: [version for _, version in found] for name, found in copies.items()} == {n: ["1"] for n in every}
    ((patient, _),) = copies[next(name for name in every if name.startswith("Patient/"))]
    subjects = {one["subject"]["reference"] for one in there.resources("Observation", f"patient={patient}&_count=500")}
    assert subjects == {f"Patient/{patient}"}
    print(f"{SESSIONS} sessions by 8 workers: one Patient, nothing twice")
