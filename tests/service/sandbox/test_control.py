"""What the sandbox is told to do: declare less, misbehave in every way it offers, and show what was applied.

That it behaves as FHIR says while nobody tells it otherwise is asked in tests/ehr/semantics, of HAPI too.
"""

from __future__ import annotations

import time
from typing import Any, get_args

import httpx
import pytest
from ehr.ehrs import Sandbox

from service.sandbox.behaviour import Mode


def patient(id_: str = "p1", **elements: Any) -> dict[str, Any]:
    identifier = [{"system": "urn:made-up", "value": id_}]
    return {"resourceType": "Patient", "id": id_, "identifier": identifier, **elements}


def put(ehr: httpx.Client, id_: str = "p1", **elements: Any) -> httpx.Response:
    return ehr.put(f"Patient/{id_}", json=patient(id_, **elements))


# misbehaving

REFUSALS = [("down", 503, "transient"), ("error-429", 429, "throttled"), ("error-500", 500, "throttled")]
SPOILT = ("truncated", "html", "empty")


def test_every_way_to_misbehave_is_tested_here() -> None:
    told = {"none", "slow", "commit-then-cut", *SPOILT, *(mode for mode, _, _ in REFUSALS)}
    assert set(get_args(Mode)) == told


@pytest.mark.parametrize(("mode", "status", "code"), REFUSALS)
def test_a_refusal_applies_nothing_and_says_so_in_fhir(
    sandbox: Sandbox, ehr: httpx.Client, mode: str, status: int, code: str
) -> None:
    sandbox.control("misbehave", mode=mode)
    for answer in (put(ehr), ehr.get("metadata")):
        assert answer.status_code == status
        assert answer.json()["resourceType"] == "OperationOutcome"
        assert answer.json()["issue"][0]["code"] == code
        assert "retry-after" not in answer.headers
    assert sandbox.log() == []


@pytest.mark.parametrize(("mode", "status", "code"), REFUSALS)
def test_a_refusal_may_say_when_to_come_back(
    sandbox: Sandbox, ehr: httpx.Client, mode: str, status: int, code: str
) -> None:
    sandbox.control("misbehave", mode=mode, retry_after=7)
    assert put(ehr).headers["retry-after"] == "7"


def test_what_is_cut_off_was_applied(sandbox: Sandbox, ehr: httpx.Client) -> None:
    sandbox.control("misbehave", mode="commit-then-cut")
    with pytest.raises(httpx.RemoteProtocolError):
        put(ehr)
    assert [(line["type"], line["id"], line["version"]) for line in sandbox.log()] == [("Patient", "p1", 1)]


def test_a_reading_is_never_cut_off_and_does_not_count(sandbox: Sandbox, ehr: httpx.Client) -> None:
    sandbox.control("misbehave", mode="commit-then-cut", times=1)
    assert ehr.get("metadata").status_code == 200
    with pytest.raises(httpx.RemoteProtocolError):
        put(ehr)
    assert put(ehr, "p2").status_code == 201


def test_a_cut_off_refusal_is_a_refusal(sandbox: Sandbox, ehr: httpx.Client) -> None:
    """Only what was applied is cut: the answer to a wrong request arrives."""
    sandbox.control("misbehave", mode="commit-then-cut")
    assert ehr.put("Patient/p1", json={}).status_code == 400


def test_slow_is_slow_and_right(sandbox: Sandbox, ehr: httpx.Client) -> None:
    sandbox.control("misbehave", mode="slow", seconds=0.3, times=1)
    start = time.monotonic()
    assert put(ehr).status_code == 201
    assert time.monotonic() - start >= 0.3


def test_slow_for_one_is_not_slow_for_the_control_api(sandbox: Sandbox) -> None:
    sandbox.control("misbehave", mode="slow", seconds=1)
    with httpx.Client(base_url=sandbox.base_url, timeout=0.2, trust_env=False) as ehr, pytest.raises(httpx.ReadTimeout):
        put(ehr)
    sandbox.control("misbehave", mode="none")
    with httpx.Client(base_url=sandbox.base_url, timeout=5, trust_env=False) as ehr:
        assert put(ehr, "p2").status_code == 201


def test_it_misbehaves_as_often_as_told_and_then_no_more(sandbox: Sandbox, ehr: httpx.Client) -> None:
    sandbox.control("misbehave", mode="down", times=2)
    assert [put(ehr).status_code for _ in range(4)] == [503, 503, 201, 200]


def test_it_misbehaves_until_told_otherwise(sandbox: Sandbox, ehr: httpx.Client) -> None:
    sandbox.control("misbehave", mode="down")
    assert [put(ehr).status_code for _ in range(3)] == [503] * 3
    sandbox.control("misbehave", mode="none")
    assert put(ehr).status_code == 201


@pytest.mark.parametrize(
    "body",
    [{}, {"mode": "rude"}, {"mode": "down", "times": -1}, {"mode": "slow", "seconds": 61}, {"mode": "down", "x": 1}],
)
def test_what_it_cannot_do_it_refuses(sandbox: Sandbox, ehr: httpx.Client, body: dict[str, Any]) -> None:
    with pytest.raises(httpx.HTTPStatusError, match="422"):
        sandbox.control("misbehave", **body)
    assert put(ehr).status_code == 201


# declaring less, and doing no more than it declares


def declared(ehr: httpx.Client) -> dict[str, Any]:
    (rest,) = ehr.get("metadata").json()["rest"]
    return dict(rest)


def test_without_transactions(sandbox: Sandbox, ehr: httpx.Client) -> None:
    sandbox.control("capabilities", transaction=False)
    assert "interaction" not in declared(ehr)
    for kind in ("transaction", "batch"):
        assert ehr.post("", json={"resourceType": "Bundle", "type": kind}).status_code == 405


def test_without_ids_of_the_client(sandbox: Sandbox, ehr: httpx.Client) -> None:
    """Updates of what is there go on."""
    put(ehr)
    sandbox.control("capabilities", update_create=False)
    assert {one["updateCreate"] for one in declared(ehr)["resource"]} == {False}
    request = {"method": "PUT", "url": "Patient/p2"}
    bundle = {
        "resourceType": "Bundle",
        "type": "transaction",
        "entry": [{"resource": patient("p2"), "request": request}],
    }
    assert (put(ehr, "p2").status_code, ehr.post("", json=bundle).status_code) == (405, 405)
    assert put(ehr, gender="female").json()["meta"]["versionId"] == "2"


def test_without_conditional_updates(sandbox: Sandbox, ehr: httpx.Client) -> None:
    sandbox.control("capabilities", conditional_update=False)
    assert {one["conditionalUpdate"] for one in declared(ehr)["resource"]} == {False}
    assert ehr.put("Patient?identifier=urn:made-up|p1", json=patient()).status_code == 400
    assert sandbox.log() == []


def test_without_a_type(sandbox: Sandbox, ehr: httpx.Client) -> None:
    sandbox.control("capabilities", types=["Observation"])
    assert [one["type"] for one in declared(ehr)["resource"]] == ["Observation"]
    assert (put(ehr).status_code, ehr.get("Patient").status_code) == (404, 404)
    assert ehr.get("Observation").json()["total"] == 0


# what it shows


def test_the_log_has_what_was_applied_and_counts_every_request(sandbox: Sandbox, ehr: httpx.Client) -> None:
    put(ehr)
    put(ehr)
    put(ehr, gender="female")
    ehr.get("Patient/none")
    lines = [(line["number"], line["method"], line["id"], line["version"]) for line in sandbox.log()]
    assert lines == [(1, "POST", "p1", 1), (2, "PUT", "p1", 2)]
    assert sandbox.requests() == 4


def test_a_person_sees_counts_and_the_latest_writes(sandbox: Sandbox, ehr: httpx.Client) -> None:
    put(ehr)
    put(ehr, name=[{"family": "Synthetic-Ash"}])
    put(ehr, "p2")
    root = sandbox.base_url.removesuffix("/fhir")
    answer = httpx.get(root, trust_env=False)
    assert answer.headers["content-type"].startswith("text/html")
    assert "2 resources, 3 writes" in answer.text
    assert answer.text.index('href="fhir/Patient/p2"') < answer.text.index('href="fhir/Patient/p1"')
    assert "Synthetic-Ash" not in answer.text
    for link in ("fhir/Patient?_count=50", "fhir/Patient/p2"):
        assert link in answer.text
        assert httpx.get(f"{root}/{link}", trust_env=False).status_code == 200


def test_reset_forgets_everything(sandbox: Sandbox, ehr: httpx.Client) -> None:
    put(ehr)
    sandbox.control("misbehave", mode="down")
    sandbox.control("capabilities", types=["Observation"])
    sandbox.control("reset")
    assert (sandbox.log(), sandbox.requests()) == ([], 0)
    assert ehr.get("Patient/p1").status_code == 404
    assert put(ehr).status_code == 201


@pytest.mark.parametrize("mode", SPOILT)
def test_what_is_applied_may_be_answered_with_what_nobody_can_read(
    sandbox: Sandbox, ehr: httpx.Client, mode: str
) -> None:
    sandbox.control("misbehave", mode=mode, times=1)
    answer = put(ehr)
    assert answer.is_success
    with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
        answer.json()
    assert [line["version"] for line in sandbox.log()] == [1]
    assert ehr.get("Patient/p1").json()["id"] == "p1"


# what somebody there deletes


def test_what_was_deleted_is_gone_and_may_come_back(sandbox: Sandbox, ehr: httpx.Client) -> None:
    put(ehr)
    sandbox.control("delete", type="Patient", id="p1")
    assert ehr.get("Patient/p1").status_code == 410
    assert ehr.get("Patient/p1/_history/2").status_code == 410
    assert ehr.get("Patient/p1/_history/1").status_code == 200
    for search in ("Patient", "Patient?_id=p1", "Patient?identifier=urn:made-up|p1"):
        assert ehr.get(search).json()["total"] == 0
    assert [entry["resource"]["meta"]["versionId"] for entry in ehr.get("Patient/p1/_history").json()["entry"]] == ["1"]
    pointing = {"resourceType": "Procedure", "id": "x", "subject": {"reference": "Patient/p1"}}
    assert ehr.put("Procedure/x", json=pointing).status_code == 422
    assert ehr.put("Patient/p1", json=patient(), headers={"If-Match": 'W/"1"'}).status_code == 412
    assert (put(ehr).status_code, ehr.get("Patient/p1").json()["meta"]["versionId"]) == (201, "3")
    assert [(line["method"], line["version"]) for line in sandbox.log()] == [("POST", 1), ("DELETE", 2), ("PUT", 3)]
    assert ehr.put("Procedure/x", json=pointing).status_code == 201


def test_only_what_is_there_can_be_deleted(sandbox: Sandbox, ehr: httpx.Client) -> None:
    told = {"type": "Patient", "id": "p1"}
    root = sandbox.base_url.removesuffix("/fhir")
    assert ehr.post(f"{root}/_control/delete", json=told).status_code == 404
    put(ehr)
    sandbox.control("delete", **told)
    assert ehr.post(f"{root}/_control/delete", json=told).status_code == 410


def test_who_looks_and_writes_there_is_no_client(sandbox: Sandbox, ehr: httpx.Client) -> None:
    """Neither counts as a request, nor is disturbed by what clients are."""
    put(ehr)
    sandbox.control("misbehave", mode="down")
    before = sandbox.requests()
    assert sandbox.control("write", **patient(gender="female"))["meta"]["versionId"] == "2"
    sandbox.control("delete", type="Patient", id="p1")
    (versions,) = sandbox.held().values()
    assert [one and one.get("gender") for one in versions] == [None, "female", None]
    assert versions[2] is None
    assert sandbox.requests() == before


@pytest.mark.parametrize("body", [b"{", b"[]", b"{}", b'{"resourceType":"Patient"}', b'{"id":"p1"}'])
def test_what_is_no_resource_is_written_by_nobody(sandbox: Sandbox, ehr: httpx.Client, body: bytes) -> None:
    root = sandbox.base_url.removesuffix("/fhir")
    assert ehr.post(f"{root}/_control/write", content=body).status_code == 400
    assert sandbox.log() == []


# bodies that make no sense


@pytest.mark.parametrize(
    "body",
    [
        {"entry": 3},
        {"entry": [3]},
        {"entry": [{}]},
        {"entry": [{"resource": patient()}]},
        {"entry": [{"resource": patient(), "request": {"method": "DELETE", "url": "Patient/p1"}}]},
        {"entry": [{"resource": patient(), "request": {"method": "PUT", "url": "Observation/p1"}}]},
        {"entry": [{"resource": patient(), "request": {"method": "PUT", "url": 3}}]},
        {"entry": [{"resource": 3, "request": {"method": "PUT", "url": "Patient/p1"}}]},
        {"entry": [{"resource": {**patient(), "meta": 3}, "request": {"method": "PUT", "url": "Patient/p1"}}]},
    ],
)
def test_a_wrong_transaction_is_400_and_nothing_of_it_happens(
    sandbox: Sandbox, ehr: httpx.Client, body: dict[str, Any]
) -> None:
    good = {"resource": patient("good"), "request": {"method": "PUT", "url": "Patient/good"}}
    entries = [good, *body["entry"]] if isinstance(body["entry"], list) else body["entry"]
    answer = ehr.post("", json={"resourceType": "Bundle", "type": "transaction", "entry": entries})
    assert (answer.status_code, answer.json()["resourceType"]) == (400, "OperationOutcome")
    assert sandbox.log() == []


@pytest.mark.parametrize("query", ["", "name=x", "identifier=a&identifier=b", "_id=p1"])
def test_a_condition_is_by_one_identifier(sandbox: Sandbox, ehr: httpx.Client, query: str) -> None:
    assert ehr.put(f"Patient?{query}", json=patient()).status_code == 412
    assert sandbox.log() == []


def test_other_methods_and_places_are_refused(ehr: httpx.Client) -> None:
    assert ehr.delete("Patient/p1").status_code in (400, 405)
    assert ehr.patch("Patient/p1", json={}).status_code == 405
    assert ehr.get("Patient/p1/_history/1/x").status_code == 404
    assert ehr.get("").status_code == 404
