"""What is declared, corrected by what the destinations file knows better, decides what can be written and how."""

from __future__ import annotations

from typing import Any

import pytest

from service.fhirjson import encode
from service.sandbox.behaviour import Declared, capability_statement
from service.sync.overrides import Overrides
from service.sync.planner import Item, plan_for
from service.sync.profile import Profile, profile_of

OURS = "https://clinic.example/id/infusion-bridge"


def profile(declared: Declared | None = None, **overrides: Any) -> Profile:
    return profile_of(capability_statement(declared or Declared()), Overrides.model_validate(overrides))


def item(kind: str, id_: str = "a1") -> Item:
    content = encode({"resourceType": kind, "id": id_, "identifier": [{"system": OURS, "value": id_}]})
    return Item(kind, id_, content, "hash")


@pytest.mark.parametrize(
    ("declared", "rung", "way"),
    [
        (Declared(), None, "transaction"),
        (Declared(transaction=False, batch=True), None, "batch"),
        (Declared(transaction=False), None, "single"),
        (Declared(), "batch", "batch"),
        (Declared(), "single", "single"),
        (Declared(transaction=False), "transaction", "transaction"),
        (Declared(), "partial", "transaction"),
    ],
)
def test_the_way_is_the_best_that_is_declared_unless_the_file_says(
    declared: Declared, rung: str | None, way: str
) -> None:
    assert profile(declared, rung=rung).way == way


def test_what_the_file_denies_is_not_used() -> None:
    assert set(profile(update_create=False).types.values()) == {"conditional-create"}
    assert set(profile(update_create=False, conditional_create=False).types.values()) == {"conditional"}
    nothing_conditional = {"update_create": False, "conditional_create": False, "conditional_update": False}
    assert set(profile(**nothing_conditional).types.values()) == {"search"}
    assert set(profile(**nothing_conditional, search_by_identifier=False).types.values()) == {"search-patient"}


def test_one_type_may_be_known_better_also_one_that_is_not_declared() -> None:
    declared = Declared(types=("Patient",))
    more = {"Observation": {"create": True, "update": True}, "Patient": {"update_create": False}}
    assert profile(declared, type=more).types == {"Patient": "conditional-create", "Observation": "create"}


def test_at_most_what_the_file_names() -> None:
    found = profile(types=["Observation", "Patient", "Nothing"])
    assert set(found.types) == {"Observation", "Patient"}
    assert found.why_not("Encounter") == "left out by the destinations file"
    assert set(profile(rung="partial").types) == {"Observation", "Procedure", "DocumentReference"}
    assert "documents only" in profile(rung="document").why_not("Observation")


@pytest.mark.parametrize(
    ("interactions", "reason"),
    [
        (("create", "read"), "takes new ones but no corrections"),
        (("read", "search-type"), "does not take this type"),
        (("update",), "takes no new ones"),
    ],
)
def test_why_a_type_is_not_written_is_said(interactions: tuple[str, ...], reason: str) -> None:
    resource = {"type": "Flag", "interaction": [{"code": code} for code in interactions]}
    found = profile_of({"rest": [{"resource": [resource]}]})
    assert found.types == {}
    assert reason in found.why_not("Flag")
    assert "does not declare" in found.why_not("Observation")


def test_another_fhir_is_not_spoken() -> None:
    found = profile_of({**capability_statement(Declared()), "fhirVersion": "3.0.2"})
    assert (found.types, found.fhir_version) == ({}, "3.0.2")
    assert found.why_not("Patient") == "the destination does not speak FHIR R4"


def test_the_software_is_named_by_what_is_printable_and_short() -> None:
    statement = {**capability_statement(Declared()), "software": {"name": "EHR\x1b[31m" + "x" * 100, "version": 3}}
    assert profile_of(statement).software == "EHR[31m" + "x" * 53 + " 3"
    assert profile_of({"software": "x"}).software == ""


# plans


def test_where_nothing_of_the_session_fits_its_patient_alone_is_not_sent() -> None:
    plan = plan_for(profile(types=["Patient"]), [item("Patient"), item("Observation")])
    assert (plan.reach, plan.items) == ("nothing", ())
    assert set(plan.why) == {"Patient/a1", "Observation/a1"}
    assert plan.note


def test_a_document_carries_what_is_left_out() -> None:
    known = Declared()
    items = [item("Patient"), item("Observation"), item("DocumentReference")]
    plan = plan_for(profile(known, rung="document"), items)
    assert plan.reach == "document"
    assert [one.name for one, _ in plan.items] == ["DocumentReference/a1"]
    assert plan.note == "what is left out is in the document"
    assert plan_for(profile(known, rung="partial"), items).reach == "partial"


def test_a_session_without_a_document_says_so() -> None:
    plan = plan_for(profile(rung="document"), [item("Patient"), item("Observation")])
    assert (plan.reach, plan.items) == ("nothing", ())
    partial = plan_for(profile(rung="partial"), [item("Patient"), item("Observation")])
    assert (partial.reach, partial.note) == (
        "partial",
        "the session yields no document that could carry what is left out",
    )


def test_whoever_is_referred_to_goes_first() -> None:
    def referring(kind: str, *names: str) -> Item:
        content = encode({"resourceType": kind, "id": "a1", "x": [{"reference": name} for name in names]})
        return Item(kind, "a1", content, "hash")

    first = referring("Observation", "Encounter/a1", "Patient/a1")
    circle = [referring("Flag", "Goal/a1"), referring("Goal", "Flag/a1")]
    plan = plan_for(
        Profile("single", dict.fromkeys(("Observation", "Encounter", "Patient", "Flag", "Goal"), "own-id")),
        [
            first,
            referring("Encounter", "Patient/a1", "Location/elsewhere"),
            referring("Patient"),
            *circle,
        ],
    )
    assert [one.resource_type for one, _ in plan.items] == ["Patient", "Encounter", "Observation", "Goal", "Flag"]
