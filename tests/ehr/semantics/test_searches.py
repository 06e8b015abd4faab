"""Searches, as FHIR says: asked of the sandbox and of HAPI."""

from __future__ import annotations

import httpx
from ehr.ehrs import Server
from ehr.plain import SYSTEM, found, observation, patient, where

from service.sync.references import query


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
