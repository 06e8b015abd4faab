"""The forms of R4's primitive types, and their extensions."""

from __future__ import annotations

import base64
import time
from decimal import Decimal
from typing import Any

import pytest
from conformance.corpus.mutants import samples
from damaged import damaged

from service.validation import full_judgement
from service.validation.primitives import CHECKS, is_language

SAMPLES = {sample.type: sample.resource for sample in samples() if sample.rich}

RIGHT: dict[str, list[Any]] = {
    "base64Binary": ["QUJD", "QUI=", "QQ==", " QUJD QUJD\n"],
    "canonical": ["http://x.example/y|1.0", "urn:oid:2.16.840.1", "#a"],
    "code": ["a", "two words", "a-b"],
    "dateTime": ["2026", "2026-03", "2026-03-02", "2026-03-02T10:00:00Z", "2016-12-31T23:59:60Z", "2026-03-02T10:00:00.123456789-06:00"],
    "decimal": [0, Decimal("0.50"), Decimal("1E+2")],
    "integer": [-3, 2147483647],
    "string": ["a", " ", "a\x0bb", "no\u00a0break"],
    "time": ["23:59:59.999", "00:00:00", "10:00:60"],
    "uri": ["http://x.example", "urn:uuid:0647f51b-f49b-52e9-977d-4f59ee7efe62", "urn:oid:2.16.840", "relative/x", "mailto:a@x.example"],
}  # fmt: skip
WRONG: dict[str, list[Any]] = {
    "base64Binary": ["A", "AAA", "AA=A", "====", "QUJD*", "not base64!", " ", "", "ä"],
    "canonical": ["Questionnaire/1", "a b"],
    "code": ["", " a", "a ", "two  blanks", "a\tb"],
    "dateTime": ["2026-02-30", "2026-03-02T10:00:00", "2026-03-02T10:00Z", "2026-03-02T24:00:00Z", "2026-03-02T10:00:00z", "0000", " "],
    "decimal": ["1", True],
    "integer": [Decimal("3.0"), 2147483648, True, "3"],
    "positiveInt": [0, -1],
    "string": ["", 3, None],
    "time": ["24:00:00", "10:00", "10:00:00Z"],
    "uri": ["a b", "", "urn:uuid:0647f51b", "urn:oid:banana", "urn:uuid:0647F51B-F49B-52E9-977D-4F59EE7EFE62"],
}  # fmt: skip


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in RIGHT.items() for value in values])
def test_a_right_form(name: str, value: Any) -> None:
    assert CHECKS[name](value)


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in WRONG.items() for value in values])
def test_a_wrong_form(name: str, value: Any) -> None:
    assert not CHECKS[name](value)


@pytest.mark.parametrize("tag", ["en", "en-US", "de-CH-1996", "zh-Hant-TW", "es-419", "x-clinic", "sl-rozaj-biske"])
def test_a_language(tag: str) -> None:
    assert is_language(tag)


@pytest.mark.parametrize("tag", ["english", "x y", "e", "en_US", "banana-republic-1", "", "en-"])
def test_no_language(tag: str) -> None:
    assert not is_language(tag)


def test_base64_that_is_none_is_refused_at_once() -> None:
    page = base64.b64encode(b"A page of text. " * 20_000).decode()
    started = time.perf_counter()
    assert not CHECKS["base64Binary"]("AAAA " * 40_000 + "!")
    assert CHECKS["base64Binary"](page)
    assert time.perf_counter() - started < 1  # an expression with two ways to read a space takes longer than a life


REASON = {"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unknown"}
BESIDE: list[tuple[str, list[tuple[str, Any]], str]] = [
    ("an extension beside a value", [("_birthDate", {"extension": [REASON]})], ""),
    ("an id beside a value", [("_birthDate", {"id": "a"})], ""),
    ("an extension instead of a value", [("birthDate", ...), ("_birthDate", {"extension": [REASON]})], ""),
    ("extensions of members", [("name.0.given", ["Kim", None]), ("name.0._given", [None, {"extension": [REASON]}])], ""),
    ("extensions beyond members", [("name.0.given", ["Kim"]), ("name.0._given", [None, {"extension": [REASON]}])], ""),
    ("an id instead of a value", [("birthDate", ...), ("_birthDate", {"id": "a"})], "Patient.birthDate"),
    ("an extension instead of a required code", [("gender", ...), ("_gender", {"extension": [REASON]})], "Patient.gender"),
    ("an element without a name", [("", "x")], "Patient."),
    ("nothing beside a value", [("_birthDate", {})], "Patient._birthDate"),
    ("a text beside a value", [("_birthDate", "x")], "Patient._birthDate"),
    ("a faulty extension beside a value", [("_birthDate", {"extension": [{"url": "urn:x:y"}]})], "Patient._birthDate.extension[0]"),
    ("an unknown element beside a value", [("_birthDate", {"colour": "blue"})], "Patient._birthDate.colour"),
    ("an extension of what is no primitive", [("_maritalStatus", {"extension": [REASON]})], "Patient._maritalStatus"),
    ("an extension of nothing", [("_colour", {"extension": [REASON]})], "Patient._colour"),
    ("nulls on both sides", [("name.0.given", [None, "Kim"]), ("name.0._given", [None, None])], "Patient.name[0].given[0]"),
    ("a null", [("name.0.given", ["Kim", None])], "Patient.name[0].given[1]"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "place"), [row[1:] for row in BESIDE], ids=[row[0] for row in BESIDE])
def test_what_stands_beside_a_primitive(changes: list[tuple[str, Any]], place: str) -> None:
    places = [issue.expression[0] for issue in full_judgement(damaged(SAMPLES["Patient"], *changes))]
    assert (place in places) if place else places == []


def value(**elements: Any) -> dict[str, Any]:
    return damaged(SAMPLES["Patient"], ("extension", [{"url": "urn:x:y", **elements}]))


@pytest.mark.parametrize("elements", [{"valueUuid": "urn:uuid:0647f51b-f49b-52e9-977d-4f59ee7efe62"}, {"valueMeta": {"versionId": "1"}},
                                      {"valueString": "a", "_valueString": {"id": "b"}}])  # fmt: skip
def test_what_fhir_resources_has_wrong_is_taken(elements: dict[str, Any]) -> None:
    assert full_judgement(value(**elements)) == []


@pytest.mark.parametrize(("reference", "is_right"), [
    ({"reference": "Organization/1"}, True),
    ({"reference": "Organization/1/_history/2"}, True),
    ({"reference": "https://ehr.example/fhir/Organization/1"}, True),
    ({"reference": "https://ehr.example/anything"}, True),
    ({"reference": "urn:uuid:0647f51b-f49b-52e9-977d-4f59ee7efe62"}, True),
    ({"reference": "Organization/1", "type": "Organization"}, True),
    ({"display": "somebody"}, True),
    ({"reference": "https://ehr.example/fhir/Patient/1"}, False),
    ({"reference": "Zebra/1"}, False),
    ({"reference": "Organization/1", "type": "Patient"}, False),
    ({"type": "Patient", "display": "somebody"}, False),
    ({"reference": "organization/1"}, False),
    ({"reference": "Organization/a b"}, False),
    ({"id": "a"}, False),
])  # fmt: skip
def test_a_reference(reference: dict[str, Any], is_right: bool) -> None:
    assert (full_judgement(damaged(SAMPLES["Patient"], ("managingOrganization", reference))) == []) == is_right
