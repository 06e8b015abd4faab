"""ServiceRequest: the referral, by its number or by what it says."""

from __future__ import annotations

from typing import Any

import pytest
from mapped_sessions import CLINIC, REFERRAL, REFERRER, local, mapped, of_type, only, pointer

from mappings import retract

UNNUMBERED = {name: value for name, value in REFERRAL.items() if name != "number"}


def request(**changes: Any) -> dict[str, Any]:
    return only(mapped(**{"staff": [], **changes}), "ServiceRequest")


def test_what_the_record_says_of_the_referral() -> None:
    found = mapped(staff=[], referral=REFERRAL)
    asked = only(found, "ServiceRequest")
    assert asked["identifier"][0] == {"system": CLINIC.systems.referral, "value": "R-1"}
    assert asked["code"]["coding"][0]["code"] == "3457005"
    assert local(asked["category"][0]) == ["referral"]
    assert asked["authoredOn"] == "2026-02-03"
    assert asked["requester"]["reference"] == pointer(only(found, "Practitioner"))
    assert asked["performer"][0]["reference"] == pointer(only(found, "Organization"))
    assert asked["reasonCode"] == [{"text": "No remission"}]
    assert asked["subject"]["reference"] == pointer(only(found, "Patient"))
    assert asked["meta"]["profile"][0].endswith("us-core-servicerequest")


def test_what_it_does_not_say_is_left_out() -> None:
    asked = request(referral={"referrer": REFERRER})
    assert not {"authoredOn", "reasonCode"} & set(asked)
    assert [i["system"] for i in asked["identifier"]] == [CLINIC.systems.resource]


def test_the_visit_and_the_procedure_answer_it() -> None:
    found = mapped(referral=REFERRAL)
    expected = {"reference": pointer(only(found, "ServiceRequest"))}
    assert only(found, "Encounter")["basedOn"] == [expected]
    assert only(found, "Procedure")["basedOn"] == [expected]


@pytest.mark.parametrize("referral", [REFERRAL, UNNUMBERED, {"referrer": REFERRER}])
def test_sessions_share_a_referral(referral: dict[str, Any]) -> None:
    assert request(referral=referral) == request(number="T-2", referral=referral, indications=[])


def test_a_number_keeps_the_referral_one_when_its_words_are_mended() -> None:
    assert request(referral=REFERRAL)["id"] == request(referral={**REFERRAL, "reason": "Other words"})["id"]


@pytest.mark.parametrize(
    "change",
    [{"date": "2026-02-04"}, {"reason": "Pain"}, {"referrer": {"family": "Synthetic-Other"}}],
)
def test_without_a_number_what_it_says_tells_referrals_apart(change: dict[str, Any]) -> None:
    assert request(referral=UNNUMBERED)["id"] != request(referral={**UNNUMBERED, **change})["id"]


def test_two_patients_never_share_a_referral() -> None:
    other = {"mrn": "TEST-2", "family": "Synthetic-Other", "birth_date": "1970", "sex": "male"}
    assert request(referral=REFERRAL)["id"] != request(referral=REFERRAL, patient=other)["id"]


def test_no_referral_no_request() -> None:
    found = mapped()
    assert of_type(found, "ServiceRequest") == []
    assert "basedOn" not in only(found, "Encounter")


def test_a_retracted_referral_says_so() -> None:
    form = retract(request(referral=REFERRAL))
    assert form is not None
    assert form["status"] == "entered-in-error"
