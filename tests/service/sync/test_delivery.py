"""One attempt at a delivery, against servers that declare different things. Judged by what the EHR holds."""

from __future__ import annotations

from typing import Any

import pytest
from ehr.ehrs import Sandbox
from ehr.hospital import hospital, sent
from ehr.made_up_session import (
    MRN,
    OBSERVATION,
    ORGANIZATION,
    OURS,
    PATIENT,
    PROCEDURE,
    publish,
    resource,
    session,
)

from service.fhirjson import read_json
from service.store import Store
from service.sync.attempt import Result
from service.sync.outcomes import Accepted, Conflict, Refused, Unknown


def send(store: Store, sandbox: Sandbox, again: bool = False, create_patients: bool = True) -> Result:
    return sent(store, hospital(sandbox, create_patients=create_patients), again=again)


PERSONAS = [
    {"transaction": transaction, **identity}
    for transaction in (True, False)
    for identity in (
        {},
        {"update_create": False},
        {"update_create": False, "conditional_create": False},
        {"update_create": False, "conditional_create": False, "conditional_update": False},
    )
]


@pytest.fixture(
    params=PERSONAS, ids=lambda persona: "-".join(f"{k}" for k, v in persona.items() if not v) or "everything"
)
def persona(request: pytest.FixtureRequest, sandbox: Sandbox) -> dict[str, bool]:
    """What the sandbox does and declares."""
    sandbox.control("capabilities", **request.param)
    return dict(request.param)


def held(sandbox: Sandbox) -> dict[str, dict[str, Any]]:
    """The only copy of each type that is there."""
    found = {
        kind: sandbox.resources(kind) for kind in ("Organization", "Patient", "Procedure", "Observation", "Provenance")
    }
    assert all(len(copies) <= 1 for copies in found.values()), "more than one copy"
    return {kind: copies[0] for kind, copies in found.items() if copies}


def test_every_resource_arrives_once_and_refers_to_what_is_there(
    store: Store, sandbox: Sandbox, persona: dict[str, bool]
) -> None:
    publish(store, session())
    result = send(store, sandbox)
    assert isinstance(result.outcome, Accepted)
    there = held(sandbox)
    own_ids = persona.get("update_create", True)
    assert result.types_left_out == (() if own_ids else ("Provenance",))
    assert set(there) == {"Organization", "Patient", "Procedure", "Observation", *(("Provenance",) if own_ids else ())}
    assert (there["Observation"]["id"] == OBSERVATION) is own_ids
    assert there["Observation"]["subject"] == {"reference": f"Patient/{there['Patient']['id']}"}
    assert there["Observation"]["partOf"] == [{"reference": f"Procedure/{there['Procedure']['id']}"}]
    assert there["Patient"]["identifier"] == session()[1]["identifier"]


def test_what_is_there_as_it_is_now_is_not_sent_again(store: Store, sandbox: Sandbox, persona: dict[str, bool]) -> None:
    publish(store, session())
    send(store, sandbox)
    before = sandbox.requests()
    assert send(store, sandbox).sent == 0
    assert sandbox.requests() - before == 1  # what the server can do


def test_sending_again_on_request_makes_no_new_version(
    store: Store, sandbox: Sandbox, persona: dict[str, bool]
) -> None:
    publish(store, session())
    first = send(store, sandbox)
    log, requests = sandbox.log(), sandbox.requests()
    assert send(store, sandbox, again=True).sent == 0
    assert sandbox.log() == log
    assert sandbox.requests() - requests == 1 + first.sent  # each was looked at


def test_a_change_makes_one_new_version_of_what_changed(
    store: Store, sandbox: Sandbox, persona: dict[str, bool]
) -> None:
    publish(store, session())
    send(store, sandbox)
    before = sandbox.log()
    publish(store, session("second"), b"2")
    assert send(store, sandbox).sent == 1
    (new,) = sandbox.log()[len(before) :]
    assert (new["type"], new["version"]) == ("Observation", 2)
    assert held(sandbox)["Observation"]["note"] == [{"text": "second"}]


def test_an_answer_that_was_lost_ends_as_one_copy(store: Store, sandbox: Sandbox, persona: dict[str, bool]) -> None:
    publish(store, session())
    sandbox.control("misbehave", mode="commit-then-cut", times=1)
    assert isinstance(send(store, sandbox).outcome, Unknown)
    assert len(sandbox.log()) >= 1
    for _ in range(5):  # whatever was applied, each attempt goes on from there
        result = send(store, sandbox)
    assert isinstance(result.outcome, Accepted)
    assert len(held(sandbox)) == (5 if persona.get("update_create", True) else 4)
    assert {line["version"] for line in sandbox.log()} == {1}


def test_without_a_ledger_nothing_is_made_twice(store: Store, sandbox: Sandbox, persona: dict[str, bool]) -> None:
    """The ledger spares requests; that there is one copy does not hang on it."""
    publish(store, session())
    send(store, sandbox)
    log = sandbox.log()
    with store.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM ledger")
    assert isinstance(send(store, sandbox).outcome, Accepted)
    assert sandbox.log() == log


def test_a_refused_transaction_leaves_nothing_behind(store: Store, sandbox: Sandbox) -> None:
    dangling = resource("Observation", OBSERVATION, subject={"reference": "Patient/nobody"})
    publish(store, [*session()[:3], dangling])
    assert send(store, sandbox).outcome == Refused(422, "not-found")
    assert sandbox.log() == []
    link = store.link("hospital", "Organization", ORGANIZATION)
    assert link is not None
    assert (link.state, link.their_id, link.code) == ("dead", None, "not-found")


def test_single_writes_go_on_where_they_stopped(store: Store, sandbox: Sandbox) -> None:
    sandbox.control("capabilities", transaction=False)
    publish(store, session())
    sandbox.control("misbehave", mode="none")
    first = session()
    first[3]["subject"] = {"reference": "Patient/nobody"}
    publish(store, first, b"2")
    assert send(store, sandbox).outcome == Refused(422, "not-found")
    assert [line["type"] for line in sandbox.log()] == ["Organization", "Patient", "Procedure"]
    publish(store, session(), b"3")
    assert send(store, sandbox).sent == 2
    assert [line["version"] for line in sandbox.log()] == [1] * 5


def theirs(mrn: str = "M-1", id_: str = "their-1") -> dict[str, Any]:
    return {"resourceType": "Patient", "id": id_, "active": True, "identifier": [{"system": MRN, "value": mrn}]}


@pytest.mark.parametrize("transaction", [True, False])
def test_a_patient_they_know_is_referred_to_and_never_overwritten(
    store: Store, sandbox: Sandbox, transaction: bool
) -> None:
    sandbox.control("capabilities", transaction=transaction)
    sandbox.put(theirs())
    publish(store, session())
    for again in (False, True):
        assert isinstance(send(store, sandbox, again, create_patients=False).outcome, Accepted)
        there = held(sandbox)
        assert there["Patient"]["meta"]["versionId"] == "1"
        assert there["Patient"]["active"] is True
        assert there["Observation"]["subject"] == {"reference": "Patient/their-1"}


def test_a_patient_of_a_server_that_writes_none_is_linked_all_the_same(store: Store, sandbox: Sandbox) -> None:
    sandbox.put(theirs())
    sandbox.control("capabilities", types=["Patient", "Procedure", "Observation"])
    publish(store, session())
    assert send(store, sandbox).types_left_out == ("Organization", "Provenance")
    assert sandbox.resources("Observation")[0]["subject"] == {"reference": "Patient/their-1"}


def test_a_patient_nobody_knows_waits_for_a_person(store: Store, sandbox: Sandbox) -> None:
    publish(store, session())
    result = send(store, sandbox, create_patients=False)
    assert result.outcome == Conflict(404, "not-found")
    assert sandbox.log() == []


def test_two_patients_with_the_identifier_wait_for_a_person(store: Store, sandbox: Sandbox) -> None:
    sandbox.put(theirs())
    sandbox.put(theirs(id_="their-2"))
    publish(store, session())
    result = send(store, sandbox)
    assert result.outcome == Conflict(412, "multiple-matches")
    assert "M-1" not in result.note
    assert len(sandbox.log()) == 2


def test_a_patient_this_service_made_is_kept_up_to_date(store: Store, sandbox: Sandbox) -> None:
    sandbox.control("capabilities", update_create=False)
    publish(store, session())
    send(store, sandbox)
    with store.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM ledger")
    changed = session()
    changed[1]["birthDate"] = "1980-01-01"
    publish(store, changed, b"2")
    assert isinstance(send(store, sandbox).outcome, Accepted)
    assert held(sandbox)["Patient"]["birthDate"] == "1980-01-01"


def test_two_copies_of_one_of_ours_wait_for_a_person(store: Store, sandbox: Sandbox) -> None:
    sandbox.control("capabilities", update_create=True)
    for id_ in ("one", "two"):
        sandbox.put({**session()[0], "id": id_})
    for persona in (
        {"conditional_create": True},
        {"conditional_create": False},
        {"conditional_create": False, "conditional_update": False},
    ):
        sandbox.control("capabilities", update_create=False, **persona)
        publish(store, session())
        assert send(store, sandbox).outcome == Conflict(412, "multiple-matches")
    assert len(sandbox.log()) == 2


def test_types_they_do_not_take_are_named_and_referred_to_by_identifier(store: Store, sandbox: Sandbox) -> None:
    sandbox.control("capabilities", types=["Patient", "Observation"])
    publish(store, session())
    result = send(store, sandbox)
    assert isinstance(result.outcome, Accepted)
    assert result.types_left_out == ("Organization", "Procedure", "Provenance")
    (there,) = sandbox.resources("Observation")
    assert there["partOf"] == [{"identifier": {"system": OURS, "value": PROCEDURE}}]
    assert there["subject"] == {"reference": f"Patient/{PATIENT}"}


def test_an_identity_is_not_made_twice_when_the_server_learns_to_take_our_ids(store: Store, sandbox: Sandbox) -> None:
    sandbox.control("capabilities", update_create=False)
    publish(store, session())
    send(store, sandbox)
    sandbox.control("capabilities", update_create=True)
    publish(store, session("second"), b"2")
    assert isinstance(send(store, sandbox).outcome, Accepted)
    assert held(sandbox)["Observation"]["note"] == [{"text": "second"}]
    assert held(sandbox)["Observation"]["meta"]["versionId"] == "2"


def test_the_bytes_that_were_stored_are_what_is_sent(store: Store, sandbox: Sandbox) -> None:
    exact = session()
    exact[3]["valueQuantity"] = {"value": read_json(b"0.50"), "unit": "mg"}
    publish(store, exact)
    send(store, sandbox)
    answer = sandbox._client.get(f"{sandbox.base_url}/Observation/{OBSERVATION}").content
    assert b'"value":0.50,' in answer
