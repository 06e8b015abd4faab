"""A session turns out to be another patient's, while the process dies or answers are lost: it ends at the right one."""

from __future__ import annotations

from contextlib import closing
from typing import Any

import pytest
from ehr.ehrs import Sandbox, wait_until
from ehr.hospital import hospital
from ehr.made_up_session import MRN, PATIENT, publish, session

from service.edges import Edge, Passing, passes
from service.fhirjson import encode, read_json
from service.store import Store
from service.sync.delivery import deliver
from service.sync.ehr import Ehr
from service.sync.job import now
from service.sync.outcomes import Accepted, Outcome
from service.sync.overrides import Overrides

LAG = 0.3
ANOTHER = PATIENT[:-1] + "9"


class Crash(BaseException):
    pass


@pytest.fixture(params=["hapi-like", "batch-only", "unconditional"])
def sandbox(request: pytest.FixtureRequest, sandbox: Sandbox) -> Sandbox:
    """Each of them gives the ids."""
    sandbox.control("persona", name=request.param)
    return sandbox


def moved() -> list[dict[str, Any]]:
    found = read_json(encode(session()).replace(PATIENT.encode(), ANOTHER.encode()).replace(b'"M-1"', b'"M-2"'))
    return list(found)


def send(store: Store, sandbox: Sandbox, passing: Passing = passes) -> Outcome:
    lag = Overrides(search_lag_seconds=LAG)  # so long it may be there, and not be found
    with closing(Ehr(hospital(sandbox, overrides=lag))) as ehr:
        return deliver(store, ehr, "S-1", False, now, passing=passing).outcome


def until_accepted(store: Store, sandbox: Sandbox) -> None:
    def is_accepted() -> bool:
        return isinstance(send(store, sandbox), Accepted)

    wait_until(is_accepted)


def is_of(sandbox: Sandbox, mrn: str) -> bool:
    """Whether all that is there of the session is that patient's."""
    (patient,) = (p["id"] for p in sandbox.resources("Patient") if {"system": MRN, "value": mrn} in p["identifier"])
    kinds = ("Procedure", "Observation")
    subjects = [one["subject"]["reference"] for kind in kinds for one in sandbox.resources(kind)]
    return subjects == [f"Patient/{patient}"] * 2


@pytest.mark.parametrize("edge", [Edge.INTENDED, Edge.ANSWERED, Edge.LEARNT])
def test_whoever_comes_after_a_crash_moves_it(store: Store, sandbox: Sandbox, edge: Edge) -> None:
    publish(store, session())
    assert isinstance(send(store, sandbox), Accepted)
    assert is_of(sandbox, "M-1")
    publish(store, moved(), b"2")

    def fail(passed: Edge) -> None:
        if passed is edge:
            raise Crash

    with pytest.raises(Crash):
        send(store, sandbox, fail)
    until_accepted(store, sandbox)
    assert is_of(sandbox, "M-2")


def test_what_was_cut_off_before_is_not_taken_for_moved(store: Store, sandbox: Sandbox) -> None:
    """What lies there is the first patient's, under ids that this service was never told."""
    publish(store, session())
    sandbox.control("misbehave", mode="commit-then-cut")
    for _ in range(9):
        send(store, sandbox)
    sandbox.control("misbehave", mode="none")
    publish(store, moved(), b"2")
    until_accepted(store, sandbox)
    assert is_of(sandbox, "M-2")


@pytest.mark.parametrize("persona", ["epic-like", "cerner-like"])
def test_what_was_cut_off_is_looked_for_in_the_list_of_its_patient(
    store: Store, sandbox_server: Sandbox, persona: str
) -> None:
    """An EHR that finds observations in the list of their patient only, and makes no patients."""
    sandbox_server.control("reset")
    for mrn in ("M-1", "M-2"):
        sandbox_server.put({"resourceType": "Patient", "id": mrn, "identifier": [{"system": MRN, "value": mrn}]})
    sandbox_server.control("persona", name=persona)
    publish(store, session())
    until(store, sandbox_server, "Observation")
    publish(store, moved(), b"2")
    until_accepted(store, sandbox_server)
    assert is_of(sandbox_server, "M-2")


def until(store: Store, sandbox: Sandbox, kind: str) -> None:
    """One is there, and this service was not told."""

    def is_there() -> bool:
        sandbox.control("misbehave", mode="commit-then-cut", times=1)
        send(store, sandbox)
        sandbox.control("misbehave", mode="none")
        return bool(sandbox.resources(kind))

    wait_until(is_there)
