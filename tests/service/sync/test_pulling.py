"""Reading a patient at a destination: every page, within limits, and never from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import httpx
import pytest
import respx
from golden_sessions import session

from mappings import load_clinic, map_session
from mappings.reading.draft import Draft
from service.errors import Conflict, Unavailable
from service.sync import Destination
from service.sync.ehr import MAX_PAGE, Ehr
from service.sync.pulling import MOST_PAGES, pull

BASE = "https://ehr.example/fhir"
CLINIC = load_clinic()
OURS = next(r for r in map_session(session(), CLINIC) if r["resourceType"] == "Patient")
ICD = "http://hl7.org/fhir/sid/icd-10-cm"
MORE = "there are more than are read at once: the rest was left out"
NOT_FOLLOWED = "the link to the next page was not followed: the rest was left out"


@pytest.fixture
def router() -> respx.MockRouter:
    found = respx.MockRouter(assert_all_called=False)
    found.get(f"{BASE}/Patient/p").respond(200, json={"resourceType": "Patient", "id": "p"})
    return found


@pytest.fixture
def ehr(router: respx.MockRouter) -> Iterator[Ehr]:
    with closing(Ehr(Destination(name="north", base_url=BASE), httpx.MockTransport(router.handler))) as made:
        yield made


def read(ehr: Ehr) -> Draft:
    return pull(ehr, CLINIC, OURS, "p", None)


def page(*codes: str, following: Any = None) -> dict[str, Any]:
    about = {"subject": {"reference": "Patient/p"}}
    active = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "active"}]}
    resources = [
        {
            "resourceType": "Condition",
            "id": one,
            "clinicalStatus": active,
            **about,
            "code": {"coding": [{"system": ICD, "code": one}]},
        }
        for one in codes
    ]
    link = (
        {}
        if following is None
        else {"link": [{"relation": "self", "url": "x"}, {"relation": "next", "url": following}]}
    )
    return {"resourceType": "Bundle", "type": "searchset", **link, "entry": [{"resource": one} for one in resources]}


def conditions(router: respx.MockRouter, *pages: dict[str, Any] | httpx.Response) -> respx.Route:
    answers = [one if isinstance(one, httpx.Response) else httpx.Response(200, json=one) for one in pages]
    found = router.get(url__regex=rf"{BASE}(/Condition|/)?\?.*").mock(side_effect=answers)
    router.get(url__startswith=f"{BASE}/ServiceRequest").respond(200, json=page())
    return found


def codes(draft: Draft) -> list[str]:
    return [one["code"] for one in draft.record.get("indications", [])]


def remarks(draft: Draft, source: str = "Condition") -> list[str]:
    return [one.reason for one in draft.unused if one.source == source]


def test_every_page_is_read(router: respx.MockRouter, ehr: Ehr) -> None:
    asked = conditions(router, page("A1", following=f"{BASE}?page=2"), page("A2", following="?page=3"), page("A3"))
    assert codes(read(ehr)) == ["A1", "A2", "A3"]
    assert [call.request.url.query.decode() for call in asked.calls] == ["patient=p&_count=100", "page=2", "page=3"]


@pytest.mark.parametrize("link", ["https://elsewhere.example/fhir?page=2", "//elsewhere.example/", "/token", "ftp://x"])
def test_a_next_page_elsewhere_is_not_read(router: respx.MockRouter, ehr: Ehr, link: str) -> None:
    conditions(router, page("A1", following=link))
    draft = read(ehr)
    assert (codes(draft), remarks(draft)) == (["A1"], [NOT_FOLLOWED])


def test_pages_without_end_are_not_read_to_their_end(router: respx.MockRouter, ehr: Ehr) -> None:
    asked = conditions(router, *[page(f"A{n}", following=f"?page={n}") for n in range(MOST_PAGES * 2)])
    draft = read(ehr)
    assert (len(codes(draft)), asked.call_count, remarks(draft)) == (MOST_PAGES + 1, MOST_PAGES + 1, [MORE])


def test_pages_in_a_circle_are_left(router: respx.MockRouter, ehr: Ehr) -> None:
    conditions(router, page("A1", following="?page=1"), page("A2", following="?page=1"))
    draft = read(ehr)
    assert (codes(draft), remarks(draft)) == (["A1", "A2"], [MORE])


def test_too_many_are_cut_off(router: respx.MockRouter, ehr: Ehr) -> None:
    many = [f"A{n}" for n in range(1_200)]
    conditions(router, page(*many, following="?page=2"))
    draft = read(ehr)
    assert (len(codes(draft)), remarks(draft)) == (1_000, [MORE])


def test_a_page_that_is_too_large_is_not_taken(router: respx.MockRouter, ehr: Ehr) -> None:
    conditions(router, httpx.Response(200, content=b" " * (MAX_PAGE + 1)))
    with pytest.raises(Unavailable):
        read(ehr)


def test_what_cannot_be_searched_is_said(router: respx.MockRouter, ehr: Ehr) -> None:
    conditions(router, httpx.Response(403))
    assert remarks(read(ehr)) == ["cannot be searched there"]


@pytest.mark.parametrize("status", [404, 410])
def test_a_record_that_is_gone_is_said(router: respx.MockRouter, ehr: Ehr, status: int) -> None:
    router.get(f"{BASE}/Patient/p").respond(status)
    with pytest.raises(Conflict, match="not there"):
        read(ehr)


@pytest.mark.parametrize("body", [{}, [], {"resourceType": "Patient", "id": "q"}, {"resourceType": "Group", "id": "p"}])
def test_somebody_else_is_not_taken_for_the_patient(router: respx.MockRouter, ehr: Ehr, body: Any) -> None:
    router.get(f"{BASE}/Patient/p").respond(200, json=body)
    with pytest.raises(Conflict, match="not this patient"):
        read(ehr)


REFERRERS = {
    "Practitioner/d": True,
    f"{BASE}/Practitioner/d": True,
    "PractitionerRole/r": True,
    "PractitionerRole/loop": False,
    "https://elsewhere.example/fhir/Practitioner/d": False,
    "https://ehr.example/fhirs/Practitioner/d": False,
    "Practitioner/..": False,
    "Practitioner/d?x=1": False,
    "Organization/o": False,
    "#contained": False,
}


@pytest.mark.parametrize("reference", REFERRERS)
def test_who_referred_is_read_there_or_nowhere(router: respx.MockRouter, ehr: Ehr, reference: str) -> None:
    conditions(router, page())
    doctor = {"resourceType": "Practitioner", "id": "d", "name": [{"family": "Synthetic-Referrer"}]}
    router.get(f"{BASE}/Practitioner/d").respond(200, json=doctor)
    for role, behind in (("r", "Practitioner/d"), ("loop", "PractitionerRole/loop")):
        body = {"resourceType": "PractitionerRole", "id": role, "practitioner": {"reference": behind}}
        router.get(f"{BASE}/PractitionerRole/{role}").respond(200, json=body)
    request = {
        "resourceType": "ServiceRequest",
        "id": "r1",
        "status": "active",
        "subject": {"reference": "Patient/p"},
        "category": [{"text": "Referral"}],
        "requester": {"reference": reference},
    }
    router.get(url__startswith=f"{BASE}/ServiceRequest").respond(200, json={"entry": [{"resource": request}]})
    assert ("referral" in read(ehr).record) is REFERRERS[reference]
    assert all(call.request.url.host == "ehr.example" for call in router.calls)
