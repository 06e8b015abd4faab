"""FHIR's rules of reading and writing, asked of the sandbox and of a real server in the same words.

Where R4 leaves the status open, either answer is right; what is there afterwards is not open.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Any
from uuid import uuid4

import httpx
import pytest
from ehr.ehrs import Server, running_sandbox

from mappings import RESOURCES
from service.sync.references import query

SYSTEM = "urn:test:semantics"
DANGLING = (400, 422)
STALE = (409, 412)


@pytest.fixture(scope="module", params=["open", "hapi-like", pytest.param("hapi", marks=pytest.mark.hapi)])
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """The sandbox, the sandbox playing HAPI, and HAPI: what is asked of one is asked of the others."""
    if request.param == "hapi":
        with closing(Server(request.getfixturevalue("hapi").base_url)) as found:
            yield found
    else:
        with running_sandbox(request.param) as sandbox:
            yield sandbox


@pytest.fixture(scope="module")
def ehr(server: Server) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.base_url, timeout=60, trust_env=False) as client:
        yield client


@pytest.fixture
def value() -> str:
    return str(uuid4())


def patient(value: str, **elements: Any) -> dict[str, Any]:
    return {"resourceType": "Patient", "identifier": [{"system": SYSTEM, "value": value}], **elements}


def observation(subject: str, **elements: Any) -> dict[str, Any]:
    code = {"text": "made up"}
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": code,
        "subject": {"reference": subject},
        **elements,
    }


def entry(method: str, url: str, resource: dict[str, Any], full_url: str | None = None, **more: str) -> dict[str, Any]:
    named = {"fullUrl": full_url} if full_url else {}
    return {**named, "resource": resource, "request": {"method": method, "url": url, **more}}


def bundle(*entries: dict[str, Any], kind: str = "transaction") -> dict[str, Any]:
    return {"resourceType": "Bundle", "type": kind, "entry": list(entries)}


def where(value: str) -> dict[str, str]:
    return {"identifier": f"{SYSTEM}|{value}"}


def found(ehr: httpx.Client, value: str, kind: str = "Patient") -> list[dict[str, Any]]:
    answer = ehr.get(kind, params=where(value), headers={"Cache-Control": "no-cache"}).json()
    return [one["resource"] for one in answer.get("entry", [])]


def test_it_says_what_it_can_do(ehr: httpx.Client) -> None:
    statement = ehr.get("metadata").json()
    assert (statement["resourceType"], statement["fhirVersion"]) == ("CapabilityStatement", "4.0.1")
    (rest,) = statement["rest"]
    assert "transaction" in {one["code"] for one in rest["interaction"]}
    assert {mapping.type for mapping in RESOURCES} <= {one["type"] for one in rest["resource"]}


def test_what_is_not_there_is_404(ehr: httpx.Client, value: str) -> None:
    for path in (f"Patient/{value}", f"Patient/{value}/_history", "Nothing/1", "Nothing"):
        assert ehr.get(path).status_code == 404


def test_a_post_chooses_an_id_whatever_the_body_says(ehr: httpx.Client, value: str) -> None:
    answer = ehr.post("Patient", json=patient(value, id="mine"))
    assert answer.status_code == 201
    id_ = answer.json()["id"]
    assert id_ != "mine"
    assert f"Patient/{id_}/_history/1" in answer.headers["Location"]
    assert answer.headers["ETag"] == 'W/"1"'


def test_a_put_creates_under_our_id_and_the_same_again_keeps_the_version(ehr: httpx.Client, value: str) -> None:
    first, again = (ehr.put(f"Patient/{value}", json=patient(value, id=value)) for _ in range(2))
    assert (first.status_code, first.headers["ETag"]) == (201, 'W/"1"')
    assert (again.status_code, again.headers["ETag"]) == (200, 'W/"1"')


def test_a_change_makes_a_version_and_the_history_keeps_both(ehr: httpx.Client, value: str) -> None:
    ehr.put(f"Patient/{value}", json=patient(value, id=value))
    changed = ehr.put(f"Patient/{value}", json=patient(value, id=value, gender="female"))
    assert (changed.status_code, changed.headers["ETag"]) == (200, 'W/"2"')
    history = ehr.get(f"Patient/{value}/_history").json()
    assert [item["resource"]["meta"]["versionId"] for item in history["entry"]] == ["2", "1"]
    assert "gender" not in ehr.get(f"Patient/{value}/_history/1").json()
    assert ehr.get(f"Patient/{value}").json()["gender"] == "female"
    assert ehr.get(f"Patient/{value}/_history/3").status_code == 404


@pytest.mark.parametrize(
    "body", [b"{", b"", b'"x"', b'{"resourceType":"Patient"}', b'{"resourceType":"Patient","id":"b"}']
)
def test_a_put_of_something_else_is_400(ehr: httpx.Client, value: str, body: bytes) -> None:
    headers = {"Content-Type": "application/fhir+json"}
    assert ehr.put(f"Patient/{value}", content=body, headers=headers).status_code == 400
    assert ehr.get(f"Patient/{value}").status_code == 404


def test_digits_are_kept(ehr: httpx.Client, value: str) -> None:
    ehr.put(f"Patient/{value}", json=patient(value, id=value))
    body = observation(f"Patient/{value}", id=f"o-{value}", valueQuantity={"value": 17, "unit": "mg"})
    content = httpx.Request("PUT", "http://x", json=body).content.replace(b'"value":17,', b'"value":0.50,')
    ehr.put(f"Observation/o-{value}", content=content, headers={"Content-Type": "application/fhir+json"})
    there = ehr.get(f"Observation/o-{value}").text.replace(" ", "")
    assert '"value":0.50,' in there


def test_a_stale_version_is_refused_and_the_current_one_is_not(ehr: httpx.Client, value: str) -> None:
    for gender in ("female", "male"):
        ehr.put(f"Patient/{value}", json=patient(value, id=value, gender=gender))
    other = patient(value, id=value, gender="other")
    assert ehr.put(f"Patient/{value}", json=other, headers={"If-Match": 'W/"1"'}).status_code in STALE
    assert ehr.get(f"Patient/{value}").json()["gender"] == "male"
    assert ehr.put(f"Patient/{value}", json=other, headers={"If-Match": 'W/"2"'}).headers["ETag"] == 'W/"3"'


def test_a_conditional_update_creates_then_updates_and_does_not_choose_between_two(
    ehr: httpx.Client, value: str
) -> None:
    created = ehr.put("Patient", params=where(value), json=patient(value))
    matched = ehr.put("Patient", params=where(value), json=patient(value, gender="female"))
    same = ehr.put("Patient", params=where(value), json=patient(value, gender="female"))
    assert (created.status_code, matched.status_code, same.status_code) == (201, 200, 200)
    assert matched.json()["id"] == same.json()["id"] == created.json()["id"]
    assert (matched.headers["ETag"], same.headers["ETag"]) == ('W/"2"', 'W/"2"')
    ehr.post("Patient", json=patient(value))
    assert ehr.put("Patient", params=where(value), json=patient(value)).status_code == 412


def test_a_conditional_create_finds_what_is_there_and_leaves_it(ehr: httpx.Client, value: str) -> None:
    condition = {"If-None-Exist": f"identifier={SYSTEM}|{value}"}
    created = ehr.post("Patient", json=patient(value), headers=condition)
    again = ehr.post("Patient", json=patient(value, gender="female"), headers=condition)
    assert (created.status_code, again.status_code) == (201, 200)
    assert again.headers["Location"] == created.headers["Location"]
    assert ["gender" in one for one in found(ehr, value)] == [False]
    ehr.post("Patient", json=patient(value))
    assert ehr.post("Patient", json=patient(value), headers=condition).status_code == 412


def test_a_dangling_reference_is_refused(ehr: httpx.Client, value: str) -> None:
    assert ehr.post("Observation", json=observation(f"Patient/{value}")).status_code in DANGLING


def test_a_search_sees_what_was_just_written(ehr: httpx.Client, value: str) -> None:
    for expected in range(3):
        assert len(found(ehr, value)) == expected
        ehr.post("Patient", json=patient(value))


def test_a_search_is_by_identifier_id_and_patient(ehr: httpx.Client, value: str) -> None:
    first, second = f"a-{value}", f"b-{value}"
    for id_ in (first, second):
        ehr.put(f"Patient/{id_}", json=patient(id_, id=id_))
        ehr.put(f"Observation/{id_}", json=observation(f"Patient/{id_}", id=id_))
    ids = {
        asked: {one["resource"]["id"] for one in ehr.get(asked).json().get("entry", [])}
        for asked in (
            f"Patient?identifier={SYSTEM}|{first}",
            f"Patient?identifier={first}",
            f"Patient?identifier={SYSTEM}|{first},{SYSTEM}|{second}",
            f"Patient?identifier=urn:another|{first}",
            f"Patient?_id={first},{second}",
            f"Patient?_id={first}&identifier={second}",
            f"Observation?patient={first}",
            f"Observation?subject=Patient/{second}",
        )
    }
    assert list(ids.values()) == [{first}, {first}, {first, second}, set(), {first, second}, set(), {first}, {second}]


def test_an_identifier_may_hold_what_searches_are_made_of(ehr: httpx.Client, value: str) -> None:
    odd = f"{value}, a|b $c"
    created = ehr.put(f"Patient?{query(SYSTEM, odd)}", json=patient(odd))
    matched = ehr.put(f"Patient?{query(SYSTEM, odd)}", json=patient(odd, gender="female"))
    assert (created.status_code, matched.status_code) == (201, 200)
    (entry,) = ehr.get(f"Patient?{query(SYSTEM, odd)}").json()["entry"]
    assert entry["resource"]["id"] == created.json()["id"]


def test_a_search_goes_on_where_the_page_ends(ehr: httpx.Client, server: Server, value: str) -> None:
    for n in range(5):
        ehr.put(f"Patient/{n}-{value}", json=patient(value, id=f"{n}-{value}"))
    page = ehr.get("Patient", params={**where(value), "_count": 2}).json()
    assert len(page["entry"]) == 2
    every = server.resources("Patient", f"identifier={SYSTEM}|{value}&_count=2")
    assert {one["id"] for one in every} == {f"{n}-{value}" for n in range(5)}
    assert len(every) == 5


def test_a_search_by_what_it_does_not_know_is_refused(ehr: httpx.Client) -> None:
    assert ehr.get("Patient?no-such-parameter=1").status_code == 400


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


def test_hapi_takes_our_ids_and_does_not_say_so(ehr: httpx.Client, request: pytest.FixtureRequest, value: str) -> None:
    if "open" in request.node.name:
        pytest.skip("says so")
    declared = {bool(one.get("updateCreate")) for one in ehr.get("metadata").json()["rest"][0]["resource"]}
    assert declared == {False}
    assert ehr.put(f"Patient/{value}", json=patient(value, id=value)).status_code == 201
    for gender in ("female", "male"):
        ehr.put(f"Patient/{value}", json=patient(value, id=value, gender=gender))
    stale = ehr.put(f"Patient/{value}", json=patient(value, id=value), headers={"If-Match": 'W/"1"'})
    assert stale.status_code == 409
