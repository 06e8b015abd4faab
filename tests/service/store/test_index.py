"""A resource is found by the elements that its search parameters name."""

from __future__ import annotations

from typing import Any

import pytest

from mappings.resource import SearchParam
from service.store import IndexEntry, index_entries

DAY = ("2026-03-02T00:00:00.000000Z", "2026-03-02T23:59:59.999999Z")


def values(kind: str, path: str, **elements: Any) -> list[tuple[str, str]]:
    param = SearchParam("x", kind, (path,))  # type: ignore[arg-type]
    return [(entry.a, entry.b) for entry in index_entries([param], {"resourceType": "Observation", **elements})]


def test_an_entry_names_type_and_parameter() -> None:
    param = SearchParam("code", "token", ("code",))
    resource = {"resourceType": "Observation", "code": {"coding": [{"system": "urn:s", "code": "c"}]}}
    assert index_entries([param], resource) == (IndexEntry("token", "Observation.code", "urn:s", "c"),)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"coding": [{"system": "s", "code": "a"}, {"code": "b"}], "text": "t"}, [("s", "a"), ("", "b")]),
        ({"text": "only text"}, []),
        ([{"coding": [{"code": "a"}]}, {"coding": [{"code": "b"}]}], [("", "a"), ("", "b")]),
        ({"system": "s", "code": "a", "display": "d"}, [("s", "a")]),
        ({"system": "s", "value": "v", "use": "usual"}, [("s", "v")]),
        ([{"system": "phone", "value": "555"}], [("phone", "555")]),
        ("final", [("", "final")]),
        (True, [("", "true")]),
        (False, [("", "false")]),
        ({"value": "without system"}, [("", "without system")]),
        (["a", "a"], [("", "a")]),
        (None, []),
    ],
)
def test_tokens(value: Any, expected: list[tuple[str, str]]) -> None:
    assert values("token", "x", x=value) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Patient/p1", [("Patient", "p1")]),
        ("Patient/p1/_history/2", [("Patient", "p1")]),
        ("https://other.example/fhir/Patient/p1", [("", "https://other.example/fhir/Patient/p1")]),
        ("urn:uuid:1", [("", "urn:uuid:1")]),
        ("#contained", []),
    ],
)
def test_references(text: str, expected: list[tuple[str, str]]) -> None:
    assert values("reference", "subject", subject={"reference": text}) == expected


def test_a_reference_by_identifier_alone_is_not_indexed() -> None:
    assert values("reference", "subject", subject={"identifier": {"value": "1"}}) == []


@pytest.mark.parametrize(
    ("elements", "expected"),
    [
        ({"effectiveDateTime": "2026-03-02"}, [DAY]),
        ({"effectivePeriod": {"start": "2026-03-02", "end": "2026-03-02"}}, [DAY]),
        ({"effectivePeriod": {"start": "2026-03-02"}}, [(DAY[0], "9999-12-31T23:59:59.999999Z")]),
        ({"effectivePeriod": {"end": "2026-03-02"}}, [("0001-01-01T00:00:00.000000Z", DAY[1])]),
        ({"effectivePeriod": {}}, []),
        ({"effectiveTiming": {"event": ["2026-03-02", "2026-03-02"]}}, [DAY]),
        ({"effectiveTiming": {"repeat": {"count": 2}}}, []),
        ({"effectiveness": "2026-03-02"}, []),
    ],
)
def test_dates_and_the_choice_of_their_type(elements: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    assert values("date", "effective", **elements) == expected


def test_strings_are_the_parts_of_names_and_addresses_folded() -> None:
    name = [{"use": "official", "family": "Großmann", "given": ["Ada", "B"], "period": {"start": "2020"}}]
    assert values("string", "name", name=name) == [("", "grossmann"), ("", "ada"), ("", "b")]
    assert values("string", "name", name="Clinic") == [("", "clinic")]


def test_a_dotted_path_looks_into_lists() -> None:
    participants = [{"individual": {"reference": f"Practitioner/{n}"}} for n in (1, 2)]
    found = values("reference", "participant.individual", participant=[*participants, {"type": []}])
    assert found == [("Practitioner", "1"), ("Practitioner", "2")]


def test_several_paths_make_one_parameter() -> None:
    param = SearchParam("x", "token", ("a", "b", "missing"))
    found = index_entries([param], {"resourceType": "T", "a": "1", "b": "2"})
    assert [entry.b for entry in found] == ["1", "2"]
