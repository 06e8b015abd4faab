"""Pieces lose nothing: in order, none too large, and no entry of a batch refers to its neighbour."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from golden_sessions import fixture_sessions
from hypothesis import given, settings
from hypothesis import strategies as st

from mappings import load_clinic, map_session
from service.fhirjson import encode
from service.sync.planner import Item, Plan, Way, in_order
from service.sync.rungs import cut


@dataclass(frozen=True)
class Step:
    item: Item
    conditional: bool = False


def step(name: str, *refers_to: str, conditional: bool = False) -> Step:
    content = encode({"x": [{"reference": one} for one in refers_to]})
    return Step(Item(*name.split("/"), content, "hash"), conditional)


def plan(way: Way, max_entries: int | None = None, max_conditional: int | None = None) -> Plan:
    return Plan(way, (), (), {}, max_entries, max_conditional)


def names(pieces: list[list[Step]]) -> list[list[str]]:
    return [[one.item.name for one in piece] for piece in pieces]


SOME = [
    step("Patient/p", conditional=True),
    step("Encounter/e", "Patient/p"),
    step("Observation/a", "Patient/p", "Encounter/e"),
    step("Observation/b", "Patient/p"),
    step("Observation/c", "Observation/a", "Observation/b"),
]


def test_without_a_limit_all_of_it_is_one_transaction() -> None:
    assert cut(plan("transaction"), SOME) == [SOME]
    assert cut(plan("transaction"), []) == []


def test_single_writes_go_one_by_one() -> None:
    assert cut(plan("single", 3), SOME) == [[one] for one in SOME]


def test_a_batch_is_cut_where_one_refers_to_another() -> None:
    expected = [["Patient/p"], ["Encounter/e", "Observation/b"], ["Observation/a"], ["Observation/c"]]
    assert names(cut(plan("batch"), SOME)) == expected


def test_a_condition_makes_a_smaller_piece() -> None:
    assert [len(piece) for piece in cut(plan("transaction", 4, 2), SOME)] == [2, 3]
    assert [len(piece) for piece in cut(plan("transaction", 2), SOME)] == [2, 2, 1]
    assert [len(piece) for piece in cut(plan("batch", 1), SOME)] == [1] * 5


def fixture_items() -> dict[str, list[Item]]:
    clinic = load_clinic()
    return {
        name: [Item(r["resourceType"], r["id"], encode(r), "hash") for r in map_session(session, clinic)]
        for name, session in fixture_sessions().items()
    }


ITEMS = fixture_items()


@pytest.mark.parametrize("way", ["transaction", "batch"])
@settings(deadline=None, max_examples=60)
@given(
    name=st.sampled_from(sorted(ITEMS)),
    limits=st.tuples(st.integers(1, 60), st.integers(1, 60)),
    conditional=st.sets(st.integers(0, 200)),
)
def test_every_fixture_session_is_cut_without_loss(
    way: Way, name: str, limits: tuple[int, int], conditional: set[int]
) -> None:
    items = ITEMS[name]
    steps = [Step(one, number in conditional) for number, one in enumerate(in_order(items))]
    pieces = cut(plan(way, *limits), steps)
    assert sorted(name for piece in names(pieces) for name in piece) == sorted(one.name for one in items)
    sent: set[str] = set()
    for piece in pieces:
        here = {one.item.name for one in piece}
        assert len(piece) <= limits[0]
        assert len(piece) <= limits[1] or not any(one.conditional for one in piece)
        for one in piece:
            refers_to = {ref for ref in one.item.refers_to if ref in {i.name for i in items}}
            assert refers_to <= (sent if way == "batch" else sent | here)
        sent |= here
