"""Encounter: who took part, in which role, in the record's order."""

from __future__ import annotations

from typing import Any

from mapped_sessions import REFERRAL, local, mapped, of_type, only, pointer

PARTICIPATION = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"
STAFF: list[dict[str, Any]] = [
    {"family": "Synthetic-Witness", "id": "w1", "role": "witness"},
    {"family": "Synthetic-Doctor", "npi": "2999900014", "role": "ordering"},
    {"family": "Synthetic-Doctor", "npi": "2999900014", "role": "monitoring"},
    {"family": "Synthetic-Nurse", "id": "n1", "role": "administering"},
]


def part(participant: dict[str, Any]) -> list[str]:
    return [c["code"] for c in participant["type"][0]["coding"] if c["system"] == PARTICIPATION]


def test_each_member_of_the_staff_has_a_role() -> None:
    found = mapped(staff=STAFF)
    taking_part = only(found, "Encounter")["participant"]
    assert [local(p["type"][0]) for p in taking_part] == [["witness"], ["ordering"], ["monitoring"], ["administering"]]
    assert [part(p) for p in taking_part] == [["PART"]] * 4
    witness, doctor, nurse = (pointer(r) for r in of_type(found, "Practitioner"))
    assert [p["individual"]["reference"] for p in taking_part] == [witness, doctor, doctor, nurse]


def test_the_procedure_says_the_same_of_its_performers() -> None:
    performers = only(mapped(staff=STAFF), "Procedure")["performer"]
    assert [local(p["function"]) for p in performers] == [["witness"], ["ordering"], ["monitoring"], ["administering"]]


def test_the_referrer_comes_last_and_has_no_role() -> None:
    found = mapped(staff=STAFF, referral=REFERRAL)
    last = only(found, "Encounter")["participant"][-1]
    assert part(last) == ["REF"]
    assert local(last["type"][0]) == []
    assert last["individual"] == only(found, "ServiceRequest")["requester"]
