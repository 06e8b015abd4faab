"""FHIR R4 JSON, in every spelling, and nothing else."""

from __future__ import annotations

import pytest

from service.api.fhir.negotiation import ANY, JSON, accepts


@pytest.mark.parametrize(
    "wanted",
    [
        "*/*",
        "application/*",
        "application/json",
        "application/fhir+json",
        "Application/FHIR+JSON; charset=utf-8",
        "application/fhir+json; fhirVersion=4.0",
        'application/fhir+json;fhirVersion="4.0"',
        "application/fhir+xml, application/fhir+json;q=0.5",
        "text/html,application/xhtml+xml,*/*;q=0.8",
    ],
)
def test_r4_json_is_served(wanted: str) -> None:
    assert accepts(wanted, JSON | ANY)


@pytest.mark.parametrize(
    "wanted",
    [
        "",
        "text/html",
        "application/fhir+xml",
        "application/fhir+json; fhirVersion=3.0",
        "application/fhir+json; fhirVersion=5.0",
        "application/fhir+json;q=0",
        "application/json;q=0.000, text/html",
    ],
)
def test_anything_else_is_not(wanted: str) -> None:
    assert not accepts(wanted, JSON | ANY)


def test_format_takes_no_wildcard() -> None:
    assert accepts("json", JSON)
    assert not accepts("*/*", JSON)
