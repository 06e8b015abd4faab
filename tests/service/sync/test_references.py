"""Resources are sent as they were stored, but for our stamp and for references that must read differently there."""

from __future__ import annotations

from decimal import Decimal

import pytest

from service.fhirjson import encode, read_json, stamp
from service.sync.references import id_in, query, rewritten, unstamped

ID = "0a1b"
CONTENT = (
    b'{"resourceType":"Observation","id":"0a1b","meta":{"source":"urn:x"},"subject":{"reference":"Patient/p1",'
    b'"display":"somebody"},"partOf":[{"reference":"Procedure/q"}],"valueQuantity":{"value":0.50},"note":"Patient/p1"}'
)


def test_our_stamp_is_taken_off_and_nothing_else() -> None:
    assert unstamped(stamp(CONTENT, 7, "2026-03-02T09:00:00Z")) == CONTENT


def test_without_anything_to_replace_the_stored_bytes_are_sent() -> None:
    assert rewritten(CONTENT, {"Patient/other": "Patient/1", "Patient/p": "Patient/2"}, ID) is CONTENT


def test_references_are_replaced_wherever_they_are_and_nothing_else_is() -> None:
    sent = read_json(rewritten(CONTENT, {"Patient/p1": "Patient/77", "Procedure/q": "urn:uuid:q"}, ID))
    assert sent["subject"] == {"reference": "Patient/77", "display": "somebody"}
    assert sent["partOf"] == [{"reference": "urn:uuid:q"}]
    assert sent["note"] == "Patient/p1"
    assert sent["valueQuantity"]["value"] == Decimal("0.50")


def test_digits_survive_a_rewriting() -> None:
    assert b'"value":0.50}' in rewritten(CONTENT, {"Patient/p1": "Patient/77"}, None)


def test_what_is_not_there_is_referred_to_by_its_identifier() -> None:
    sent = read_json(rewritten(CONTENT, {"Patient/p1": {"system": "urn:s", "value": "p1"}}, ID))
    assert sent["subject"] == {"display": "somebody", "identifier": {"system": "urn:s", "value": "p1"}}


@pytest.mark.parametrize(("id_", "expected"), [(None, None), ("77", "77"), (ID, ID)])
def test_a_resource_goes_under_the_id_it_has_there(id_: str | None, expected: str | None) -> None:
    sent = rewritten(CONTENT, {}, id_)
    assert read_json(sent).get("id") == expected
    assert sent.startswith(b'{"resourceType":"Observation",')


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("Observation/1/_history/2", ("1", "2")),
        ("https://ehr.example/fhir/Observation/a-b.c/_history/2", ("a-b.c", "2")),
        ("Observation/1", ("1", None)),
        ("MyObservation/1", None),
        ("Patient/1/_history/2", None),
        ("Observation/", None),
        ("Observation/..", None),
        ("Observation/../_history/1", None),
        (None, None),
        (7, None),
    ],
)
def test_id_and_version_are_read_out_of_a_location(location: object, expected: tuple[str, str | None] | None) -> None:
    assert id_in(location, "Observation") == expected


def test_a_query_is_escaped_as_fhir_and_as_urls_ask_for() -> None:
    assert query("https://a.example/id", "x y&z") == "identifier=https%3A%2F%2Fa.example%2Fid%7Cx%20y%26z"
    assert query("s", "a|b,c$d\\e") == "identifier=s%7Ca%5C%7Cb%5C%2Cc%5C%24d%5C%5Ce"


def test_a_made_up_resource_is_written_as_it_was_read() -> None:
    assert encode(read_json(CONTENT)) == CONTENT
