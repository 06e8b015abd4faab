"""Searching what was published: by GET and by POST, page by page."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from starlette.testclient import TestClient

FIXTURES = Path(__file__).parents[4] / "fixtures" / "sessions"
JSON = {"Content-Type": "application/json"}
STRICT = {"Prefer": "handling=strict"}


@pytest.fixture
def filled(client: TestClient) -> TestClient:
    """Two patients: a plain session, and one stopped for a reaction."""
    for name in ("01-plain-40-minutes.json", "05-stopped-for-reaction.json"):
        content = (FIXTURES / name).read_bytes()
        number = json.loads(content)["number"]
        assert client.put(f"/sessions/{number}", content=content, headers=JSON).status_code == 201
    return client


def ids(bundle: dict[str, Any]) -> list[str]:
    return [entry["resource"]["id"] for entry in bundle.get("entry", []) if entry["search"]["mode"] == "match"]


def link(bundle: dict[str, Any], relation: str) -> str | None:
    return next((one["url"] for one in bundle["link"] if one["relation"] == relation), None)


def patients(client: TestClient) -> list[str]:
    return ids(client.get("/fhir/Patient").json())


def test_bundle_holds_the_stored_bytes(filled: TestClient) -> None:
    answered = filled.get("/fhir/Encounter")
    bundle = answered.json()
    assert (bundle["resourceType"], bundle["type"], bundle["total"]) == ("Bundle", "searchset", 2)
    for entry in bundle["entry"]:
        address = f"/fhir/Encounter/{entry['resource']['id']}"
        assert entry["fullUrl"] == f"http://127.0.0.1:8000{address}"
        assert filled.get(address).content in answered.content


def test_patient_by_id_and_by_reference_are_the_same(filled: TestClient) -> None:
    one, other = patients(filled)
    bare = filled.get("/fhir/Observation", params={"patient": one, "_count": 500}).json()
    full = filled.get("/fhir/Observation", params={"patient": f"Patient/{one}", "_count": 500}).json()
    assert ids(bare) == ids(full) != []
    subjects = {entry["resource"]["subject"]["reference"] for entry in bare["entry"]}
    assert subjects == {f"Patient/{one}"}
    both = filled.get("/fhir/Observation", params={"patient": f"{one},{other}"}).json()
    assert both["total"] == filled.get("/fhir/Observation").json()["total"]


def test_repeated_parameters_must_all_hold(filled: TestClient) -> None:
    one, other = patients(filled)
    assert filled.get("/fhir/Observation", params={"patient": [one, other]}).json()["total"] == 0


def test_post_gives_the_same_answer_as_get(filled: TestClient) -> None:
    one, _ = patients(filled)
    params = {"patient": one, "category": "vital-signs", "date": "ge2020-01-01", "_count": "500"}
    by_get = filled.get("/fhir/Observation", params=params)
    by_post = filled.post("/fhir/Observation/_search", data=params)
    assert by_get.content == by_post.content
    assert by_get.json()["total"] > 0


def test_parameters_of_address_and_body_join(filled: TestClient) -> None:
    one, other = patients(filled)
    answered = filled.post(f"/fhir/Observation/_search?patient={one}", data={"patient": other})
    assert answered.json()["total"] == 0


def test_pages_have_no_gaps_and_no_repeats_while_sessions_arrive(filled: TestClient) -> None:
    everything = ids(filled.get("/fhir/Observation", params={"_count": 500}).json())
    page = filled.get("/fhir/Observation", params={"_count": 40}).json()
    seen = ids(page)
    content = (FIXTURES / "02-pain-4-hours-boluses.json").read_bytes()
    filled.put(f"/sessions/{json.loads(content)['number']}", content=content, headers=JSON)
    while following := link(page, "next"):
        page = filled.get(following).json()
        assert 0 < len(ids(page)) <= 40
        seen += ids(page)
    assert seen == everything


def test_next_link_holds_nothing_of_the_search(filled: TestClient) -> None:
    one, _ = patients(filled)
    bundle = filled.get("/fhir/Observation", params={"patient": one, "_count": 5}).json()
    following = link(bundle, "next")
    assert following
    assert one not in following
    assert list(parse_qs(urlsplit(following).query)) == ["_page"]


def test_next_link_of_one_type_is_no_link_of_another(filled: TestClient) -> None:
    following = link(filled.get("/fhir/Observation", params={"_count": 5}).json(), "next")
    assert following
    assert filled.get(following.replace("Observation", "Patient")).status_code == 410
    assert filled.get(following[:-1] + "~").status_code == 410


def test_count_of_zero_is_the_total_alone(filled: TestClient) -> None:
    bundle = filled.get("/fhir/Patient", params={"_count": 0}).json()
    assert bundle["total"] == 2
    assert "entry" not in bundle
    assert link(bundle, "next") is None


def test_unknown_parameter_is_ignored_and_said(filled: TestClient) -> None:
    bundle = filled.get("/fhir/Patient", params={"shoe-size": "44", "_id": patients(filled)[0]}).json()
    assert bundle["total"] == 1
    said = [entry["resource"] for entry in bundle["entry"] if entry["search"]["mode"] == "outcome"]
    assert said[0]["issue"][0]["expression"] == ["http.shoe-size"]
    self_link = link(bundle, "self")
    assert self_link
    assert "shoe-size" not in self_link
    assert filled.get(self_link).json()["total"] == 1


def test_unknown_parameter_is_refused_when_strict(filled: TestClient) -> None:
    answered = filled.get("/fhir/Patient", params={"shoe-size": "44"}, headers=STRICT)
    assert answered.status_code == 400
    assert answered.json()["issue"][0]["code"] == "not-supported"


def test_last_updated_is_searched(filled: TestClient) -> None:
    assert filled.get("/fhir/Patient", params={"_lastUpdated": "2026-06-01"}).json()["total"] == 2
    assert filled.get("/fhir/Patient", params={"_lastUpdated": "gt2026-06-01"}).json()["total"] == 0


def test_identifier_with_its_system(filled: TestClient) -> None:
    patient = filled.get("/fhir/Patient").json()["entry"][0]["resource"]
    number = patient["identifier"][0]
    value = f"{number['system']}|{number['value']}"
    assert ids(filled.get("/fhir/Patient", params={"identifier": value}).json()) == [patient["id"]]
    assert filled.get("/fhir/Patient", params={"identifier": f"urn:other|{number['value']}"}).json()["total"] == 0


def test_nothing_found_is_an_empty_bundle(client: TestClient) -> None:
    bundle = client.get("/fhir/Patient").json()
    assert bundle["total"] == 0
    assert "entry" not in bundle


@pytest.mark.parametrize(
    "search",
    [
        "ServiceRequest?patient={}&category=referral&authored=2026-02-03",
        "ServiceRequest?patient={}&code=http://snomed.info/sct|3457005&status=active&intent=order",
        "CarePlan?patient={}&category=assess-plan&status=active",
        "CarePlan?patient={}&category=induction",
        "EpisodeOfCare?patient={}&status=active&type=infusion-course",
        "EpisodeOfCare?identifier=SYN-C-0001",
        "Encounter?patient={}&class=AMB&participant-type=ordering",
    ],
)
def test_course_and_referral_of_one_patient(filled: TestClient, search: str) -> None:
    one = filled.get("/fhir/Patient", params={"identifier": "SYN-0001"}).json()["entry"][0]["resource"]["id"]
    found = filled.get(f"/fhir/{search.format(one)}", headers=STRICT).json()
    assert found["total"] == 1
    resource = found["entry"][0]["resource"]
    assert (resource.get("subject") or resource["patient"])["reference"] == f"Patient/{one}"


def test_visits_of_a_course_by_its_room_and_referral(filled: TestClient) -> None:
    visit = filled.get("/fhir/Encounter", params={"identifier": "SYN-S-0001"}).json()["entry"][0]["resource"]
    for name, target in (
        ("episode-of-care", visit["episodeOfCare"][0]),
        ("based-on", visit["basedOn"][0]),
        ("practitioner", visit["participant"][-1]["individual"]),
        ("location", visit["location"][0]["location"]),
    ):
        found = filled.get("/fhir/Encounter", params={name: target["reference"]}, headers=STRICT).json()
        assert visit["id"] in ids(found), name


def test_nobody_has_a_device_of_the_clinic(filled: TestClient) -> None:
    """The parameter is known, so that asking for a patient's implants does not answer with every pump there is."""
    one, _ = patients(filled)
    assert filled.get("/fhir/Device", params={"type": "infusion-pump"}, headers=STRICT).json()["total"] == 1
    assert filled.get("/fhir/Device", params={"patient": one}, headers=STRICT).json()["total"] == 0
