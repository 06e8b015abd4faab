"""What was sent against what is there, element by element."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.sync.compare import ANY, are_same, differences, elements, hash_of, only_dropped

BASE = "https://ehr.example/fhir"
OURS = {
    "resourceType": "Observation",
    "id": "o1",
    "status": "final",
    "valueQuantity": {"value": Decimal("0.50"), "unit": "mg"},
    "effectiveDateTime": "2026-03-02T16:00:00-05:00",
    "subject": {"reference": "Patient/p1"},
    "note": [{"text": "a"}, {"text": "b"}],
}


@pytest.mark.parametrize(
    "change",
    [
        {"id": "other", "meta": {"versionId": "7"}, "text": {"status": "generated"}},
        {"valueQuantity": {"unit": "mg", "value": Decimal("0.5")}},
        {"effectiveDateTime": "2026-03-02T21:00:00Z"},
        {"subject": {"reference": f"{BASE}/Patient/p1"}},
        {"subject": {"reference": "Patient/p1/_history/3"}},
    ],
)
def test_what_a_server_may_write_otherwise_is_the_same(change: dict[str, Any]) -> None:
    assert differences(OURS, {**OURS, **change}, BASE) == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"status": "amended"}, [("status", "changed")]),
        ({"valueQuantity": {"value": Decimal("0.51"), "unit": "mg"}}, [("valueQuantity.value", "changed")]),
        ({"note": [{"text": "a"}]}, [("note[1].text", "dropped")]),
        ({"note": [*OURS["note"], {"text": "c"}]}, [("note[2].text", "added")]),  # type: ignore[misc]
        ({"subject": {"reference": "Patient/p2"}}, [("subject.reference", "changed")]),
        ({"subject": {"reference": "https://elsewhere.example/fhir/Patient/p1"}}, [("subject.reference", "changed")]),
        ({"status": True}, [("status", "changed")]),
        ({"note": "a"}, [("note", "changed")]),
    ],
)
def test_a_difference_has_its_place_and_kind(change: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    found = differences(OURS, {**OURS, **change}, BASE)
    assert [(one.path, one.kind) for one in found] == expected
    assert not are_same(OURS, {**OURS, **change}, BASE)


def test_a_server_that_drops_has_written_nothing_of_its_own() -> None:
    theirs = {key: value for key, value in OURS.items() if key != "note"}
    assert only_dropped(OURS, theirs)
    assert not only_dropped(OURS, {**theirs, "status": "amended"})
    assert not only_dropped(OURS, {**theirs, "issued": "2026-03-02T21:00:00Z"})


def test_what_is_not_named_yet_may_be_any_of_its_type() -> None:
    unnamed = {**OURS, "subject": {"reference": f"Patient{ANY}"}}
    assert are_same(unnamed, {**OURS, "subject": {"reference": "Patient/77"}})
    assert not are_same(unnamed, {**OURS, "subject": {"reference": "Group/77"}})


def test_a_hash_knows_no_order_and_no_stamp() -> None:
    turned = dict(reversed(list(OURS.items())))
    assert hash_of({**turned, "meta": {"versionId": "9"}}) == hash_of(OURS)
    assert hash_of({**OURS, "status": "amended"}) != hash_of(OURS)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-1000, 1000) | st.text("ab", max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("xyz"), inner, max_size=3),
    max_leaves=12,
)


@given(
    left=st.dictionaries(st.sampled_from("pqr"), json_values),
    right=st.dictionaries(st.sampled_from("pqr"), json_values),
)
def test_differences_mirror_each_other(left: dict[str, Any], right: dict[str, Any]) -> None:
    assert differences(left, left) == []
    mirrored = {"changed": "changed", "dropped": "added", "added": "dropped"}
    there = {(one.path, mirrored[one.kind]) for one in differences(left, right)}
    assert there == {(one.path, one.kind) for one in differences(right, left)}
    lost = [one for one in differences(left, right) if one.kind == "dropped"]
    assert {one.path for one in lost} <= set(elements(left))
