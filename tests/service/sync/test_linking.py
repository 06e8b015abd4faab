"""Who there is ours: an exact identifier, $match by policy, or a person. Judged by what the EHR holds afterwards."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from ehr.crowd import delivered_by_a_crowd
from ehr.ehrs import Sandbox
from ehr.hospital import hospital, sent
from ehr.made_up_session import NOW
from ehr.patients import MRN, OURS, PATIENT, publish_session, queue_session, their_patient

from service.store import PatientLink, Store, open_store
from service.sync.attempt import Result
from service.sync.ehr import Ehr
from service.sync.job import Job, Jobs
from service.sync.outcomes import Accepted, Conflict, Unavailable
from service.sync.pace import TROUBLE, Circuit


def send(store: Store, sandbox: Sandbox, number: str = "S-1", **changes: Any) -> Result:
    return sent(store, hospital(sandbox, **{"create_patients": False, **changes}), number)


def decided(store: Store) -> tuple[str, str | None, str | None] | None:
    row = store.patients.get("hospital", PATIENT)
    return None if row is None else (row.state, row.their_id or row.code, row.how)


def subjects(sandbox: Sandbox) -> set[str]:
    found = [r for kind in ("Procedure", "Observation") for r in sandbox.resources(kind)]
    return {r["subject"]["reference"] for r in found}


def test_an_exact_identifier_links_and_their_record_stays_as_it_was(store: Store, sandbox: Sandbox) -> None:
    sandbox.put(their_patient("their-1", (MRN, "M-1"), birthDate="1900-01-01"))
    publish_session(store)
    assert isinstance(send(store, sandbox).outcome, Accepted)
    assert decided(store) == ("linked", "their-1", "identifier")
    assert subjects(sandbox) == {"Patient/their-1"}
    assert [line["version"] for line in sandbox.log() if line["type"] == "Patient"] == [1]


def test_nobody_there_is_held_and_listed(store: Store, sandbox: Sandbox) -> None:
    sandbox.put(their_patient("their-1", (MRN, "M-2")))
    publish_session(store)
    assert send(store, sandbox).outcome == Conflict(404, "not-found")
    assert decided(store) == ("held", "not-found", None)
    assert [row.patient for row in store.patients.listed("hospital", "held", "", 10)] == [PATIENT]
    assert len(sandbox.log()) == 1


def test_more_than_one_is_held(store: Store, sandbox: Sandbox) -> None:
    for id_ in ("their-1", "their-2"):
        sandbox.put(their_patient(id_, (MRN, "M-1")))
    publish_session(store)
    assert send(store, sandbox, create_patients=True).outcome == Conflict(412, "multiple-matches")
    assert decided(store) == ("held", "multiple-matches", None)
    assert len(sandbox.log()) == 2


def test_a_certain_match_needs_the_policy(store: Store, sandbox: Sandbox) -> None:
    sandbox.put(their_patient("their-1"))
    publish_session(store)
    assert send(store, sandbox).outcome == Conflict(404, "not-found")
    assert isinstance(send(store, sandbox, patient_match="certain").outcome, Accepted)
    assert decided(store) == ("linked", "their-1", "certain")
    assert subjects(sandbox) == {"Patient/their-1"}


UNSURE: list[tuple[list[dict[str, Any]], Conflict]] = [
    ([their_patient("a", gender="male")], Conflict(412, "multiple-matches")),
    ([their_patient("a"), their_patient("b")], Conflict(412, "multiple-matches")),
    ([their_patient("a", (MRN, "M-2"))], Conflict(412, "conflict")),
    ([their_patient("a"), their_patient("b", (MRN, "M-2"))], Conflict(412, "multiple-matches")),
]


@pytest.mark.parametrize(
    ("there", "refusal"), UNSURE, ids=["probable", "two certain", "contradiction", "two of a kind"]
)
def test_what_is_not_certain_is_held_even_where_creation_is_allowed(
    store: Store, sandbox: Sandbox, there: list[dict[str, Any]], refusal: Conflict
) -> None:
    for patient in there:
        sandbox.put(patient)
    publish_session(store)
    assert send(store, sandbox, patient_match="certain", create_patients=True).outcome == refusal
    assert decided(store) == ("held", refusal.code, None)
    assert len(sandbox.log()) == len(there)


def test_somebody_quite_different_does_not_stand_in_the_way_of_creation(store: Store, sandbox: Sandbox) -> None:
    sandbox.put(their_patient("a", birthDate="1950-01-01", gender="male"))
    publish_session(store)
    assert isinstance(send(store, sandbox, patient_match="certain", create_patients=True).outcome, Accepted)
    assert len(sandbox.resources("Patient")) == 2


def test_a_match_that_is_not_to_be_had_changes_nothing(store: Store, sandbox: Sandbox) -> None:
    """Down is not the same: then nobody is created, and the delivery waits."""
    publish_session(store)
    sandbox.control("misbehave", mode="error-500", times=0)
    assert isinstance(send(store, sandbox, patient_match="certain", create_patients=True).outcome, Unavailable)
    assert decided(store) is None
    sandbox.control("misbehave", mode="none")
    sandbox.control("capabilities", types=["Patient", "Procedure", "Observation"])
    assert isinstance(send(store, sandbox, patient_match="certain", create_patients=True).outcome, Accepted)


def test_a_person_says_who_it_is_and_it_is_sent(store: Store, sandbox: Sandbox) -> None:
    sandbox.put(their_patient("their-1"))
    publish_session(store)
    send(store, sandbox)
    store.patients.link("hospital", PATIENT, "their-1", "nurse", NOW)
    assert isinstance(send(store, sandbox).outcome, Accepted)
    assert subjects(sandbox) == {"Patient/their-1"}
    assert [line["version"] for line in sandbox.log() if line["type"] == "Patient"] == [1]


def test_un_linked_stays_un_linked_whatever_is_found(store: Store, sandbox: Sandbox) -> None:
    sandbox.put(their_patient("their-1", (MRN, "M-1")))
    publish_session(store)
    assert isinstance(send(store, sandbox).outcome, Accepted)
    store.patients.unlink("hospital", PATIENT, "nurse", NOW)
    before = sandbox.log()
    publish_session(store, "S-2")
    for number in ("S-1", "S-2"):
        assert send(store, sandbox, number, create_patients=True).outcome == Conflict(403, "suppressed")
    assert sandbox.log() == before


def test_linked_anew_the_references_follow(store: Store, sandbox: Sandbox) -> None:
    for id_ in ("their-1", "their-2"):
        sandbox.put(their_patient(id_))
    publish_session(store)
    store.patients.link("hospital", PATIENT, "their-1", "nurse", NOW)
    send(store, sandbox)
    store.patients.unlink("hospital", PATIENT, "nurse", NOW)
    store.patients.link("hospital", PATIENT, "their-2", "nurse", NOW)
    assert isinstance(sent(store, hospital(sandbox, create_patients=False), again=True).outcome, Accepted)
    assert subjects(sandbox) == {"Patient/their-2"}


def test_linked_anew_it_is_no_edit_of_theirs_where_nothing_is_known_of_what_they_have(
    store: Store, sandbox: Sandbox
) -> None:
    for id_ in ("their-1", "their-2"):
        sandbox.put(their_patient(id_))
    publish_session(store)
    store.patients.link("hospital", PATIENT, "their-1", "nurse", NOW)
    send(store, sandbox)
    links = [one for one in store.session_links("hospital", "S-1") if one.sent_hash is not None]
    store.save_links([replace(one, their_version=None, answered_hash=None) for one in links], NOW)
    store.patients.unlink("hospital", PATIENT, "nurse", NOW)
    store.patients.link("hospital", PATIENT, "their-2", "nurse", NOW)
    assert isinstance(send(store, sandbox).outcome, Accepted)
    assert subjects(sandbox) == {"Patient/their-2"}


def test_what_this_service_created_is_found_again_and_stays_its_own(store: Store, sandbox: Sandbox) -> None:
    sandbox.control("capabilities", update_create=False)
    publish_session(store)
    assert isinstance(send(store, sandbox, create_patients=True).outcome, Accepted)
    with store.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM ledger")
    publish_session(store, "S-2", birthDate="1984-05-18")
    assert isinstance(send(store, sandbox, "S-2", create_patients=True).outcome, Accepted)
    assert [row.how for row in store.patients.listed("hospital", "linked", "", 9)] == ["created"]
    (there,) = sandbox.resources("Patient")
    assert (there["birthDate"], there["meta"]["versionId"]) == ("1984-05-18", "2")
    assert (OURS, PATIENT) in [(one["system"], one["value"]) for one in there["identifier"]]


@pytest.mark.parametrize(
    "declared",
    [{"update_create": False, "conditional_update": False, "transaction": False}, {"update_create": False}, {}],
    ids=["search, then create", "conditional", "our ids"],
)
def test_eight_workers_and_one_new_patient_make_one_patient(
    database_url: str, sandbox: Sandbox, declared: dict[str, bool]
) -> None:
    """The answers are slow."""
    numbers = [f"S-{n}" for n in range(100)]
    sandbox.control("capabilities", **declared)
    with closing(open_store(database_url)) as store:
        for number in numbers:
            publish_session(store, number)
    sandbox.control("misbehave", mode="slow", seconds=0.02)
    outcomes = delivered_by_a_crowd(database_url, hospital(sandbox), numbers)
    assert [type(one) for one in outcomes] == [Accepted] * len(numbers)
    sandbox.control("misbehave", mode="none")
    (there,) = sandbox.resources("Patient")
    assert subjects(sandbox) == {f"Patient/{there['id']}"}
    assert {kind: len(sandbox.resources(kind)) for kind in ("Procedure", "Observation")} == dict.fromkeys(
        ("Procedure", "Observation"), len(numbers)
    )


def test_a_turn_ends_with_its_worker_or_after_a_while(store: Store) -> None:

    later = NOW + timedelta(seconds=60)
    take = store.patients.take_turn
    assert take("hospital", PATIENT, "a", later, NOW)
    assert not take("hospital", PATIENT, "b", later, NOW)
    assert take("elsewhere", PATIENT, "b", later, NOW)
    assert take("hospital", PATIENT, "b", later + timedelta(seconds=60), later)
    store.patients.end_turn("hospital", PATIENT, "a")
    assert not take("hospital", PATIENT, "c", later, NOW)
    store.patients.end_turn("hospital", PATIENT, "b")
    assert take("hospital", PATIENT, "c", later, NOW)


def test_a_persons_word_stands_above_what_is_found(store: Store) -> None:
    publish_session(store)
    store.patients.unlink("hospital", PATIENT, "nurse", NOW)
    found = store.patients.settle(PatientLink("hospital", PATIENT, "linked", "their-1", "identifier"), NOW)
    assert (found.state, found.by) == ("unlinked", "nurse")


def test_whose_turn_it_is_not_comes_again_soon_and_says_nothing_of_the_destination(
    store: Store, sandbox: Sandbox
) -> None:
    """Another process is about to create the patient: that is no attempt and no trouble of the destination's."""
    queue_session(store, "hospital")
    circuit = Circuit()
    with closing(Ehr(hospital(sandbox))) as ehr:
        jobs = Jobs(store, {"hospital": ehr}, circuits={"hospital": circuit}, clock=lambda: NOW)
        assert store.patients.take_turn("hospital", PATIENT, "other", NOW + timedelta(minutes=1), NOW)
        for _ in range(2 * TROUBLE):
            following = jobs.attempt(Job("hospital", "S-1", 1, 1), 1)
            assert (following.state, following.wait) == ("taken", 2.0)
        assert not circuit.is_open
        store.patients.end_turn("hospital", PATIENT, "other")
        assert jobs.attempt(Job("hospital", "S-1", 1, 1), 1).state == "delivered"


@pytest.mark.parametrize("way", ["buried", "replaced", "left"])
def test_the_turn_of_a_worker_ends_with_it(store: Store, way: str) -> None:
    later = NOW + timedelta(hours=1)
    store.workers.claim("dead", "a process", lambda _: False, NOW)
    assert store.patients.take_turn("hospital", PATIENT, "dead", later, NOW)
    if way == "buried":
        store.workers.bury(lambda _: True, NOW)
    elif way == "replaced":
        store.workers.claim("alive", "another", lambda _: True, NOW)
    else:
        store.workers.leave("dead")
    assert store.patients.take_turn("hospital", PATIENT, "alive", later, NOW)
