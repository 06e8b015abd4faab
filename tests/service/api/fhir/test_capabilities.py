"""The CapabilityStatement tells the truth: every type, interaction and parameter it names is honoured."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from golden_sessions import at, record
from starlette.testclient import TestClient

from mappings import RESOURCES
from service.fhirjson import encode
from service.pipeline import Pipeline
from service.store import IndexEntry, index_entries
from service.validation import Validator

FIXTURES = Path(__file__).parents[4] / "fixtures" / "sessions"
CORPUS = ("01-plain-40-minutes.json", "02-pain-4-hours-boluses.json", "05-stopped-for-reaction.json")
STRICT = {"Prefer": "handling=strict"}
# A reaction that goes on after the session, a dose that does not conserve
TROUBLE: dict[str, Any] = {
    "recorded": "2026-03-02T12:00:00-06:00",
    "medications": [{"drug": {"key": "ketamine"}, "recorded_dose": {"value": 1, "unit": "mg"}}],
    "events": [
        at(5, "infusion-start", rate={"value": 60, "unit": "mg/h"}),
        at(20, "reaction", reaction={"key": "headache"}, severity="moderate", outcome="ongoing"),
        at(45, "infusion-stop"),
    ],
}
# No mapping yields these elements yet: such a parameter is proven to leave out, not to find.
ADDRESS = ("address", "address-city", "address-state", "address-postalcode", "address-country")
YIELDED_BY_NO_MAPPING = {
    ("Observation", "performer"),
    *((type_, name) for type_ in ("Organization", "Location") for name in ADDRESS),
    ("PractitionerRole", "specialty"),
    ("PractitionerRole", "location"),
    ("Device", "patient"),
    ("Condition", "encounter"),
    ("Condition", "onset-date"),
    ("Condition", "recorded-date"),
    ("EpisodeOfCare", "date"),
    ("CarePlan", "date"),
}
NOTHING = {"token": "no-such-code", "reference": "no-such-id", "date": "sa9998", "string": "no-such-text"}


@pytest.fixture
def resources(client: TestClient, pipeline: Pipeline) -> list[dict[str, Any]]:
    """Resources that are in the store, by the mappings."""
    found = []
    for content in (*((FIXTURES / name).read_bytes() for name in CORPUS), encode(record(**TROUBLE))):
        receipt = pipeline.receive(content, "test")
        assert receipt.state == "published"
        found += pipeline.dry_run(content).resources
    return found


@pytest.fixture
def statement(client: TestClient) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/fhir/metadata").json()
    return found


def declared(statement: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [
        (resource["type"], param["name"], param["type"])
        for resource in statement["rest"][0]["resource"]
        for param in resource["searchParam"]
    ]


def values(kind: str, entry: IndexEntry) -> list[str]:
    """What to search for, to find a resource with this index row."""
    if kind == "date":
        return [f"ge{entry.a}", f"le{entry.b}"]
    if kind == "reference":
        return [f"{entry.a}/{entry.b}"]
    return [f"{entry.a}|{entry.b}" if kind == "token" else entry.b.replace(",", "\\,")]


def test_statement_is_a_valid_resource(statement: dict[str, Any]) -> None:
    assert statement["fhirVersion"] == "4.0.1"
    errors = [issue for issue in Validator().validate(statement) if issue.is_error]
    assert errors == []


def test_every_mapping_is_there_in_order(statement: dict[str, Any]) -> None:
    assert [r["type"] for r in statement["rest"][0]["resource"]] == [mapping.type for mapping in RESOURCES]


def test_every_parameter_that_is_declared_finds_and_leaves_out(
    client: TestClient, statement: dict[str, Any], resources: list[dict[str, Any]]
) -> None:
    unproven = []
    for type_, name, kind in declared(statement):
        address = f"/fhir/{type_}"
        assert client.get(address, params={name: NOTHING[kind]}, headers=STRICT).json()["total"] == 0, (type_, name)
        found = _value_of(type_, name, resources)
        if found is None:
            unproven.append((type_, name))
            continue
        id_, entry = found
        params = {name: values(kind, entry) if entry else [id_], "_count": "1000"}
        bundle = client.get(address, params=params, headers=STRICT).json()
        assert id_ in [e["resource"]["id"] for e in bundle["entry"]], (type_, name)
    assert set(unproven) <= YIELDED_BY_NO_MAPPING


def _value_of(type_: str, name: str, resources: list[dict[str, Any]]) -> tuple[str, IndexEntry | None] | None:
    """The id of a resource that has the parameter, and an index row of it."""
    mapping = next(mapping for mapping in RESOURCES if mapping.type == type_)
    name = next((param.same_as for param in mapping.search if param.name == name and param.same_as), name)
    for resource in resources:
        if resource["resourceType"] != type_:
            continue
        if name == "_id":
            return resource["id"], None
        if name == "_lastUpdated":
            day = IndexEntry("date", name, "2026-06-01", "2026-06-01")
            return resource["id"], day
        for entry in index_entries(mapping.search, resource):
            if entry.param == f"{type_}.{name}":
                return resource["id"], entry
    return None


def test_every_interaction_that_is_declared_is_mounted(client: TestClient, statement: dict[str, Any]) -> None:
    for resource in statement["rest"][0]["resource"]:
        assert {one["code"] for one in resource["interaction"]} == {"read", "vread", "search-type"}
        for address in (f"/fhir/{resource['type']}/x", f"/fhir/{resource['type']}/x/_history/1"):
            assert client.get(address).json()["issue"][0]["diagnostics"] in ("no such resource", "no such version")
        assert client.get(f"/fhir/{resource['type']}").status_code == 200
