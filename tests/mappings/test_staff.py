"""One person named twice in a session is one Practitioner, with all that the record says of them."""

from __future__ import annotations

from typing import Any

import pytest
from golden_sessions import ROOT, session
from mapped_sessions import of_type

from mappings import RESOURCES, InfusionSession, check_session, load_clinic, map_session
from mappings.explain import explain_session
from mappings.reading import read_session
from mappings.staff import with_known_staff

CLINIC = load_clinic()
EXAMPLE = load_clinic(ROOT / "fixtures" / "clinics" / "example.toml")
NPI, OTHER = "2999900014", "1234567893"
ANN = {"npi": NPI, "id": "s1", "family": "Synthetic-Ann", "given": ["Ann"]}


def of(*staff: dict[str, Any], **parts: Any) -> InfusionSession:
    roles = ("ordering", "administering", "monitoring", "witness")
    people = [{"role": role, "family": "Synthetic-Ann", **person} for role, person in zip(roles, staff, strict=False)]
    return session(staff=people, **parts)


def practitioners(found: InfusionSession, clinic: Any = CLINIC) -> list[dict[str, Any]]:
    return [resource for resource in map_session(found, clinic) if resource["resourceType"] == "Practitioner"]


def said(practitioner: dict[str, Any]) -> tuple[list[str], list[str]]:
    """Its identifiers without ours, and its given names."""
    return [one["value"] for one in practitioner["identifier"]][:-1], practitioner["name"][0].get("given", [])


@pytest.mark.parametrize(
    "staff",
    [
        (ANN, {"npi": NPI}),
        ({"npi": NPI}, ANN),
        (ANN, {"id": "s1"}),
        ({"id": "s1"}, ANN),
        (ANN, {"npi": NPI, "id": "s1"}),
        ({"npi": NPI}, {"id": "s1"}, {"npi": NPI, "id": "s1"}, {"id": "s1", "given": ["Ann"]}),
        (ANN, {"npi": NPI, "family": "SYNTHETIC-ANN"}),
    ],
)
def test_what_is_said_of_one_person_is_put_together(staff: tuple[dict[str, Any], ...]) -> None:
    found = of(*staff)
    assert [said(one) for one in practitioners(found)] == [([NPI, "s1"], ["Ann"])]
    assert not check_session(found, CLINIC)


@pytest.mark.parametrize("twice", [{"npi": NPI}, {"id": "s1"}])
def test_the_referrer_may_be_of_the_staff(twice: dict[str, str]) -> None:
    for staff, referrer in ((ANN, twice), (twice, ANN)):
        found = of(staff, referral={"referrer": {"family": "Synthetic-Ann", **referrer}})
        assert [said(one) for one in practitioners(found)] == [([NPI, "s1"], ["Ann"])]


def test_a_record_that_is_filled_in_comes_back_filled_in() -> None:
    found = of(ANN, {"npi": NPI}, referral={"referrer": {"id": "s1", "family": "Synthetic-Ann"}})
    full = with_known_staff(found, CLINIC)
    assert {(person.npi, person.id, person.given) for person in full.staff} == {(NPI, "s1", ("Ann",))}
    assert read_session(map_session(found, CLINIC), CLINIC).staff == full.staff
    assert read_session(map_session(found, CLINIC), CLINIC).referral == full.referral


def test_what_the_clinics_file_knows_is_put_together_too() -> None:
    """The file has the NPI of this id; an entry by NPI alone is the same person."""
    nurse = {"family": "Synthetic-Nurse"}
    found = of({"id": "n1", **nurse}, {"npi": "1888888884", **nurse})
    assert [said(one) for one in practitioners(found, EXAMPLE)] == [(["1888888884", "n1"], ["Ana"])]


@pytest.mark.parametrize(
    ("second", "place"),
    [
        ({"npi": NPI, "family": "Synthetic-Ben"}, "staff[1].npi"),
        ({"id": "s1", "family": "Synthetic-Ben"}, "staff[1].id"),
        ({"npi": NPI, "id": "s2"}, "staff[1].id"),
        ({"npi": OTHER, "id": "s1"}, "staff[1].npi"),
        ({"npi": NPI, "given": ["Bea"]}, "staff[1].given"),
    ],
)
def test_what_the_record_contradicts_is_remarked(second: dict[str, Any], place: str) -> None:
    found = check_session(of(ANN, second), CLINIC)
    assert [(issue.severity, issue.code, issue.expression) for issue in found] == [("warning", "value", (place,))]


def test_somebody_of_another_name_is_not_filled_in() -> None:
    full = with_known_staff(of(ANN, {"id": "s1", "family": "Synthetic-Ben"}), CLINIC)
    assert (full.staff[1].npi, full.staff[1].given) == (None, ())


def test_an_id_of_two_persons_names_neither() -> None:
    full = with_known_staff(of(ANN, {"npi": OTHER, "id": "s1"}, {"id": "s1"}), CLINIC)
    assert [person.npi for person in full.staff] == [NPI, OTHER, None]


def test_where_nobody_is_named_twice_nothing_is_done() -> None:
    found = of(ANN, {"npi": OTHER, "family": "Synthetic-Ben"}, {"family": "Synthetic-Ann"})
    assert with_known_staff(found, CLINIC) is found


def test_a_referral_without_a_number_hangs_on_nobody_else_of_the_staff() -> None:
    referral = {"reason": "No remission", "referrer": {"id": "s1", "family": "Synthetic-Ann"}}
    alone, beside = (map_session(of(*staff, referral=referral), CLINIC) for staff in ([{"id": "x"}], [ANN]))
    assert of_type(alone, "ServiceRequest")[0]["id"] == of_type(beside, "ServiceRequest")[0]["id"]


def test_explained_is_the_entry_that_came_first() -> None:
    found = of(ANN | {"npi": NPI}, {"id": "s1"})
    said = [one for one in explain_session(found, CLINIC, RESOURCES) if one.resource.startswith("Practitioner/")]
    assert {one.source for one in said if one.element == "name[0]"} == {"staff[0].family, staff[0].given"}
