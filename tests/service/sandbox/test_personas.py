"""Every way in which a persona conducts itself, asked of the sandbox over HTTP."""

from __future__ import annotations

import threading
from typing import Any

import httpx
import pytest
from ehr.ehrs import Sandbox, running_sandbox

from service.errors import NotFound
from service.sandbox import PERSONAS, create_sandbox
from service.sandbox.conduct import Conduct
from service.sandbox.personas import load_persona

SYSTEM = "urn:made-up"


def resource(kind: str = "Patient", value: str = "v", **elements: Any) -> dict[str, Any]:
    return {"resourceType": kind, "identifier": [{"system": SYSTEM, "value": value}], **elements}


def post(ehr: httpx.Client, kind: str = "Patient", value: str = "v", **elements: Any) -> httpx.Response:
    return ehr.post(kind, json=resource(kind, value, **elements), headers=condition(value))


def condition(value: str) -> dict[str, str]:
    return {"If-None-Exist": f"identifier={SYSTEM}|{value}"}


def bundle(*entries: dict[str, Any], kind: str = "transaction", **request: Any) -> dict[str, Any]:
    made = [{"resource": one, "request": {"method": "POST", "url": one["resourceType"], **request}} for one in entries]
    return {"resourceType": "Bundle", "type": kind, "entry": made}


def how_many(ehr: httpx.Client, kind: str = "Patient") -> int:
    return int(ehr.get(kind, params={"identifier": f"{SYSTEM}|v"}).json()["total"])


def observation(**elements: Any) -> dict[str, Any]:
    return {"code": {"text": "made up"}, "effectiveDateTime": "2026-03-02T10:00:00-06:00", **elements}


@pytest.mark.parametrize("name", PERSONAS)
def test_every_persona_can_be_played_and_says_what_it_is(sandbox: Sandbox, name: str) -> None:
    assert sandbox.control("persona", name=name)["about"]
    types = [one["type"] for one in sandbox.get("metadata")["rest"][0]["resource"]]
    assert len(types) == len(set(types))
    assert load_persona(name).about == sandbox.control("persona", name=name)["about"]


def test_every_conduct_is_that_of_some_persona() -> None:
    played: set[str] = set()
    for name in PERSONAS:
        conduct = load_persona(name).conduct
        played |= {key for key, value in conduct if value != getattr(Conduct(), key)}
    assert played == set(Conduct.model_fields)


def test_a_persona_that_there_is_not(sandbox: Sandbox) -> None:
    for body in ({"name": "no-such"}, {"name": "open", "conduct": {"rude": True}}, {"name": "open", "extra": 1}):
        with pytest.raises(httpx.HTTPStatusError, match="422"):
            sandbox.control("persona", **body)
    with pytest.raises(NotFound, match="hapi-like"):
        create_sandbox("no-such")


def test_a_reset_goes_back_to_what_it_was_started_as() -> None:
    with running_sandbox("batch-only") as sandbox:
        sandbox.control("persona", name="open")
        sandbox.control("reset")
        assert [one["code"] for one in sandbox.get("metadata")["rest"][0]["interaction"]] == ["batch"]


def test_batches_are_taken_where_transactions_are_not(sandbox: Sandbox, ehr: httpx.Client) -> None:
    sandbox.control("persona", name="batch-only")
    assert ehr.post("", json=bundle(resource())).status_code == 405
    assert ehr.post("", json=bundle(resource(), kind="batch")).json()["type"] == "batch-response"
    assert len(sandbox.log()) == 1


def test_transactions_that_are_declared_may_be_refused(sandbox: Sandbox, ehr: httpx.Client) -> None:
    sandbox.control("persona", name="transaction-refusing")
    assert ehr.post("", json=bundle(resource())).status_code == 400
    assert sandbox.log() == []


def test_a_condition_that_is_not_known_is_ignored(sandbox: Sandbox, ehr: httpx.Client) -> None:
    """Two of the same: the danger that a plan must know of."""
    sandbox.control("persona", name="unconditional")
    assert [post(ehr).status_code for _ in range(2)] == [201, 201]
    assert how_many(ehr) == 2


@pytest.mark.parametrize(("race", "copies"), [(0.3, 2), (0, 1)])
def test_conditional_creates_that_meet(sandbox: Sandbox, ehr: httpx.Client, race: float, copies: int) -> None:
    sandbox.control("persona", name="racing", conduct={"race_seconds": race})
    threads = [threading.Thread(target=post, args=(ehr,)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert how_many(ehr) == copies
    assert post(ehr).status_code == (412 if copies == 2 else 200)


def test_a_transaction_races_too(sandbox: Sandbox, ehr: httpx.Client) -> None:
    sandbox.control("persona", name="racing", conduct={"race_seconds": 0.3})
    body = bundle(resource(), ifNoneExist=f"identifier={SYSTEM}|v")
    threads = [threading.Thread(target=ehr.post, args=("",), kwargs={"json": body}) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert how_many(ehr) == 2


def test_what_was_made_is_found_later(sandbox: Sandbox, ehr: httpx.Client) -> None:
    sandbox.control("persona", name="lagging", conduct={"search_lag_seconds": 3600})
    id_ = post(ehr).json()["id"]
    assert ehr.get(f"Patient/{id_}").status_code == 200
    assert (how_many(ehr), ehr.get("Patient").json()["total"]) == (0, 0)
    sandbox.control("persona", name="lagging", conduct={"search_lag_seconds": 0})
    assert how_many(ehr) == 1


def test_a_lag_holds_for_conditions_too(sandbox: Sandbox, ehr: httpx.Client) -> None:
    sandbox.control("persona", name="racing", conduct={"search_lag_seconds": 3600, "race_seconds": 0})
    assert [post(ehr).status_code for _ in range(2)] == [201, 201]


def test_a_search_is_remembered_unless_it_is_told_not_to(sandbox: Sandbox, ehr: httpx.Client) -> None:
    sandbox.control("persona", name="hapi-like")
    assert how_many(ehr) == 0
    post(ehr)
    assert how_many(ehr) == 0
    params = {"identifier": f"{SYSTEM}|v"}
    assert ehr.get("Patient", params=params, headers={"Cache-Control": "no-cache"}).json()["total"] == 1


def test_elements_are_dropped_without_a_word(sandbox: Sandbox, ehr: httpx.Client) -> None:
    sandbox.control("persona", name="forgetful")
    made = post(ehr, "Observation", note=[{"text": "x"}], component=[{}], extension=[{}], method={"extension": [{}]})
    assert made.status_code == 201
    there = ehr.get(f"Observation/{made.json()['id']}").json()
    assert not {"note", "component", "extension"} & set(there)
    assert there["method"] == {}


def test_modifiers_are_refused(sandbox: Sandbox, ehr: httpx.Client) -> None:
    sandbox.control("persona", name="cerner-like")
    refused = post(ehr, "Observation", method={"modifierExtension": [{"url": "urn:x"}]})
    assert (refused.status_code, refused.json()["issue"][0]["code"]) == (422, "extension")
    assert post(ehr, "Observation", extension=[{"url": "urn:x"}]).status_code == 201


def test_an_answer_may_be_empty(sandbox: Sandbox, ehr: httpx.Client) -> None:
    sandbox.control("persona", name="cerner-like")
    made = post(ehr, "Observation")
    assert (made.status_code, made.content) == (201, b"")
    assert made.headers["location"].startswith("Observation/")
    assert made.headers["etag"] == 'W/"1"'


@pytest.mark.parametrize(
    ("name", "status"), [("open", 412), ("hapi-like", 409), ("cerner-like", 409), ("epic-like", 412)]
)
def test_a_stale_version_is_refused_in_its_own_way(sandbox: Sandbox, ehr: httpx.Client, name: str, status: int) -> None:
    id_ = post(ehr, "Observation").json()["id"]
    sandbox.control("persona", name=name)
    changed = resource("Observation", id=id_, status="final")
    assert ehr.put(f"Observation/{id_}", json=changed, headers={"If-Match": 'W/"7"'}).status_code == status
    assert ehr.put(f"Observation/{id_}", json=changed, headers={"If-Match": 'W/"1"'}).status_code == 200


def test_the_same_at_the_same_time_is_a_duplicate(sandbox: Sandbox, ehr: httpx.Client) -> None:
    sandbox.control("persona", name="duplicate-refusing")
    assert post(ehr, "Observation", **observation()).status_code == 201
    again = post(ehr, "Observation", "other", **observation(effectiveDateTime="2026-03-02T16:00:01Z"))
    assert (again.status_code, again.json()["issue"][0]["code"]) == (409, "duplicate")
    for other in (observation(code={"text": "other"}), observation(effectiveDateTime="2026-03-02T16:00:02Z"), {}):
        assert post(ehr, "Observation", **other).status_code == 201


@pytest.mark.parametrize(("name", "wait"), [("throttling", "1"), ("throttling-silent", None)])
def test_too_many_requests(sandbox: Sandbox, ehr: httpx.Client, name: str, wait: str | None) -> None:
    sandbox.control("persona", name=name)
    answers = [post(ehr, value=str(n)) for n in range(6)]
    assert [answer.status_code for answer in answers] == [201, 201, 429, 201, 201, 429]
    assert answers[2].headers.get("retry-after") == wait
    assert len(sandbox.log()) == 4


def test_written_and_cut(sandbox: Sandbox, ehr: httpx.Client) -> None:
    sandbox.control("persona", name="cutting")
    assert post(ehr, value="1").status_code == 201
    with pytest.raises(httpx.RemoteProtocolError):
        post(ehr, value="2")
    ehr.get("Patient")
    assert post(ehr, value="3").status_code == 201
    assert len(sandbox.log()) == 3


@pytest.mark.parametrize(
    ("entries", "condition", "status"),
    [(8, "identifier=a|b", 200), (9, "identifier=a|b", 400), (9, None, 200), (101, None, 400)],
)
def test_a_transaction_may_be_too_large(
    sandbox: Sandbox, ehr: httpx.Client, entries: int, condition: str | None, status: int
) -> None:
    sandbox.control("persona", name="medplum-like")
    some = [resource(value=str(n)) for n in range(entries)]
    body = bundle(*some)
    if condition:
        body["entry"][0]["request"]["ifNoneExist"] = condition
    assert ehr.post("", json=body).status_code == status
    assert len(sandbox.log()) == (entries if status == 200 else 0)


def test_what_is_only_read_is_not_written(sandbox: Sandbox, ehr: httpx.Client) -> None:
    post(ehr)
    sandbox.control("persona", name="athena-like")
    assert how_many(ehr) == 1
    assert (post(ehr, value="w").status_code, post(ehr, "Flag").status_code) == (405, 404)
    declared = {one["type"]: one for one in ehr.get("metadata").json()["rest"][0]["resource"]}
    assert "create" in {one["code"] for one in declared["DocumentReference"]["interaction"]}
    assert "create" not in {one["code"] for one in declared["Patient"]["interaction"]}


def test_a_type_may_not_be_searched_by_identifier(sandbox: Sandbox, ehr: httpx.Client) -> None:
    sandbox.control("persona", name="epic-like")
    assert ehr.get("Observation?identifier=a|b").status_code == 400
    assert ehr.get("Observation?patient=x").status_code == 200
