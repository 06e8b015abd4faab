"""A session that refers to what another session yields: there by its id, or by its identifier until it is there."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest
from ehr.ehrs import Sandbox
from ehr.hospital import hospital, sent
from ehr.made_up_session import NOW, OURS, PATIENT, publish, resource

from service.store import Store
from service.sync import Destination
from service.sync.attempt import Result
from service.sync.ehr import Ehr
from service.sync.fidelity import read_back
from service.sync.outcomes import Accepted

FIRST, CHANGE = "0f000000-0000-4000-8000-00000000000a", "0f000000-0000-4000-8000-00000000000b"


@pytest.fixture(params=[True, False], ids=["our ids", "their ids"])
def sandbox(sandbox: Sandbox, request: pytest.FixtureRequest) -> Sandbox:
    sandbox.control("capabilities", update_create=request.param)
    return sandbox


def course(store: Store) -> None:
    """S-1 has the first score of a course, S-2 a change since."""
    subject = {"reference": f"Patient/{PATIENT}"}
    patient = resource("Patient", PATIENT)
    first = resource("Observation", FIRST, status="final", subject=subject)
    change = resource(
        "Observation", CHANGE, status="final", subject=subject, derivedFrom=[{"reference": f"Observation/{FIRST}"}]
    )
    publish(store, [patient, first], number="S-1")
    publish(store, [patient, change], number="S-2")


def send(store: Store, sandbox: Sandbox, number: str) -> Result:
    return sent(store, hospital(sandbox), number)


def there(sandbox: Sandbox, id_: str) -> dict[str, Any]:
    """The Observation that has our identifier."""
    (found,) = [r for r in sandbox.resources("Observation") if {"system": OURS, "value": id_} in r["identifier"]]
    return found


def test_it_refers_to_what_is_there(store: Store, sandbox: Sandbox) -> None:
    course(store)
    assert all(isinstance(send(store, sandbox, number).outcome, Accepted) for number in ("S-1", "S-2"))
    first = there(sandbox, FIRST)
    assert there(sandbox, CHANGE)["derivedFrom"] == [{"reference": f"Observation/{first['id']}"}]


def test_what_is_not_there_is_named_by_its_identifier(store: Store, sandbox: Sandbox) -> None:
    """An EHR that checks references would refuse the session for it."""
    course(store)
    result = send(store, sandbox, "S-2")
    assert isinstance(result.outcome, Accepted)
    assert result.types_left_out == ()
    assert there(sandbox, CHANGE)["derivedFrom"] == [{"identifier": {"system": OURS, "value": FIRST}}]
    assert len(sandbox.resources("Observation")) == 1


def test_what_was_named_by_its_identifier_is_no_edit_of_theirs(store: Store, sandbox: Sandbox) -> None:
    """Also where nothing is known of what they answered then: since, the score that it began with came there too."""
    course(store)
    for number in ("S-2", "S-1"):
        assert isinstance(send(store, sandbox, number).outcome, Accepted)
    link = store.link("hospital", "Observation", CHANGE)
    assert link is not None
    store.save_links([replace(link, their_version=None, answered_hash=None)], NOW)
    assert read_back_of(store, sandbox, "S-2") == []
    subject = {"reference": f"Patient/{PATIENT}"}
    basis = [{"reference": f"Observation/{FIRST}"}]
    change = resource("Observation", CHANGE, status="amended", subject=subject, derivedFrom=basis)
    publish(store, [resource("Patient", PATIENT), change], number="S-2")
    assert isinstance(send(store, sandbox, "S-2").outcome, Accepted)
    first, now = there(sandbox, FIRST), there(sandbox, CHANGE)
    assert (now["status"], now["derivedFrom"]) == ("amended", [{"reference": f"Observation/{first['id']}"}])


def read_back_of(store: Store, sandbox: Sandbox, number: str) -> list[Any]:
    """What is not there as it was sent."""
    with closing(Ehr(Destination(name="hospital", base_url=sandbox.base_url, internal=True))) as ehr:
        readings = read_back(store, ehr, number)
    assert isinstance(readings, list)
    return [one for one in readings if one.found or not one.there]


def test_what_nobody_knows_is_left_as_it_is(store: Store, sandbox_server: Sandbox) -> None:
    sandbox_server.control("reset")
    lost = resource("Observation", CHANGE, derivedFrom=[{"reference": f"Observation/{FIRST}"}])
    publish(store, [resource("Patient", PATIENT), lost], number="S-2")
    assert not isinstance(send(store, sandbox_server, "S-2").outcome, Accepted)
