"""PractitionerRole: one per person and role, with US Core's profile where there is a phone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from golden_sessions import session
from mapped_sessions import CLINIC, local, mapped, of_type, pointer

from mappings import map_session, retract

NURSE = {"family": "Synthetic-Nurse", "id": "n1"}
STAFF: list[dict[str, Any]] = [
    {**NURSE, "role": "administering"},
    {"family": "Synthetic-Doctor", "npi": "2999900014", "role": "ordering"},
    {**NURSE, "role": "witness"},
]


def test_a_role_is_one_per_person_and_role() -> None:
    found = mapped(staff=STAFF)
    nurse, doctor = of_type(found, "Practitioner")
    roles = of_type(found, "PractitionerRole")
    assert [local(role["code"][0]) for role in roles] == [["administering"], ["ordering"], ["witness"]]
    people = [role["practitioner"]["reference"] for role in roles]
    assert people == [pointer(nurse), pointer(doctor), pointer(nurse)]
    assert {role["organization"]["reference"] for role in roles} == {pointer(of_type(found, "Organization")[0])}


def test_the_referrer_has_no_role_at_the_clinic() -> None:
    referrer = {"family": "Synthetic-Aspen", "npi": "2999900055"}
    found = mapped(staff=[], referral={"referrer": referrer})
    assert len(of_type(found, "Practitioner")) == 1
    assert of_type(found, "PractitionerRole") == []


def test_roles_are_the_same_in_every_session() -> None:
    one, two = (of_type(mapped(number=n, staff=STAFF), "PractitionerRole") for n in ("T-1", "T-2"))
    assert one == two


def test_the_profile_is_claimed_where_the_clinic_can_be_reached() -> None:
    """pd-1 of US Core: a telecom or an endpoint."""
    silent = replace(CLINIC, identity=CLINIC.identity.model_copy(update={"phone": None}))
    reached = of_type(mapped(), "PractitionerRole")[0]
    without = of_type(map_session(session(), silent), "PractitionerRole")[0]
    assert reached["meta"]["profile"][0].endswith("us-core-practitionerrole")
    assert reached["telecom"][0]["value"] == CLINIC.identity.phone
    assert "profile" not in without["meta"]
    assert "telecom" not in without


def test_a_role_cannot_be_retracted() -> None:
    assert retract(of_type(mapped(), "PractitionerRole")[0]) is None
