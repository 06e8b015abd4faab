"""A draft of a session record from what an EHR has: nothing guessed, nothing dropped without a word."""

from __future__ import annotations

from typing import Any

import pytest
from golden_sessions import session
from hypothesis import given, settings
from hypothesis import strategies as st

from mappings import load_clinic, map_session, parse_session
from mappings.reading.draft import Draft, Found
from mappings.reading.pulled import draft_of

CLINIC = load_clinic()
OURS = next(r for r in map_session(session(), CLINIC) if r["resourceType"] == "Patient")
SNOMED, ICD = "http://snomed.info/sct", "http://hl7.org/fhir/sid/icd-10-cm"
STATUS = "http://terminology.hl7.org/CodeSystem/condition-"
PATIENT: dict[str, Any] = {"resourceType": "Patient", "id": "p"}
ABOUT = {"subject": {"reference": "Patient/p"}}
START = {"number": "N-1", "status": "in-progress", "start": "2026-03-02T10:00:00-06:00"}
KNOWN = {"mrn": "TEST-1", "family": "Synthetic-Test", "birth_date": "1980-05-17", "sex": "female"}


def code(*codings: tuple[str, str], **parts: Any) -> dict[str, Any]:
    return {"coding": [{"system": s, "code": c} for s, c in codings], **parts}


def condition(
    id_: str, concept: dict[str, Any], clinical: str = "active", verified: str = "confirmed"
) -> dict[str, Any]:
    return {
        "resourceType": "Condition",
        "id": id_,
        "clinicalStatus": code((f"{STATUS}clinical", clinical)),
        "verificationStatus": code((f"{STATUS}ver-status", verified)),
        "code": concept,
        **ABOUT,
    }


def request(id_: str = "r", **changes: Any) -> dict[str, Any]:
    found = {
        "resourceType": "ServiceRequest",
        "id": id_,
        "status": "active",
        "category": [code((SNOMED, "3457005"))],
        "requester": {"reference": "Practitioner/d"},
        **ABOUT,
    }
    return {**found, **changes}


DOCTOR = {"resourceType": "Practitioner", "id": "d", "name": [{"family": "Synthetic-Referrer"}]}


def drafted(
    patient: dict[str, Any] | None = None,
    conditions: tuple[dict[str, Any], ...] = (),
    requests: tuple[dict[str, Any], ...] = (),
    doctor: dict[str, Any] = DOCTOR,
    chosen: str | None = None,
) -> Draft:
    found = Found({**PATIENT, **(patient or {})}, conditions, requests, {"Practitioner/d": doctor})
    draft = draft_of(found, OURS, CLINIC, chosen)
    parse_session({**draft.record, **START})
    return draft


def reasons(draft: Draft, source: str) -> list[str]:
    return [one.reason for one in draft.unused if one.source == source]


def test_an_empty_record_there_leaves_ours() -> None:
    draft = drafted()
    assert draft.record == {"patient": KNOWN}
    assert {one.source for one in draft.sources} == {"ours"}
    assert reasons(draft, "Patient/p") == ["family: not there", "birth_date: not there", "sex: not there"]


def test_todays_name_is_taken_and_no_earlier_one() -> None:
    names = [
        {"use": "maiden", "family": "Before", "given": ["A"]},
        {"use": "old", "family": "Older"},
        {"use": "official", "family": "Ended", "period": {"end": "2020-01-01"}},
        {"use": "usual", "family": "Today", "given": ["B", 3, ""]},
    ]
    patient = drafted({"name": names}).record["patient"]
    assert (patient["family"], patient["given"]) == ("Today", ["B"])


@pytest.mark.parametrize(
    ("theirs", "kept"),
    [
        ({"birthDate": "1980"}, ("birth_date", "1980-05-17")),
        ({"birthDate": "1980-05"}, ("birth_date", "1980-05-17")),
        ({"birthDate": "1980-06-01"}, ("birth_date", "1980-06-01")),
        ({"birthDate": "soon"}, ("birth_date", "1980-05-17")),
        ({"gender": "unknown"}, ("sex", "female")),
        ({"gender": "other"}, ("sex", "other")),
        ({"gender": "F"}, ("sex", "female")),
        ({"name": [{"family": "x" * 201}]}, ("family", "Synthetic-Test")),
        ({"name": "Mustermann"}, ("family", "Synthetic-Test")),
    ],
)
def test_what_says_less_or_does_not_fit_leaves_ours(theirs: dict[str, Any], kept: tuple[str, str]) -> None:
    assert drafted(theirs).record["patient"][kept[0]] == kept[1]


def test_our_identity_stays_and_theirs_is_added() -> None:
    identifiers = [
        {"system": CLINIC.systems.patient, "value": "OTHER-NUMBER"},
        {"system": "urn:theirs", "value": "1"},
        {"system": "urn:theirs", "value": "0", "use": "old"},
        {"value": "no system"},
    ]
    draft = drafted({"identifier": identifiers, "deceasedBoolean": True})
    assert draft.record["patient"]["mrn"] == "TEST-1"
    assert draft.record["patient"]["identifiers"] == [{"system": "urn:theirs", "value": "1"}]
    assert "recorded as deceased there" in reasons(draft, "Patient/p")
    assert "an identifier without a system or a value" in reasons(draft, "Patient/p")
    mapped = map_session(parse_session({**draft.record, **START}), CLINIC)
    assert next(r["id"] for r in mapped if r["resourceType"] == "Patient") == OURS["id"]


CONDITIONS: list[tuple[dict[str, Any], dict[str, Any] | str]] = [
    (condition("c", code((ICD, "F33.2"))), {"key": "mdd-recurrent-severe"}),
    (condition("c", code((SNOMED, "36474008"))), {"key": "mdd-recurrent-severe"}),
    (condition("c", code((SNOMED, "36474008"), (ICD, "F33.2"))), {"key": "mdd-recurrent-severe"}),
    (condition("c", code(("urn:local", "77"), (ICD, "F33.2"))), {"key": "mdd-recurrent-severe"}),
    # codes that contradict each other are nobody's row
    (condition("c", code((SNOMED, "18818009"), (ICD, "F33.2"))), {"system": SNOMED, "code": "18818009"}),
    (condition("c", code((SNOMED, "1"), (ICD, "F33.2"))), {"system": SNOMED, "code": "1"}),
    (condition("c", code((ICD, "I10"), text="High pressure")), {"system": ICD, "code": "I10", "text": "High pressure"}),
    (condition("c", code(("no url", "x"), (ICD, "I10"))), {"system": ICD, "code": "I10"}),
    (condition("c", code(("no url", "x"))), "its code is not as a record takes it"),
    (condition("c", {"text": "low mood"}), "not coded"),
    (condition("c", code((ICD, "F33.2")), "resolved"), "not active"),
    (condition("c", code((ICD, "F33.2")), "relapse"), {"key": "mdd-recurrent-severe"}),
    (condition("c", code((ICD, "F33.2")), verified="refuted"), "not confirmed"),
    (condition("c", code((ICD, "F33.2")), verified="provisional"), "not confirmed"),
    ({**condition("c", code((ICD, "F33.2"))), "subject": {"reference": "Patient/q"}}, "about somebody else"),
    ({"resourceType": "Condition", "id": "c"}, "about somebody else"),
]


@pytest.mark.parametrize(("there", "expected"), CONDITIONS, ids=[str(n) for n in range(len(CONDITIONS))])
def test_conditions_come_in_the_clinics_words_or_not_at_all(
    there: dict[str, Any], expected: dict[str, Any] | str
) -> None:
    draft = drafted(conditions=(there,))
    if isinstance(expected, str):
        assert "indications" not in draft.record
        assert reasons(draft, "Condition/c") == [expected]
    else:
        assert draft.record["indications"] == [expected]
        assert [one.source for one in draft.sources if one.field == "indications[0]"] == ["Condition/c"]


def test_the_same_diagnosis_is_taken_once() -> None:
    draft = drafted(conditions=(condition("a", code((ICD, "F33.2"))), condition("b", code((SNOMED, "36474008")))))
    assert draft.record["indications"] == [{"key": "mdd-recurrent-severe"}]
    assert reasons(draft, "Condition/b") == ["the same diagnosis again"]


REQUESTS: list[tuple[dict[str, Any], str]] = [
    (request(category=None, code=code((SNOMED, "183524004"))), ""),
    (request(category=[{"text": "Referral to ketamine clinic"}]), ""),
    (request(category=None, identifier=[{"system": CLINIC.systems.referral, "value": "R-1"}]), ""),
    (request(category=[{"text": "Laboratory"}]), "not a referral, as far as its codes and words say"),
    (request(status="revoked"), "not active"),
    (request(subject={"reference": "Patient/q"}), "about somebody else"),
    (request(requester={"display": "Dr. Somebody"}), "who referred cannot be read there"),
]


@pytest.mark.parametrize(("there", "reason"), REQUESTS, ids=[str(n) for n in range(len(REQUESTS))])
def test_a_referral_is_what_says_so(there: dict[str, Any], reason: str) -> None:
    draft = drafted(requests=(there,))
    assert ("referral" in draft.record) is (not reason)
    assert not reason or reason in reasons(draft, "ServiceRequest/r")


def test_of_several_referrals_a_person_chooses() -> None:
    two = (
        request("a", authoredOn="2026-01-05"),
        request("b", authoredOn="2026-02-05", status="completed"),
        request("c"),
    )
    draft = drafted(requests=two)
    assert "referral" not in draft.record
    assert reasons(draft, "ServiceRequest/a") == ["one of several referrals: choose one by its id"]
    assert drafted(requests=two, chosen="b").record["referral"]["date"] == "2026-02-05"
    draft = drafted(requests=two, chosen="z")
    assert reasons(draft, "ServiceRequest") == ["the one that was chosen is not among those of this patient"]


@pytest.mark.parametrize(
    ("identifiers", "number"),
    [
        ([{"value": "N-1"}, {"value": "N-2", "type": code(("v2", "PLAC"))}], "N-2"),
        ([{"value": "N-2", "type": code(("v2", "FILL"))}, {"value": "N-1"}], "N-2"),
        ([{"value": "N-1"}, {"value": "R-1", "system": CLINIC.systems.referral}], "R-1"),
        ([{"value": "x", "system": CLINIC.systems.resource}], None),
        ([{"value": "no number / this"}], None),
        ("N-1", None),
    ],
)
def test_the_number_is_the_one_that_was_given_to_it(identifiers: Any, number: str | None) -> None:
    assert drafted(requests=(request(identifier=identifiers),)).record["referral"].get("number") == number


def test_a_wrong_npi_is_left_out_and_said() -> None:
    npi = [{"system": "http://hl7.org/fhir/sid/us-npi", "value": "1234567890"}]
    draft = drafted(requests=(request(authoredOn="2026"),), doctor={**DOCTOR, "identifier": npi})
    assert draft.record["referral"] == {"referrer": {"family": "Synthetic-Referrer"}}
    assert reasons(draft, "Practitioner/d") == ["npi: not as a record takes it"]
    assert "date: not as a record takes it" in reasons(draft, "ServiceRequest/r")


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
ELEMENTS = (
    *(
        "name",
        "telecom",
        "identifier",
        "birthDate",
        "gender",
        "code",
        "clinicalStatus",
        "verificationStatus",
        "subject",
    ),
    *("status", "category", "requester", "reasonCode", "authoredOn", "family", "given", "use", "system", "value"),
)


@settings(max_examples=150, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(ELEMENTS), ANYTHING | st.lists(st.dictionaries(st.sampled_from(ELEMENTS), ANYTHING))
    )
)
def test_whatever_a_server_says_the_draft_is_one(wrong: dict[str, Any]) -> None:
    drafted(wrong, (condition("c", {}) | wrong,), (request() | wrong,), {**DOCTOR, **wrong})
