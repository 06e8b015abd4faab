"""From parameters to criteria: comma, repetition, escapes, references, tokens, dates."""

from __future__ import annotations

import pytest

from mappings.resource import ResourceMapping, SearchParam
from service.api.fhir.criteria import MAX_COUNT, Query, read_query
from service.errors import Rejected
from service.store import Criterion, DateCriterion, IdCriterion, StringCriterion, TokenCriterion

BASE = "https://bridge.example/fhir"
MAPPING = ResourceMapping(
    "Observation",
    lambda _: [],
    search=(
        SearchParam("code", "token", ("code",)),
        SearchParam("patient", "reference", ("subject",), target=("Patient",)),
        SearchParam("performer", "reference", ("performer",), target=("Practitioner", "Organization")),
        SearchParam("date", "date", ("effective",)),
        SearchParam("name", "string", ("name",)),
    ),
)


def query(*pairs: tuple[str, str]) -> Query:
    return read_query(MAPPING, pairs, BASE)


def one(name: str, value: str) -> Criterion:
    (found,) = query((name, value)).criteria
    return found


@pytest.mark.parametrize(
    ("value", "any_of"),
    [
        ("a", ((None, "a"),)),
        ("s|a", (("s", "a"),)),
        ("|a", (("", "a"),)),
        ("s|", (("s", None),)),
        ("a,s|b", ((None, "a"), ("s", "b"))),
        (r"a\,b", ((None, "a,b"),)),
        (r"a\|b", ((None, "a|b"),)),
        (r"a\\,b", ((None, "a\\"), (None, "b"))),
    ],
)
def test_tokens(value: str, any_of: tuple[tuple[str | None, str | None], ...]) -> None:
    assert one("code", value) == TokenCriterion("code", any_of)


@pytest.mark.parametrize("value", ["|", "a|b|c", ",", "a,"])
def test_token_without_meaning_is_refused(value: str) -> None:
    with pytest.raises(Rejected):
        query(("code", value))


@pytest.mark.parametrize(
    "value", ["1", "Patient/1", f"{BASE}/Patient/1", "Patient/1/_history/2", f"{BASE}/Patient/1/_history/2"]
)
def test_references_to_one_type_mean_the_same(value: str) -> None:
    assert one("patient", value) == TokenCriterion("patient", (("Patient", "1"),))


def test_reference_elsewhere_is_kept_whole() -> None:
    url = "https://other.example/fhir/Patient/1"
    assert one("patient", url) == TokenCriterion("patient", (("", url),))


def test_bare_id_of_several_types_is_of_any() -> None:
    assert one("performer", "1") == TokenCriterion("performer", ((None, "1"),))
    assert one("performer:Practitioner", "1") == TokenCriterion("performer", (("Practitioner", "1"),))


def test_dates_become_intervals() -> None:
    day = ("2026-03-02T00:00:00.000000Z", "2026-03-02T23:59:59.999999Z")
    assert one("date", "2026-03-02") == DateCriterion("date", (("eq", *day),))
    assert one("date", "ge2026-03-02") == DateCriterion("date", (("ge", *day),))


def test_bare_plus_of_an_offset_is_understood() -> None:
    assert one("date", "2026-03-02T10:00:00 01:00") == one("date", "2026-03-02T09:00:00Z")


def test_strings_are_folded() -> None:
    assert one("name", "Straße,X") == StringCriterion("name", ("strasse", "x"))


def test_ids_and_repetition() -> None:
    found = query(("_id", "a,b"), ("code", "x"), ("code", "y"))
    assert found.criteria[0] == IdCriterion(("a", "b"))
    assert len(found.criteria) == 3


@pytest.mark.parametrize(
    "name", ["code:not", "date:missing", "name:exact", "patient:Group", "_id:x", "patient:identifier"]
)
def test_modifier_that_is_not_honoured_is_refused(name: str) -> None:
    with pytest.raises(Rejected) as refused:
        query((name, "2026"))
    assert refused.value.issues[0].code == "not-supported"


@pytest.mark.parametrize("name", ["colour", "patient.name", "_sort", "_has:Observation:patient:code"])
def test_unknown_parameter_is_noted_and_not_used(name: str) -> None:
    found = query((name, "x"), ("code", "a"))
    assert [issue.expression for issue in found.ignored] == [(f"http.{name}",)]
    assert found.used == [("code", "a")]


def test_parameter_without_a_value_is_noted() -> None:
    assert len(query(("code", "")).ignored) == 1


def test_name_that_cannot_be_one_is_not_said_back() -> None:
    assert query(("Anna Schmidt, 1984", "x")).ignored[0].expression == ("http",)


@pytest.mark.parametrize(("value", "count"), [("0", 0), ("7", 7), ("99999", MAX_COUNT)])
def test_count_has_an_upper_end(value: str, count: int) -> None:
    assert query(("_count", value)).count == count


@pytest.mark.parametrize("value", ["", "x", "-1", "1.5", "²", "9" * 20])
def test_count_that_is_no_number_is_refused(value: str) -> None:
    with pytest.raises(Rejected):
        query(("_count", value))
