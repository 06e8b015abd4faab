"""Whatever comes in: an OperationOutcome goes out, never a 500, and never a patient's value in an answer or a log."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from service.api import Service, create_app
from service.settings import Settings

MARK = "Zmarkername"
PERSON = '"patient":{"mrn":"1","family":"Zmarkername","birth_date":"1994-10-31","sex":"male"}'
RECORD = '{"number":"N-1","status":"completed","start":"2026-03-17T16:00:00-05:00",%s}'
GOOD = RECORD % PERSON

BODIES = {
    "not JSON": GOOD[:-1],
    "nothing": "",
    "words": MARK,
    "duplicate keys": RECORD % f'{PERSON},"patient":"{MARK}"',
    "depth bomb": "[" * 50_000 + f'"{MARK}"',
    "deep object": '{"a":' * 40 + f'"{MARK}"' + "}" * 40,
    "a list": f'["{MARK}"]',
    "a string": f'"{MARK}"',
    "null": "null",
    "NaN": GOOD[:-1] + f',"course":{{"id":"{MARK}","number":NaN}}}}',
    "NUL in a text": GOOD.replace(MARK, MARK + "\\u0000"),
    "half a character": GOOD.replace(MARK, MARK + "\\ud800"),
    "wrong type": GOOD.replace('"status":"completed"', f'"status":{{"a":"{MARK}"}}'),
    "unknown code": GOOD.replace('"male"', f'"{MARK}"'),
    "wrong date": GOOD.replace("1994-10-31", MARK),
    "wrong time": GOOD.replace("2026-03-17T16:00:00-05:00", MARK),
    "unknown field": GOOD[:-1] + f',"nickname":"{MARK}"}}',
    "missing patient": RECORD % f'"status_reason":"{MARK}"',
    "impossible times": GOOD[:-1] + ',"end":"2020-01-01T00:00:00Z"}',
    "negative dose": GOOD[:-1]
    + ',"medications":[{"drug":{"key":"ketamine"}}],"order":{"dose":{"value":-1,"unit":"mg"}}}',
    "unknown unit": GOOD[:-1]
    + f',"medications":[{{"drug":{{"key":"ketamine"}}}}],"order":{{"dose":{{"value":1,"unit":"{MARK}"}}}}}}',
    "unknown event": GOOD[:-1] + f',"events":[{{"type":"{MARK}","time":"2026-03-17T16:00:00-05:00"}}]}}',
    "number as text": GOOD[:-1] + f',"preparation":{{"weight":{{"value":"{MARK}","unit":"kg"}}}}}}',
    "absurd number": GOOD[:-1] + ',"preparation":{"weight":{"value":1e999,"unit":"kg"}}}',
    "too large": GOOD + " " * 70_000,
}
HEADERS = {"Content-Type": "application/json"}


@pytest.fixture
def settings() -> Settings:
    return Settings(auth="open", max_body_bytes=64_000)


@pytest.fixture
def quiet(client: TestClient, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> Iterator[Any]:
    """The client; afterwards everything that was printed or logged meanwhile is searched for the mark."""
    caplog.set_level("DEBUG")
    yield client
    captured = capsys.readouterr()
    said = "\n".join([captured.out, captured.err, *(r.getMessage() for r in caplog.records if "service" in r.name)])
    assert "request_id" in said
    assert MARK.lower() not in said.lower()


def check(answered: Any, *statuses: int) -> dict[str, Any]:
    """An OperationOutcome with one of these statuses, which does not know the mark."""
    assert answered.status_code in statuses, answered.text
    assert answered.headers["content-type"] == "application/fhir+json; charset=utf-8"
    assert MARK.lower() not in answered.text.lower()
    assert not any(MARK.lower() in value.lower() for value in answered.headers.values())
    found: dict[str, Any] = answered.json()
    assert found["resourceType"] == "OperationOutcome"
    assert all(issue["severity"] in ("error", "fatal") and issue["diagnostics"] for issue in found["issue"])
    return found


def test_wrong_bodies_are_refused_and_nothing_is_stored(quiet: TestClient, subtests: pytest.Subtests) -> None:
    for name, text in BODIES.items():
        expected = (413,) if name == "too large" else (400, 422)
        with subtests.test(name):
            check(quiet.put("/sessions/N-1", content=text.encode(), headers=HEADERS), *expected)
            check(quiet.post("/sessions/dry-run", content=text.encode(), headers=HEADERS), *expected)
            assert quiet.get("/sessions").json()["sessions"] == []


def test_body_that_is_not_utf8_is_refused(quiet: TestClient) -> None:
    check(quiet.put("/sessions/N-1", content=GOOD.encode().replace(b"mrn", b"\xff"), headers=HEADERS), 400)


def test_each_fault_is_an_issue_with_its_place(quiet: TestClient) -> None:
    body = GOOD.replace('"male"', f'"{MARK}"').replace("1994-10-31", MARK)
    found = check(quiet.put("/sessions/N-1", content=body, headers=HEADERS), 400)
    assert [issue["expression"] for issue in found["issue"]] == [["patient.birth_date"], ["patient.sex"]]


def test_body_without_end_is_refused_while_it_streams(quiet: TestClient) -> None:
    sent = 0

    def endless() -> Iterator[bytes]:
        nonlocal sent
        for _ in range(1000):
            sent += 1000
            yield MARK.encode() * 100

    check(quiet.put("/sessions/N-1", content=endless(), headers=HEADERS), 413)


def test_other_media_types_are_415(quiet: TestClient) -> None:
    for kind in ("text/plain", "application/xml", "application/json; charset=latin-1", ""):
        check(quiet.put("/sessions/N-1", content=GOOD, headers={"Content-Type": kind}), 415)


def test_compressed_body_is_415(quiet: TestClient) -> None:
    check(quiet.put("/sessions/N-1", content=GOOD, headers={**HEADERS, "Content-Encoding": "gzip"}), 415)


ADDRESSES = [
    (f"/{MARK}", 404),
    (f"/fhir/{MARK}", 404),
    (f"/fhir/{MARK}/1", 404),
    (f"/fhir/Patient/{MARK}", 404),
    (f"/fhir/Patient/{MARK}%00", 404),
    (f"/fhir/Patient/1/_history/{MARK}", 404),
    ("/fhir/Patient/1/_history/99999999999999999999", 404),
    (f"/sessions/{MARK}", 404),
    (f"/sessions/{MARK}%00", 404),
    (f"/summaries/sessions/{MARK}", 404),
    (f"/sessions?after={MARK}%00", 400),
    (f"/sessions?count={MARK}", 400),
    (f"/sessions?state={MARK}", 400),
    (f"/fhir/Patient?birthdate={MARK}", 400),
    (f"/fhir/Patient?_lastUpdated={MARK}", 400),
    (f"/fhir/Patient?name={MARK}%00", 400),
    (f"/fhir/Patient?name={MARK}%ff", 400),
    (f"/fhir/Patient?name:exact={MARK}", 400),
    (f"/fhir/Patient?_id:not={MARK}", 400),
    (f"/fhir/Patient?identifier=a|b|{MARK}", 400),
    (f"/fhir/Observation?date=ap{MARK}", 400),
    (f"/fhir/Observation?date=9999-99-99{MARK}", 400),
    (f"/fhir/Observation?patient={MARK}/", 400),
    (f"/fhir/Patient?_count={MARK}", 400),
    (f"/fhir/Patient?_count=-1&name={MARK}", 400),
    ("/fhir/Patient?name=" + ",".join([MARK] * 201), 400),
    ("/fhir/Patient?" + "&".join([f"name={MARK}"] * 101), 400),
    (f"/fhir/Patient?_page={MARK}", 410),
    (f"/fhir/Patient?_page={MARK}%00", 410),
    (f"/fhir/Patient?_format={MARK}", 406),
]


def test_wrong_addresses_are_refused(quiet: TestClient, subtests: pytest.Subtests) -> None:
    for place, (address, status) in enumerate(ADDRESSES):
        with subtests.test(place=place):
            check(quiet.get(address), status)


def test_dates_at_the_edge_of_time_are_answered(quiet: TestClient) -> None:
    for date in ("9999-12-31", "0001-01-01T00:00:00+14:00", "0000", "2026-02-30", "2026-1-1", "ge"):
        assert quiet.get("/fhir/Observation", params={"date": date}).status_code in (200, 400), date


def test_search_that_succeeds_leaves_no_value_in_the_log(quiet: TestClient) -> None:
    assert quiet.put("/sessions/N-1", content=GOOD, headers=HEADERS).status_code == 201
    assert quiet.get("/fhir/Patient", params={"name": MARK}).json()["total"] == 1
    assert quiet.post("/fhir/Patient/_search", data={"name": MARK}).json()["total"] == 1


def test_other_methods_are_405(quiet: TestClient) -> None:
    wrong = {"DELETE": "/sessions/N-1", "POST": "/fhir/Patient", "PATCH": "/fhir/Patient/1", MARK.upper(): "/sessions"}
    for method, address in wrong.items():
        check(quiet.request(method, address, content=MARK), 405)


def test_other_representations_are_406(quiet: TestClient) -> None:
    for accept in ("application/fhir+xml", "text/turtle", f"x/{MARK}"):
        check(quiet.get("/fhir/Patient", headers={"Accept": accept}), 406)


def test_form_of_another_type_is_415(quiet: TestClient) -> None:
    check(quiet.post("/fhir/Patient/_search", json={"name": MARK}), 415)


def test_form_too_large_is_413(quiet: TestClient) -> None:
    check(quiet.post("/fhir/Patient/_search", data={"name": MARK * 10_000}), 413)


def test_the_unforeseen_is_500_with_a_correlation_id_and_nothing_else(quiet: TestClient) -> None:
    answered = quiet.get("/summaries/sessions/BROKEN")
    found = check(answered, 500)
    assert found["issue"][0]["code"] == "exception"
    assert found["issue"][0]["diagnostics"] == f"internal error; correlation id {answered.headers['x-request-id']}"


def test_refused_key_is_not_repeated(
    service: Service, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    closed = Service(service.pipeline, service.store, Settings(auth="keys"), service.summarise)
    app: FastAPI = create_app(closed)
    with TestClient(app, base_url="http://127.0.0.1:8000") as client:
        for value in (f"Bearer {MARK}", f"Basic {MARK}", f"Digest {MARK}", MARK, "Basic " + "é"):
            check(client.get("/fhir/Patient", headers=[("Authorization", value.encode("latin-1"))]), 401)
    captured = capsys.readouterr()
    assert MARK not in captured.out + captured.err


def test_no_body_makes_a_500(quiet: TestClient) -> None:
    """Every JSON type at every place of a record."""
    for place in ("number", "status", "patient", "start", "end", "events", "medications", "order", "preparation"):
        for value in (None, True, 0, -1.5, "", MARK, [], [MARK], {}, {"value": MARK}, [[]], [None]):
            record = {**json.loads(GOOD), place: value}
            answered = quiet.put("/sessions/N-1", content=json.dumps(record), headers=HEADERS)
            assert answered.status_code in (200, 201, 400, 422), (place, value)
            assert answered.status_code < 300 or MARK not in answered.text
