"""The fields that explain names are in the record, and hold something; the elements are those that are published."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain, islice
from random import Random
from typing import Any

import pytest
from golden_sessions import at, record
from strategies import tables

from mappings import RESOURCES, load_clinic, map_session, parse_session
from mappings.explain import Explained, explain_session, leaves
from service import generator
from service.fhirjson import read_json
from tools.goldens import SESSIONS

CLINIC = load_clinic()
Document = dict[str, Any]


def explained(document: Document) -> list[Explained]:
    return explain_session(parse_session(document), CLINIC, RESOURCES)


def fixture_documents() -> Iterator[Document]:
    for path in sorted(SESSIONS.glob("*.*json")):
        data = path.read_bytes()
        yield from (read_json(line) for line in (data.splitlines() if path.suffix == ".ndjson" else [data]))


def generated_documents() -> Iterator[Document]:
    yield from islice(generator.sessions(Random(20261125), "P", tables()), 40)
    yield from islice(generator.wild_sessions(Random(20261125), "W", tables()), 120)


def at_place(value: Any, path: str) -> Any:
    """None where there is nothing."""
    for name, place in re.findall(r"(\w+)|\[(\d+)\]", path):
        try:
            value = value[int(place)] if place else value[name]
        except (KeyError, IndexError, TypeError):
            return None
    return value


def named(found: list[Explained]) -> Iterator[tuple[Explained, str]]:
    return ((one, field) for one in found for field in one.source.split(", ") if one.source)


def test_every_field_that_is_named_holds_something_in_the_document() -> None:
    """In the document as the clinic sent it: what the model assumes where it says nothing is not in it."""
    seen = 0
    for document in chain(fixture_documents(), generated_documents()):
        for one, field in named(explained(document)):
            assert at_place(document, field) not in (None, [], {}), (document["number"], one)
            seen += 1
    assert seen > 10_000


def test_the_elements_are_those_that_are_published() -> None:
    """Each leaf of each published resource stands below an element that is explained, and no other is explained."""
    in_error = ({**document, "status": "entered-in-error"} for document in fixture_documents())
    for document in chain(fixture_documents(), in_error):
        published = {f"{r['resourceType']}/{r['id']}": r for r in map_session(parse_session(document), CLINIC)}
        found = explained(document)
        assert [one for one in found if at_place(published[one.resource], one.element) is None] == []
        told = {(one.resource, one.element) for one in found}
        for name, resource in published.items():
            for path in leaves(resource):
                ends = [match.start() for match in re.finditer(r"\.|$", path)]
                assert {(name, path[:end]) for end in ends} & told, (name, path)


def sources(document: Document, resource: str, element: str) -> set[str]:
    found = [one for one in explained(document) if one.resource.startswith(f"{resource}/") and one.element == element]
    return {one.source for one in found}


def label_sources(document: Document) -> dict[str, set[str]]:
    """Kind of Observation, by its code → what its medication label comes from."""
    found: dict[str, set[str]] = {}
    resources = {f"{r['resourceType']}/{r['id']}": r for r in map_session(parse_session(document), CLINIC)}
    for one in explained(document):
        part = at_place(resources[one.resource], one.element)
        if one.element.startswith("component[") and part["code"] == CLINIC.code("finding", "medication-label"):
            code = resources[one.resource]["code"]["coding"][-1]["code"]
            found.setdefault(code, set()).add(one.source)
    return found


LABELLED = [{"label": "a", "drug": {"key": "ketamine"}}]
RATE = {"value": 30, "unit": "mg/h"}


def test_the_label_of_an_only_medication_comes_from_the_medication() -> None:
    paused = [at(5, "infusion-start", rate=RATE), at(15, "pause"), at(20, "infusion-stop", reason="Nausea")]
    document = record(medications=LABELLED, events=paused)
    found = label_sources(document)
    assert len(found) == 6  # the product, a stretch, a stop, and three totals
    assert set(chain.from_iterable(found.values())) == {"medications[0].label"}
    assert sources(document, "MedicationAdministration", "medicationReference") == {"medications[0].label"}
    assert sources(document, "MedicationRequest", "medicationReference") == {"medications[0].label"}
    assert "events[2].time" in sources(document, "Observation", "effectiveDateTime")


def test_where_it_has_no_label_the_product_itself_is_named() -> None:
    assert set(chain.from_iterable(label_sources(record()).values())) == {"medications[0]"}


def test_a_label_that_an_event_names_comes_from_the_event() -> None:
    two = [*LABELLED, {"label": "b", "drug": {"key": "ketamine"}, "lot": "L2"}]
    events = [
        at(5, "infusion-start", rate=RATE, medication="b"),
        at(15, "pause", medication="b"),
        at(20, "infusion-stop", medication="b"),
    ]
    order = {**record()["order"], "medication": "b"}
    document = record(medications=two, events=events, order=order)
    assert sources(document, "MedicationAdministration", "medicationReference") == {"events[0].medication"}
    assert sources(document, "MedicationRequest", "medicationReference") == {"order.medication"}
    expected = {"events[0].medication", "events[2].medication", "medications[0].label", "medications[1].label"}
    assert set(chain.from_iterable(label_sources(document).values())) == expected


def test_the_product_of_an_infusion_that_was_not_done_is_named() -> None:
    two = [*LABELLED, {"label": "b", "drug": {"key": "ketamine"}, "lot": "L2"}]
    for medications, expected in (
        (two, {"medications[0].label", "medications[1].label"}),
        (two[:1], {"medications[0].label"}),
    ):
        document = record(status="not-done", status_reason="Ate", medications=medications, events=[], order=None)
        assert sources(document, "MedicationAdministration", "medicationReference") == expected


def test_the_rate_of_a_resumption_comes_from_the_event_that_charted_it() -> None:
    """Of the same medication, though another was charted in between."""
    two = [*LABELLED, {"label": "b", "drug": {"key": "ketamine"}, "lot": "L2"}]
    events = [
        at(5, "infusion-start", rate=RATE, medication="a"),
        at(10, "rate-change", rate={**RATE, "value": 40}, medication="a"),
        at(12, "infusion-start", rate=RATE, medication="b"),
        at(15, "pause", medication="a"),
        at(20, "resume", medication="a"),
        at(25, "pause", medication="a"),
        at(30, "resume", medication="a"),
        at(40, "infusion-stop", medication="a"),
        at(41, "infusion-stop", medication="b"),
    ]
    document = record(medications=two, events=events, order=None)
    found = [one.source for one in explained(document) if one.element == "dosage.rateQuantity"]
    assert found == ["events[0].rate", "events[1].rate", "events[1].rate", "events[1].rate", "events[2].rate"]


def test_each_of_several_fields_has_its_place() -> None:
    person = {"npi": "1234567893", "id": "n1", "family": "Synthetic-Nurse", "role": "administering"}
    document = record(staff=[{**person, "npi": "1245319599", "id": "n0"}, person])
    wanted = {"staff[0].npi, staff[0].id", "staff[1].npi, staff[1].id"}
    assert sources(document, "Practitioner", "identifier[0]") == wanted


def test_a_diagnosis_has_its_place() -> None:
    document = record(indications=[{"key": "mdd-recurrent-severe"}, {"text": "Low mood"}])
    assert sources(document, "Condition", "code") == {"indications[0]", "indications[1]"}


def test_what_says_that_a_session_was_in_error_comes_from_its_status() -> None:
    reaction = at(20, "reaction", reaction={"text": "Felt odd"}, severity="severe", outcome="ongoing")
    document = record(status="entered-in-error", events=[*record()["events"], reaction])
    told = {one.element for one in explained(document) if one.resource.startswith("AdverseEvent/")}
    assert told.isdisjoint({"severity", "seriousness", "outcome", "category[0]", "suspectEntity[0]"})
    assert sources(document, "AdverseEvent", "event") == {"status"}
    assert sources(document, "Condition", "clinicalStatus") == set()
    assert sources(document, "Condition", "verificationStatus") == {"status"}
    assert sources(document, "Observation", "status") == {"status"}


@pytest.mark.parametrize(
    ("changes", "absent"), [({"staff": []}, "staff"), ({"preparation": {}}, "preparation"), ({"end": None}, "end")]
)
def test_what_the_record_does_not_hold_is_not_named(changes: Document, absent: str) -> None:
    fields = {field for _, field in named(explained(record(**changes)))}
    assert [field for field in fields if re.match(rf"{absent}\b", field)] == []
    assert "medications[0].drug" in fields
