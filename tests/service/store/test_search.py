"""Search: AND across criteria, OR within one, dates as intervals, pages without gaps while others write."""

from __future__ import annotations

from datetime import timedelta

import pytest
from made_up import NOW, item, patient, publish, token

from service.store import (
    Criterion,
    DateCriterion,
    IdCriterion,
    IndexEntry,
    Store,
    StringCriterion,
    TokenCriterion,
    interval,
)

KIND = "Observation"


def found(store: Store, *criteria: Criterion) -> list[str]:
    return [row.id for row in store.search(KIND, criteria, 50).rows]


def dated(id_: str, start: str, end: str | None = None) -> object:
    entry = IndexEntry("date", f"{KIND}.date", interval(start)[0], interval(end or start)[1])
    return item(KIND, id_, entry)


def by_date(prefix: str, text: str) -> DateCriterion:
    return DateCriterion("date", ((prefix, *interval(text)),))


@pytest.fixture
def coded(store: Store) -> Store:
    """a: s1|x, patient p1; b: s2|x, patient p2; c: x without system, patient p1; d: another parameter."""
    p1, p2 = token(f"{KIND}.patient", "Patient", "p1"), token(f"{KIND}.patient", "Patient", "p2")
    publish(
        store,
        "S-1",
        [
            item(KIND, "a", token(f"{KIND}.code", "s1", "x"), p1),
            item(KIND, "b", token(f"{KIND}.code", "s2", "x"), token(f"{KIND}.code", "s2", "y"), p2),
            item(KIND, "c", token(f"{KIND}.code", "", "x"), p1),
            item(KIND, "d", token(f"{KIND}.status", "", "x"), p1),
            item("Procedure", "e", token("Procedure.code", "s1", "x"), p1),
        ],
    )
    return store


@pytest.mark.parametrize(
    ("system", "code", "expected"),
    [
        (None, "x", ["a", "b", "c"]),
        ("s1", "x", ["a"]),
        ("", "x", ["c"]),
        ("s2", None, ["b"]),
        ("s1", "y", []),
        (None, "X", []),
    ],
)
def test_tokens(coded: Store, system: str | None, code: str | None, expected: list[str]) -> None:
    assert found(coded, TokenCriterion("code", ((system, code),))) == expected


def test_or_within_and_across(coded: Store) -> None:
    either = TokenCriterion("code", (("s1", "x"), (None, "y")))
    assert found(coded, either) == ["a", "b"]
    assert found(coded, either, TokenCriterion("patient", (("Patient", "p1"),))) == ["a"]
    assert found(coded, either, TokenCriterion("patient", ((None, "p3"),))) == []


def test_without_criteria_everything_of_the_type(coded: Store) -> None:
    assert found(coded) == ["a", "b", "c", "d"]


def test_by_id(coded: Store) -> None:
    assert found(coded, IdCriterion(("c", "a", "e", "missing"))) == ["a", "c"]


# the resources' times against a parameter of one day, 2 March: name, start, end
PERIODS = {
    "before": ("2026-03-01T10:00:00Z", "2026-03-01T11:00:00Z"),
    "into": ("2026-03-01T23:00:00Z", "2026-03-02T01:00:00Z"),
    "within": ("2026-03-02T10:00:00Z", "2026-03-02T11:00:00Z"),
    "around": ("2026-03-01", "2026-03-03"),
    "out": ("2026-03-02T23:00:00Z", "2026-03-03T01:00:00Z"),
    "after": ("2026-03-03T10:00:00Z", "2026-03-03T11:00:00Z"),
}


@pytest.mark.parametrize(
    ("prefix", "expected"),
    [
        ("eq", {"within"}),
        ("ne", {"before", "into", "around", "out", "after"}),
        ("gt", {"around", "out", "after"}),
        ("lt", {"before", "into", "around"}),
        ("ge", {"into", "within", "around", "out", "after"}),
        ("le", {"before", "into", "within", "around", "out"}),
        ("sa", {"after"}),
        ("eb", {"before"}),
    ],
)
def test_date_prefixes_compare_intervals(store: Store, prefix: str, expected: set[str]) -> None:
    publish(store, "S-1", [dated(name, *span) for name, span in PERIODS.items()])  # type: ignore[misc]
    assert set(found(store, by_date(prefix, "2026-03-02"))) == expected


def test_twice_a_date_is_a_range_and_open_periods_reach_for_ever(store: Store) -> None:
    going_on = IndexEntry("date", f"{KIND}.date", interval("2026-01-01")[0], "9999-12-31T23:59:59.999999Z")
    publish(store, "S-1", [dated("in", "2026-03-15"), dated("out", "2026-04-15"), item(KIND, "on", going_on)])  # type: ignore[list-item]
    assert found(store, by_date("ge", "2026-03"), by_date("lt", "2026-04")) == ["in", "on"]
    assert found(store, by_date("gt", "2090")) == ["on"]


def test_last_updated(store: Store) -> None:
    publish(store, "S-1", [item(KIND, "old")])
    publish(store, "S-2", [item(KIND, "new")], now=NOW + timedelta(days=1))
    criterion = DateCriterion("_lastUpdated", (("ge", *interval("2026-03-03")),))
    assert found(store, criterion) == ["new"]
    assert found(store, DateCriterion("_lastUpdated", (("eq", *interval("2026-03-02")),))) == ["old"]


def test_strings_begin_with_the_text_and_wildcards_are_letters(store: Store) -> None:
    names = {"a": "ada", "b": "adam", "c": "100%", "d": "a_b"}
    publish(store, "S-1", [item(KIND, i, IndexEntry("string", f"{KIND}.name", "", t)) for i, t in names.items()])
    assert found(store, StringCriterion("name", ("ada",))) == ["a", "b"]
    assert found(store, StringCriterion("name", ("adam", "100%"))) == ["b", "c"]
    assert found(store, StringCriterion("name", ("a_",))) == ["d"]
    assert found(store, StringCriterion("name", ("%",))) == []


def test_hostile_text_is_only_text(coded: Store) -> None:
    for text in ("' OR 1=1 --", "x'; DROP TABLE resources", "%(x)s", ":x", "?"):
        assert found(coded, TokenCriterion("code", ((None, text),))) == []
        assert found(coded, IdCriterion((text,))) == []


def test_a_page_of_nothing_counts(coded: Store) -> None:
    page = coded.search(KIND, [], 0)
    assert (page.rows, page.total, page.next_after) == ((), 4, None)


def test_pages_join_without_gap_or_repeat_while_resources_come_and_change(store: Store) -> None:
    publish(store, "S-1", [patient(), *(item(KIND, f"o{n}", note="a") for n in range(10))], b"1")
    seen: list[str] = []
    page = store.search(KIND, [], 3)
    total, upto = page.total, page.upto
    while True:
        seen += [row.id for row in page.rows]
        # every page is followed by a correction of everything and the arrival of something new
        n = len(seen)
        publish(store, "S-1", [patient(), *(item(KIND, f"o{i}", note=n) for i in range(10))], b"%d" % n)
        publish(store, f"S-new-{n}", [item(KIND, f"new{n}")])
        if page.next_after is None:
            break
        page = store.search(KIND, [], 3, page.next_after, upto)
        assert page.total == total
    assert seen == [f"o{n}" for n in range(10)]


def test_the_last_full_page_is_the_last(coded: Store) -> None:
    page = coded.search(KIND, [], 4)
    assert (len(page.rows), page.next_after) == (4, None)
