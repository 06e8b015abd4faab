"""Ids are version 5 UUIDs of their names, whoever makes them."""

from __future__ import annotations

from uuid import uuid5

from hypothesis import given
from hypothesis import strategies as st

from mappings.identity import NAMESPACE, id_in_session, ids_in_session, logical_id

NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


@given(NAMES, st.lists(NAMES, min_size=1, max_size=5))
def test_an_id_is_the_uuid_of_its_parts(clinic: str, parts: list[str]) -> None:
    assert logical_id(clinic, *parts) == str(uuid5(uuid5(NAMESPACE, clinic), "\x1f".join(parts)))


@given(NAMES, NAMES, NAMES, st.lists(NAMES, max_size=3))
def test_what_belongs_to_a_session_has_its_number_in_its_name(
    clinic: str, number: str, kind: str, key: list[str]
) -> None:
    expected = logical_id(clinic, "session", number, kind, *key)
    assert id_in_session(clinic, number, kind, *key) == ids_in_session(clinic, number)(kind, *key) == expected
