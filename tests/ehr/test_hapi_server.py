"""What the delivery tests take for granted about the real EHR they deliver to."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from ehr.hapi.server import HapiServer

pytestmark = pytest.mark.hapi

SYSTEM = "urn:test:hapi-server"


@pytest.fixture(scope="module")
def ehr(hapi: HapiServer) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=hapi.base_url, timeout=60, trust_env=False) as client:
        yield client


def patient(value: str, **elements: Any) -> dict[str, Any]:
    return {"resourceType": "Patient", "identifier": [{"system": SYSTEM, "value": value}], **elements}


def observation(subject: str, **elements: Any) -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": {"text": "made up"},
        "subject": {"reference": subject},
        **elements,
    }


def entry(method: str, url: str, resource: dict[str, Any], full_url: str | None = None) -> dict[str, Any]:
    named = {"fullUrl": full_url} if full_url else {}
    return {**named, "resource": resource, "request": {"method": method, "url": url}}


def transaction(*entries: dict[str, Any]) -> dict[str, Any]:
    return {"resourceType": "Bundle", "type": "transaction", "entry": list(entries)}


def test_it_speaks_fhir_4_0_1_from_loopback(ehr: httpx.Client) -> None:
    assert ehr.base_url.host == "127.0.0.1"
    assert ehr.get("metadata").json()["fhirVersion"] == "4.0.1"


def test_a_put_with_an_id_of_ours_creates_and_the_same_again_keeps_version_1(ehr: httpx.Client) -> None:
    ours = str(uuid4())
    first = ehr.put(f"Patient/{ours}", json=patient(ours, id=ours))
    again = ehr.put(f"Patient/{ours}", json=patient(ours, id=ours))
    assert (first.status_code, first.headers["ETag"]) == (201, 'W/"1"')
    assert (again.status_code, again.headers["ETag"]) == (200, 'W/"1"')


def test_a_change_makes_version_2_and_the_history_keeps_both(ehr: httpx.Client) -> None:
    ours = str(uuid4())
    ehr.put(f"Patient/{ours}", json=patient(ours, id=ours))
    changed = ehr.put(f"Patient/{ours}", json=patient(ours, id=ours, gender="female"))
    history = ehr.get(f"Patient/{ours}/_history").json()
    assert changed.headers["ETag"] == 'W/"2"'
    assert [item["resource"]["meta"]["versionId"] for item in history["entry"]] == ["2", "1"]


def test_a_conditional_update_creates_then_matches_and_refuses_to_choose_between_two(ehr: httpx.Client) -> None:
    value = str(uuid4())
    query = {"identifier": f"{SYSTEM}|{value}"}
    created = ehr.put("Patient", params=query, json=patient(value))
    matched = ehr.put("Patient", params=query, json=patient(value, gender="female"))
    assert (created.status_code, matched.status_code) == (201, 200)
    assert matched.json()["id"] == created.json()["id"]
    assert matched.json()["meta"]["versionId"] == "2"
    ehr.post("Patient", json=patient(value))
    assert ehr.put("Patient", params=query, json=patient(value)).status_code == 412


def test_a_conditional_create_finds_what_is_there(ehr: httpx.Client) -> None:
    value = str(uuid4())
    condition = {"If-None-Exist": f"identifier={SYSTEM}|{value}"}
    created = ehr.post("Patient", json=patient(value), headers=condition)
    found = ehr.post("Patient", json=patient(value, gender="female"), headers=condition)
    assert (created.status_code, found.status_code) == (201, 200)
    assert found.headers["Location"] == created.headers["Location"]


def test_a_transaction_resolves_urn_uuid_references(ehr: httpx.Client) -> None:
    value, placeholder = str(uuid4()), uuid4().urn
    bundle = transaction(
        entry("PUT", f"Patient?identifier={SYSTEM}|{value}", patient(value), placeholder),
        entry("POST", "Observation", observation(placeholder), uuid4().urn),
    )
    answer = ehr.post("", json=bundle)
    assert answer.status_code == 200
    person, measured = (item["response"]["location"].split("/_history")[0] for item in answer.json()["entry"])
    assert ehr.get(measured).json()["subject"]["reference"] == person


def test_a_dangling_reference_is_refused_and_takes_its_transaction_along(ehr: httpx.Client) -> None:
    ours = str(uuid4())
    assert ehr.post("Observation", json=observation(f"Patient/{ours}")).status_code == 400
    bundle = transaction(
        entry("PUT", f"Patient/{ours}", patient(ours, id=ours)),
        entry("POST", "Observation", observation(f"Patient/{uuid4()}")),
    )
    assert ehr.post("", json=bundle).status_code == 400
    assert ehr.get(f"Patient/{ours}").status_code == 404


def test_a_stale_if_match_is_refused_with_409(ehr: httpx.Client) -> None:
    ours = str(uuid4())
    for gender in ("female", "male"):
        ehr.put(f"Patient/{ours}", json=patient(ours, id=ours, gender=gender))
    late = ehr.put(f"Patient/{ours}", json=patient(ours, id=ours, gender="other"), headers={"If-Match": 'W/"1"'})
    assert late.status_code == 409
    assert ehr.get(f"Patient/{ours}").json()["gender"] == "male"


def test_a_search_right_after_a_write_sees_it(ehr: httpx.Client) -> None:
    value = str(uuid4())
    query = {"identifier": f"{SYSTEM}|{value}"}
    for expected in range(4):
        assert ehr.get("Patient", params=query).json()["total"] == expected
        ehr.post("Patient", json=patient(value))


@pytest.mark.slow
def test_a_server_does_not_outlive_a_killed_parent() -> None:
    program = (
        "import time; from ehr.hapi.server import HapiServer; print(HapiServer().pid, flush=True); time.sleep(600)"
    )
    tests = Path(__file__).parents[1]
    with subprocess.Popen([sys.executable, "-c", program], cwd=tests, stdout=subprocess.PIPE, text=True) as parent:
        try:
            assert parent.stdout is not None
            server = Path("/proc", parent.stdout.readline().strip())
            assert "hapi-server.jar" in (server / "cmdline").read_text()
        finally:
            parent.kill()
    with suppress(FileNotFoundError):  # gone, or already waiting to be collected
        for _ in range(100):
            if "State:\tZ" in (server / "status").read_text():
                break
            time.sleep(0.1)
        else:
            pytest.fail("the server is still there 10 s after its parent was killed")
