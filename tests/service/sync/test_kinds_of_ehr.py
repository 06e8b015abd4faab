"""One session to every kind of EHR: what arrives, what is left out and why; judged by the log of the EHR."""

from __future__ import annotations

import time
from collections import Counter
from contextlib import closing
from typing import Any

import pytest
from ehr.ehrs import Sandbox
from ehr.hospital import hospital, sent
from ehr.made_up_session import MRN, NOW, OURS, PROCEDURE, publish, session, with_document

from service.sandbox import PERSONAS
from service.store import Store
from service.sync import Desk, Destination
from service.sync.attempt import Result
from service.sync.delivery import deliver
from service.sync.ehr import Ehr
from service.sync.outcomes import Accepted, Conflict, Refused

EVERY = {"Organization", "Patient", "Procedure", "Observation", "DocumentReference"}
# What each kind ends with; those that are not here have all that has an identifier.
HELD = {
    "epic-like": {"Patient", "Procedure", "Observation", "DocumentReference"},
    "cerner-like": {"Patient", "Procedure", "Observation", "DocumentReference"},
    "athena-like": {"Patient", "DocumentReference"},
}
WAYS = {"epic-like": "single", "cerner-like": "batch", "athena-like": "single", "batch-only": "batch"}
OWN_IDS = ("open", "forgetful", "throttling", "throttling-silent")


def play(sandbox: Sandbox, name: str, **conduct: Any) -> None:
    """With the patient there already: most kinds do not let us make one."""
    sandbox.put({"resourceType": "Patient", "id": "their-1", "identifier": [{"system": MRN, "value": "M-1"}]})
    if name == "lagging":
        conduct = {"search_lag_seconds": 1.0}
        time.sleep(1.0)
    sandbox.control("persona", name=name, conduct=conduct)


def destination(sandbox: Sandbox, **overrides: Any) -> Destination:
    return hospital(sandbox, create_patients=False, overrides=overrides)


def send(store: Store, sandbox: Sandbox, **overrides: Any) -> Result:
    return sent(store, destination(sandbox, **overrides))


def until_accepted(store: Store, sandbox: Sandbox, **overrides: Any) -> Result:
    """By one process, which does not ask again what it can do."""
    with closing(Ehr(destination(sandbox, **overrides))) as ehr:
        for _ in range(30):
            result = deliver(store, ehr, "S-1", False, lambda: NOW)
            if isinstance(result.outcome, Accepted):
                return result
    raise AssertionError(result)


def created(sandbox: Sandbox) -> Counter[str]:
    return Counter(line["type"] for line in sandbox.log() if line["version"] == 1)


KINDS = [name for name in PERSONAS if name not in ("transaction-refusing", "hostile")]


@pytest.mark.parametrize("name", KINDS)
def test_a_session_arrives_once_as_far_as_it_can_be_held(store: Store, sandbox: Sandbox, name: str) -> None:
    play(sandbox, name)
    publish(store, with_document())
    plan = Desk(store, (destination(sandbox),)).plan("hospital", "S-1") if "throttling" not in name else None
    result = until_accepted(store, sandbox)
    held = HELD.get(name, EVERY | ({"Provenance"} if name in OWN_IDS else set()))
    assert created(sandbox) == dict.fromkeys(held, 1)
    assert set(result.types_left_out) == (EVERY | {"Provenance"}) - held - {"Patient"} | (
        {"Patient"} if name in HELD else set()
    )
    assert until_accepted(store, sandbox).sent == 0
    if plan is not None:
        assert plan["way"] == WAYS.get(name, plan["way"])
        shown = [step["resource"].split("/")[0] for piece in plan["pieces"] for step in piece]
        assert set(shown) | {"Patient"} == held
        assert {one["resource"].split("/")[0] for one in plan["left_out"]} == set(result.types_left_out)


@pytest.mark.parametrize("name", ["epic-like", "cerner-like", "athena-like", "batch-only"])
def test_references_lead_to_what_is_there_or_name_what_is_not(store: Store, sandbox: Sandbox, name: str) -> None:
    play(sandbox, name)
    publish(store, with_document())
    until_accepted(store, sandbox)
    sandbox.control("persona", name="open")
    (document,) = sandbox.resources("DocumentReference")
    assert document["subject"] == {"reference": "Patient/their-1"}
    procedures = sandbox.resources("Procedure")
    if name == "athena-like":
        assert document["context"]["related"] == [{"identifier": {"system": OURS, "value": PROCEDURE}}]
    else:
        assert document["context"]["related"] == [{"reference": f"Procedure/{procedures[0]['id']}"}]


@pytest.mark.parametrize("name", ["epic-like", "cerner-like"])
def test_what_was_written_is_found_in_the_list_of_the_patient(store: Store, sandbox: Sandbox, name: str) -> None:
    """These kinds search observations by patient alone: a ledger that is lost is made again from there."""
    play(sandbox, name)
    publish(store, with_document())
    until_accepted(store, sandbox)
    log = sandbox.log()
    with store.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM ledger")
    until_accepted(store, sandbox)
    assert sandbox.log() == log


def test_what_the_list_of_a_patient_goes_on_with_is_read_too(store: Store, sandbox: Sandbox) -> None:
    play(sandbox, "epic-like")
    publish(store, with_document())
    until_accepted(store, sandbox)
    sandbox.control("persona", name="open")
    (ours,) = sandbox.resources("Observation")
    others = [f"other-{n}" for n in range(1005)]  # more than a page
    for id_ in others:
        sandbox.put({"resourceType": "Observation", "id": id_, "subject": {"reference": "Patient/their-1"}})
    sandbox.put({**ours, "subject": {"reference": "Patient/their-1"}, "status": "final", "id": "late"})
    sandbox.control("persona", name="epic-like")
    with store.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM ledger")
    assert send(store, sandbox).outcome == Conflict(412, "multiple-matches")


def test_transactions_that_are_refused_are_told_and_another_rung_is_named(store: Store, sandbox: Sandbox) -> None:
    play(sandbox, "transaction-refusing")
    publish(store, with_document())
    assert send(store, sandbox).outcome == Refused(400, "not-supported")
    assert created(sandbox) == {"Patient": 1}
    until_accepted(store, sandbox, rung="single")
    assert created(sandbox)["Observation"] == 1


def test_a_large_transaction_goes_in_pieces(store: Store, sandbox: Sandbox) -> None:
    play(sandbox, "medplum-like", max_conditional_entries=2)
    publish(store, with_document())
    assert send(store, sandbox).outcome == Refused(400, "too-costly")
    plan = Desk(store, (destination(sandbox, max_conditional_entries=2),)).plan("hospital", "S-1")
    assert [len(piece) for piece in plan["pieces"]] == [2, 2]
    assert until_accepted(store, sandbox, max_conditional_entries=2).sent == 4
    (observation,) = sandbox.resources("Observation")
    (procedure,) = sandbox.resources("Procedure")
    assert observation["partOf"] == [{"reference": f"Procedure/{procedure['id']}"}]


def test_pieces_go_on_where_they_stopped(store: Store, sandbox: Sandbox) -> None:
    play(sandbox, "medplum-like", cut_every=2)
    publish(store, with_document())
    until_accepted(store, sandbox, max_transaction_entries=1)
    assert created(sandbox) == dict.fromkeys(EVERY, 1)


def test_a_conditional_create_that_finds_an_older_one_brings_it_up_to_date(store: Store, sandbox: Sandbox) -> None:
    play(sandbox, "hapi-like")
    publish(store, with_document())
    until_accepted(store, sandbox)
    with store.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM ledger")
    changed = with_document()
    changed[3]["note"] = [{"text": "second"}]
    publish(store, changed, b"2")
    for rung in ("transaction", "single", "batch"):
        assert until_accepted(store, sandbox, rung=rung)
    (observation,) = sandbox.resources("Observation")
    assert (observation["note"], observation["meta"]["versionId"]) == ([{"text": "second"}], "2")
    assert created(sandbox)["Observation"] == 1


def test_an_entry_of_a_batch_that_fails_does_not_take_the_others_along(store: Store, sandbox: Sandbox) -> None:
    play(sandbox, "batch-only")
    broken = with_document()
    broken[2]["partOf"] = [{"reference": "Procedure/nobody"}]
    publish(store, broken)
    assert send(store, sandbox).outcome == Refused(422, "not-found")
    assert created(sandbox) == {"Patient": 1, "Organization": 1}
    publish(store, with_document(), b"2")
    until_accepted(store, sandbox)
    assert created(sandbox) == dict.fromkeys(EVERY, 1)


@pytest.mark.parametrize("rung", ["document", "partial"])
def test_the_file_may_ask_for_less(store: Store, sandbox: Sandbox, rung: str) -> None:
    play(sandbox, "open")
    publish(store, with_document())
    result = until_accepted(store, sandbox, rung=rung)
    held = {"DocumentReference"} | ({"Observation", "Procedure"} if rung == "partial" else set())
    sandbox_has = {kind for kind in created(sandbox) if kind != "Patient"}
    assert sandbox_has == held & sandbox_has
    assert result.note


def test_a_session_without_a_document_is_held_where_only_documents_go(store: Store, sandbox: Sandbox) -> None:
    play(sandbox, "athena-like")
    publish(store, session())
    result = send(store, sandbox)
    assert result.outcome == Conflict(0, "not-supported")
    assert "no document" in result.note
    assert created(sandbox) == {"Patient": 1}
