"""API keys by their hash, and the random names of search pages."""

from __future__ import annotations

from datetime import timedelta

import pytest
from made_up import NOW

from service.errors import Conflict, Gone, NotFound
from service.store import Store


def test_a_key_is_found_by_its_hash_until_it_is_revoked(store: Store) -> None:
    store.add_key("front desk", "clinic", "hash", NOW)
    key = store.key_by_hash("hash")
    assert key is not None
    assert (key.name, key.role, key.created_at, key.revoked_at) == ("front desk", "clinic", NOW, None)
    store.revoke_key("front desk", NOW + timedelta(days=1))
    assert store.key_by_hash("hash") is None
    assert [k.revoked_at for k in store.keys()] == [NOW + timedelta(days=1)]  # noqa: SIM118 (a method of the store)


def test_unknown_keys_are_nobody(store: Store) -> None:
    assert store.key_by_hash("hash") is None
    with pytest.raises(NotFound):
        store.revoke_key("nobody", NOW)


def test_a_name_is_taken_once_even_after_it_was_revoked(store: Store) -> None:
    store.add_key("reader", "reader", "hash", NOW)
    store.revoke_key("reader", NOW)
    with pytest.raises(Conflict):
        store.add_key("reader", "reader", "other", NOW)
    with pytest.raises(NotFound):
        store.revoke_key("reader", NOW)


def test_a_page_is_named_at_random_and_forgotten_after_a_day(store: Store) -> None:
    name = store.save_page("patient=p1", NOW)
    assert "p1" not in name
    assert store.page(name) == "patient=p1"
    store.save_page("another", NOW + timedelta(hours=23))
    assert store.page(name) == "patient=p1"
    store.save_page("another", NOW + timedelta(hours=25))
    with pytest.raises(Gone):
        store.page(name)
