"""What people ask about destinations: by what was last learnt, or asked now; and the plan that the sender executes."""

from __future__ import annotations

import pytest
from ehr.ehrs import Sandbox
from ehr.hospital import hospital, sent
from ehr.made_up_session import MRN, OBSERVATION, ORGANIZATION, PATIENT, publish, session

from service.errors import NotFound, Unavailable
from service.store import Store
from service.sync import Desk, Destination
from service.sync.outcomes import Accepted


@pytest.fixture
def desk(store: Store, sandbox: Sandbox) -> Desk:
    return Desk(store, (hospital(sandbox),))


def test_a_destination_is_listed_before_it_was_ever_asked(desk: Desk, sandbox: Sandbox) -> None:
    (row,) = desk.list()
    assert (row["name"], row["paused"], row["asked_at"], row["profile"]) == ("hospital", False, None, None)
    assert sandbox.requests() == 0


def test_a_test_says_what_follows_and_the_list_remembers(desk: Desk, sandbox: Sandbox) -> None:
    found = desk.test("hospital")
    assert (found["reached"], found["problem"]) == (True, None)
    profile = found["profile"]
    assert (profile["reach"], profile["way"], profile["fhir_version"]) == ("full", "transaction", "4.0.1")
    assert profile["software"] == "Sandbox EHR"
    assert (profile["types"]["Observation"], profile["left_out"]) == ("own-id", {})
    assert desk.list()[0]["profile"] == profile
    sandbox.control("persona", name="epic-like")
    profile = desk.test("hospital")["profile"]
    assert (profile["reach"], profile["way"]) == ("partial", "single")
    assert profile["types"] == {"Observation": "search-patient", "Procedure": "search", "DocumentReference": "search"}
    assert profile["left_out"]["MedicationAdministration"] == "the destination does not take this type"


@pytest.mark.parametrize(("mode", "problem"), [("down", "answered 503"), ("error-429", "answered 429")])
def test_a_test_that_fails_says_why(desk: Desk, sandbox: Sandbox, mode: str, problem: str) -> None:
    sandbox.control("misbehave", mode=mode)
    found = desk.test("hospital")
    assert (found["reached"], found["problem"], found["profile"]) == (False, problem, None)


def test_nobody_there(store: Store) -> None:
    desk = Desk(store, (Destination(name="gone", base_url="http://127.0.0.1:1/fhir", internal=True),))
    assert desk.test("gone")["problem"] == "no connection, or one that is not allowed"
    publish(store, session())
    with pytest.raises(Unavailable, match="no connection"):
        desk.plan("gone", "S-1")


def test_the_plan_is_shown_before_anything_is_sent(store: Store, desk: Desk, sandbox: Sandbox) -> None:
    publish(store, session())
    plan = desk.plan("hospital", "S-1")
    assert (plan["reach"], plan["way"], plan["note"], plan["left_out"]) == ("full", "transaction", None, [])
    (piece,) = plan["pieces"]
    assert piece[0] == {
        "resource": f"Organization/{ORGANIZATION}",
        "how": "own-id",
        "request": f"PUT Organization/{ORGANIZATION}",
        "unless": None,
    }
    assert len(piece) == 5
    assert plan["first"] == [
        f"Patient/{PATIENT} is looked for by its identifiers: one of theirs is referred to and stays as it is; "
        "otherwise one is made"
    ]
    assert sandbox.log() == []


@pytest.mark.parametrize("persona", ["open", "hapi-like", "batch-only", "epic-like"])
def test_what_was_shown_is_what_is_sent(store: Store, desk: Desk, sandbox: Sandbox, persona: str) -> None:
    """But for the patient, who is one of theirs."""
    sandbox.put({"resourceType": "Patient", "id": "their-1", "identifier": [{"system": MRN, "value": "M-1"}]})
    sandbox.control("persona", name=persona)
    publish(store, session())
    shown = {step["resource"] for piece in desk.plan("hospital", "S-1")["pieces"] for step in piece}
    result = sent(store, hospital(sandbox))
    assert isinstance(result.outcome, Accepted)
    assert result.sent == len(shown - {f"Patient/{PATIENT}"})
    applied = {line["type"] for line in sandbox.log()}
    assert applied == {name.split("/")[0] for name in shown} | {"Patient"}


def test_the_plan_leaves_out_what_is_there(store: Store, desk: Desk, sandbox: Sandbox) -> None:
    publish(store, session())
    sent(store, hospital(sandbox))
    publish(store, session("second"), b"2")
    plan = desk.plan("hospital", "S-1")
    assert [[step["resource"] for step in piece] for piece in plan["pieces"]] == [[f"Observation/{OBSERVATION}"]]
    assert (plan["there_already"], plan["first"]) == (4, [])


def test_the_plan_says_what_is_left_out_and_why(store: Store, desk: Desk, sandbox: Sandbox) -> None:
    sandbox.control("persona", name="epic-like")
    publish(store, session())
    plan = desk.plan("hospital", "S-1")
    assert (plan["reach"], plan["way"]) == ("partial", "single")
    assert {one["resource"].split("/")[0] for one in plan["left_out"]} == {"Organization", "Patient", "Provenance"}
    assert {one["reason"] for one in plan["left_out"]} == {"the destination does not take this type"}
    assert plan["first"][1:] == [
        "Procedure: earlier ones of ours are looked for by our identifier",
        "Observation: earlier ones of ours are looked for in the patient's list",
    ]
    assert plan["note"] == "the session yields no document that could carry what is left out"


def test_who_paused_it_is_kept(desk: Desk) -> None:
    assert desk.pause("hospital", "ada")["paused_by"] == "ada"
    assert desk.list()[0]["paused"] is True
    assert desk.resume("hospital")["paused"] is False


def test_a_name_or_a_session_that_there_is_not(desk: Desk) -> None:
    for ask in (desk.test, desk.resume, lambda name: desk.pause(name, "ada"), lambda name: desk.plan(name, "S-1")):
        with pytest.raises(NotFound, match="destination"):
            ask("nowhere")
    with pytest.raises(NotFound):
        desk.plan("hospital", "S-404")
