"""A disk that is full, an EHR that is away, input that is wrong: nothing acknowledged is lost, nothing private is said."""

from __future__ import annotations

import resource
import time
from typing import Any

import httpx
import pytest
from e2e.stage import HOST, Stage
from golden_sessions import at, record

from service.fhirjson import encode

pytestmark = pytest.mark.slow
UNLIMITED = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
MARK = "Zyxwvut"  # a patient's value, wherever one can stand


def numbered(i: int) -> dict[str, Any]:
    found = record(number=f"D-{i:03d}")
    found["patient"] = {**found["patient"], "mrn": f"DISK-{i}"}
    return found


def private(number: str, **changes: Any) -> dict[str, Any]:
    found = record(number=number, **changes)
    found["patient"] = {"mrn": MARK, "family": MARK, "given": [MARK], "birth_date": "1980-05-17", "sex": "female"}
    found["events"] = [*found["events"], at(50, "note", text=MARK)]
    return found


def test_a_full_disk_is_503_and_takes_nothing_that_was_acknowledged(stage: Stage) -> None:
    """The disk is full when no file of the service may grow any more; then there is room again."""
    stage.start()
    assert stage.service is not None
    acknowledged, refused = [], []
    for i in range(8):
        if i == 3:
            size = max(file.stat().st_size for file in stage.folder.glob("kill.sqlite3*"))
            resource.prlimit(stage.service.pid, resource.RLIMIT_FSIZE, (size + 100_000, resource.RLIM_INFINITY))
        answer = stage.put(f"D-{i:03d}", encode(numbered(i)))
        (acknowledged if answer.status_code == 201 else refused).append((i, answer))
    assert [i for i, _ in acknowledged][:3] == [0, 1, 2]
    assert refused
    assert {answer.status_code for _, answer in refused} == {503}
    assert {answer.json()["resourceType"] for _, answer in refused} == {"OperationOutcome"}

    resource.prlimit(stage.service.pid, resource.RLIMIT_FSIZE, UNLIMITED)
    for i, _ in refused:
        assert stage.put(f"D-{i:03d}", encode(numbered(i))).status_code in (200, 201)
    stage.kill()
    stage.start()
    for i in range(8):
        again = stage.put(f"D-{i:03d}", encode(numbered(i)))
        assert (again.status_code, again.json()["state"]) == (200, "published")
    stage.until_delivered({f"D-{i:03d}" for i in range(8)})


def test_no_value_of_a_patient_is_in_a_log_or_in_an_error(stage: Stage) -> None:
    stage.start()
    good = encode(private("P-1"))
    wrong = [
        encode(private("P-2", status=MARK)),
        encode(private("P-2", colour=MARK)),
        encode(private("P-2", start=MARK)),
        encode(private("P-2", indications=[{"key": MARK.lower()}])),
        encode(private("P-2", events=[at(0, "vital-signs", systolic=MARK)])),
        encode(private("P-2", events=[{"type": MARK}])),
        good[:-40],
        good.replace(b'"family"', b'"family":"x","family"'),
        b"[" * 4000 + MARK.encode(),
        MARK.encode(),
        b"",
    ]
    assert stage.put("P-1", good).status_code == 201
    for body in wrong:
        answer = stage.put("P-2", body)
        assert answer.status_code < 500
        assert MARK.lower() not in answer.text.lower()
    base = f"http://{HOST}:{stage.port}"
    for path in (
        f"/fhir/Patient?identifier=https://x|{MARK}",
        f"/fhir/Patient?name={MARK}",
        f"/sessions/{MARK}/{MARK}",
    ):
        assert httpx.get(base + path).status_code < 500
    stage.until_delivered({"P-1"})
    stage.kill_ehr()
    assert stage.put("P-3", encode(private("P-3"))).status_code == 201
    time.sleep(2)
    assert "delivery" in stage.logged()
    assert MARK.lower() not in stage.logged().lower()


def test_what_cannot_be_delivered_now_is_delivered_when_the_ehr_is_back(stage: Stage) -> None:
    stage.kill_ehr()
    stage.start()
    assert stage.put("A-1", encode(record(number="A-1"))).status_code == 201
    time.sleep(1.5)
    assert stage.deliveries("A-1")[0]["state"] != "delivered"
    stage.start_ehr()
    stage.until_delivered({"A-1"})
