"""What is looked up in the ledger costs the same however much has gone to a destination before."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path

from made_up import NOW

from service.store import Link, Store, open_store
from service.store.engine import reading
from service.store.ledger import SOME

LINK = Link("hospital", "Patient", "p1", "p1", "1", "hash")


def test_resources_are_found_by_type_and_id_together(store: Store) -> None:
    others = [replace(LINK, resource_type="Observation"), replace(LINK, id="p2"), replace(LINK, destination="registry")]
    store.save_links([LINK, *others], NOW)
    assert store.links("hospital", [("Patient", "p1"), ("Patient", "p1"), ("Observation", "p2")]) == [LINK]
    assert store.links("hospital", []) == []


def test_the_primary_key_is_used_to_the_end(tmp_path: Path) -> None:
    """On SQLite; how PostgreSQL finds it follows its statistics."""
    with closing(open_store(f"sqlite:///{tmp_path / 'ledger.sqlite3'}")) as store:
        store.migrate()
        with reading(store.engine) as connection:
            given = {"destination": "hospital", "names": "[]"}
            rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {SOME['sqlite'].text}", given).all()
    assert any("destination=? AND type=? AND id=?" in row.detail for row in rows)
