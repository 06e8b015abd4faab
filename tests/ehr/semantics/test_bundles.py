"""Transactions and batches, as FHIR says: asked of the sandbox and of HAPI."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import httpx
import pytest
from ehr.plain import DANGLING, STALE, SYSTEM, bundle, entry, found, observation, patient


def test_a_transaction_resolves_references_in_any_order(ehr: httpx.Client, value: str) -> None:
    placeholder = uuid4().urn
    answer = ehr.post(
        "",
        json=bundle(
            entry("POST", "Observation", observation(placeholder), uuid4().urn),
            entry("PUT", f"Patient?identifier={SYSTEM}|{value}", patient(value), placeholder),
        ),
    )
    assert answer.status_code == 200
    assert answer.json()["type"] == "transaction-response"
    responses = [item["response"] for item in answer.json()["entry"]]
    assert {response["status"][:3] for response in responses} == {"201"}
    measured, person = (response["location"].split("/_history")[0] for response in responses)
    assert ehr.get(measured).json()["subject"]["reference"] == person


def test_a_transaction_that_fails_leaves_nothing(ehr: httpx.Client, value: str) -> None:
    ehr.put(f"Patient/old-{value}", json=patient(f"old-{value}", id=f"old-{value}"))
    failing = bundle(
        entry("PUT", f"Patient/{value}", patient(value, id=value)),
        entry("PUT", f"Patient/old-{value}", patient(value, id=f"old-{value}", gender="female")),
        entry("POST", "Observation", observation(f"Patient/{uuid4()}")),
    )
    assert ehr.post("", json=failing).status_code in DANGLING
    assert ehr.get(f"Patient/{value}").status_code == 404
    assert ehr.get(f"Patient/old-{value}").json()["meta"]["versionId"] == "1"
    assert found(ehr, value) == []
    assert len(found(ehr, f"old-{value}")) == 1


def test_a_transaction_that_says_the_same_again_makes_no_versions(ehr: httpx.Client, value: str) -> None:
    placeholder = uuid4().urn
    same = bundle(
        entry("PUT", f"Patient?identifier={SYSTEM}|{value}", patient(value), placeholder),
        entry("PUT", f"Observation/o-{value}", observation(placeholder, id=f"o-{value}")),
    )
    first, again = (ehr.post("", json=same).json() for _ in range(2))
    assert [e["response"]["location"] for e in again["entry"]] == [e["response"]["location"] for e in first["entry"]]


def test_a_conditional_create_in_a_transaction_leaves_what_is_there(ehr: httpx.Client, value: str) -> None:
    """And what refers to its placeholder refers to what is there."""
    there = ehr.post("Patient", json=patient(value)).json()
    placeholder = uuid4().urn
    answer = ehr.post(
        "",
        json=bundle(
            entry(
                "POST",
                "Patient",
                patient(value, gender="female"),
                placeholder,
                ifNoneExist=f"identifier={SYSTEM}|{value}",
            ),
            entry("POST", "Observation", observation(placeholder), uuid4().urn),
        ),
    )
    assert answer.status_code == 200
    assert [(one["id"], "gender" in one) for one in found(ehr, value)] == [(there["id"], False)]
    measured = answer.json()["entry"][1]["response"]["location"].split("/_history")[0]
    assert ehr.get(measured).json()["subject"]["reference"] == f"Patient/{there['id']}"


def test_a_stale_version_takes_its_transaction_along(ehr: httpx.Client, value: str) -> None:
    for gender in ("female", "male"):
        ehr.put(f"Patient/{value}", json=patient(value, id=value, gender=gender))
    stale = entry("PUT", f"Patient/{value}", patient(value, id=value, gender="other"), ifMatch='W/"1"')
    other = entry("PUT", f"Patient/b-{value}", patient(value, id=f"b-{value}"))
    assert ehr.post("", json=bundle(other, stale)).status_code in STALE
    assert ehr.get(f"Patient/{value}").json()["gender"] == "male"
    assert ehr.get(f"Patient/b-{value}").status_code == 404


def test_a_transaction_writes_nothing_twice(ehr: httpx.Client, value: str) -> None:
    twice = entry("PUT", f"Patient/{value}", patient(value, id=value))
    assert ehr.post("", json=bundle(twice, twice)).status_code == 400
    assert ehr.get(f"Patient/{value}").status_code == 404


@pytest.mark.parametrize("body", [{"resourceType": "Bundle", "type": "collection"}, {"resourceType": "Patient"}])
def test_what_is_no_transaction_is_refused(ehr: httpx.Client, body: dict[str, Any]) -> None:
    assert 400 <= ehr.post("", json=body).status_code < 500


def test_the_entries_of_a_batch_stand_alone(ehr: httpx.Client, value: str) -> None:
    answer = ehr.post(
        "",
        json=bundle(
            entry("POST", "Observation", observation(f"Patient/{uuid4()}")),
            entry("PUT", f"Patient/{value}", patient(value, id=value)),
            kind="batch",
        ),
    )
    assert answer.json()["type"] == "batch-response"
    refused, taken = (item["response"]["status"][:3] for item in answer.json()["entry"])
    assert int(refused) in DANGLING
    assert taken == "201"
    assert ehr.get(f"Patient/{value}").status_code == 200
