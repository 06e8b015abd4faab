"""Transaction 2: all resources of a revision or none; versions only for changes; nothing is ever deleted."""

from __future__ import annotations

from datetime import timedelta

import pytest
from made_up import EVENING, MORNING, NOW, item, patient, publish, retracted, token

from service.errors import NotFound
from service.fhirjson import read_json
from service.store import Indexed, Store, TokenCriterion

LATER = NOW + timedelta(hours=1)


def found_by(store: Store, resource_type: str, code: str) -> list[str]:
    page = store.search(resource_type, [TokenCriterion("code", ((None, code),))], 50)
    return [row.id for row in page.rows]


def test_a_publication_is_served_stamped_and_otherwise_byte_for_byte(store: Store) -> None:
    done = publish(store, "S-1", [patient(), item("Observation", "o1", value="0.50")])
    assert (done.created, done.updated, done.unchanged, done.retracted) == (2, 0, 0, 0)
    stored = store.read("Observation", "o1")
    assert stored.version == 1
    assert stored.content == (
        b'{"resourceType":"Observation","id":"o1","meta":{"versionId":"1",'
        b'"lastUpdated":"2026-03-02T16:00:00.000000Z","source":"urn:made-up"},"value":"0.50"}'
    )
    assert store.revision("S-1").state == "published"


def test_publishing_the_same_again_makes_no_version(store: Store) -> None:
    items = [patient(), item("Observation", "o1")]
    publish(store, "S-1", items)
    done = publish(store, "S-1", items, now=LATER)
    assert (done.created, done.updated, done.unchanged) == (0, 0, 2)
    assert store.read("Observation", "o1").last_updated == "2026-03-02T16:00:00.000000Z"


def test_a_change_makes_a_version_and_keeps_the_one_before(store: Store) -> None:
    publish(store, "S-1", [item("Observation", "o1", note="a"), item("Observation", "o2")], b"1")
    before = store.read("Observation", "o1")
    done = publish(store, "S-1", [item("Observation", "o1", note="b"), item("Observation", "o2")], b"2", now=LATER)
    assert (done.created, done.updated, done.unchanged) == (0, 1, 1)
    after = store.read("Observation", "o1")
    assert (after.version, after.last_updated) == (2, "2026-03-02T17:00:00.000000Z")
    assert after.pk == before.pk
    assert store.read_version("Observation", "o1", 1).content == before.content
    assert store.read_version("Observation", "o1", 2).content == after.content


def test_search_knows_the_current_version_only(store: Store) -> None:
    publish(store, "S-1", [item("Observation", "o1", token("Observation.code", "", "old"), note="a")], b"1")
    publish(store, "S-1", [item("Observation", "o1", token("Observation.code", "", "new"), note="b")], b"2")
    assert found_by(store, "Observation", "old") == []
    assert found_by(store, "Observation", "new") == ["o1"]


def test_what_a_correction_no_longer_yields_becomes_entered_in_error(store: Store) -> None:
    code = token("Observation.code", "", "bp")
    publish(store, "S-1", [patient(), item("Observation", "o1", code), item("Observation", "o2", code)], b"1")
    done = publish(store, "S-1", [patient(), item("Observation", "o1", code)], b"2")
    assert (done.updated, done.retracted) == (1, 1)
    assert read_json(store.read("Observation", "o2").content)["status"] == "entered-in-error"
    assert read_json(store.read_version("Observation", "o2", 1).content).get("status") is None
    assert found_by(store, "Observation", "bp") == ["o1"]


def test_a_retracted_resource_stays_with_its_session_and_is_retracted_once(store: Store) -> None:
    publish(store, "S-1", [item("Observation", "o1"), item("Observation", "o2")], b"1")
    publish(store, "S-1", [item("Observation", "o1")], b"2")
    assert publish(store, "S-1", [item("Observation", "o1")], b"3").retracted == 0
    assert [(r.id, r.version) for r in store.session_resources("S-1")] == [("o1", 1), ("o2", 2)]


def test_a_retracted_resource_can_come_back(store: Store) -> None:
    publish(store, "S-1", [item("Observation", "o1")], b"1")
    publish(store, "S-1", [], b"2")
    publish(store, "S-1", [item("Observation", "o1")], b"3")
    back = store.read("Observation", "o1")
    assert back.version == 3
    assert "status" not in read_json(back.content)


def test_a_type_without_such_a_word_is_left_as_it_is(store: Store) -> None:
    publish(store, "S-1", [patient("p1")], b"1")
    assert publish(store, "S-1", [patient("p2")], b"2").retracted == 0
    assert store.read("Patient", "p1").version == 1
    assert [r.id for r in store.session_resources("S-1")] == ["p2"]


def test_what_another_session_also_yields_is_not_retracted(store: Store) -> None:
    condition = item("Condition", "c1", shared=True)
    publish(store, "S-1", [condition], b"1")
    publish(store, "S-2", [condition], b"1")
    assert publish(store, "S-1", [], b"2").retracted == 0
    assert store.read("Condition", "c1").version == 1
    assert publish(store, "S-2", [], b"2").retracted == 1


def test_the_last_session_to_drop_a_shared_resource_retracts_it_whoever_dropped_it_before(store: Store) -> None:
    condition = item("Condition", "c1", shared=True)
    publish(store, "S-1", [condition], b"1")
    publish(store, "S-1", [], b"2")
    publish(store, "S-2", [condition], b"1")
    assert "status" not in read_json(store.read("Condition", "c1").content)
    publish(store, "S-2", [], b"2")
    assert read_json(store.read("Condition", "c1").content)["status"] == "entered-in-error"


def test_a_later_session_describes_the_patient_whatever_the_order_of_arrival(store: Store) -> None:
    publish(store, "S-late", [patient(as_of=EVENING, name="new")])
    publish(store, "S-early", [patient(as_of=MORNING, name="old")])
    assert read_json(store.read("Patient", "p1").content)["name"] == "new"
    assert [r.id for r in store.session_resources("S-early")] == ["p1"]


def test_the_latest_word_on_the_patient_stays_when_a_middle_session_only_repeated_it(store: Store) -> None:
    publish(store, "S-1", [patient(as_of=MORNING, name="same")])
    publish(store, "S-3", [patient(as_of=EVENING, name="same")])
    publish(store, "S-2", [patient(as_of="2026-03-02T12:00:00.000000+00:00", name="older")])
    assert read_json(store.read("Patient", "p1").content)["name"] == "same"


def test_a_session_corrects_its_own_word_on_the_patient(store: Store) -> None:
    publish(store, "S-1", [patient(as_of=EVENING, name="typo")], b"1")
    publish(store, "S-1", [patient(as_of=MORNING, name="right")], b"2")
    assert read_json(store.read("Patient", "p1").content)["name"] == "right"


def test_a_session_in_error_leaves_what_others_yield_and_does_not_vouch_for_it(store: Store) -> None:
    condition = item("Condition", "c1", shared=True)
    in_error = item("Condition", "c1", shared=True, as_of="", status="entered-in-error")
    publish(store, "S-1", [condition], b"1")
    publish(store, "S-2", [condition], b"1")
    publish(store, "S-2", [in_error], b"2")
    assert "status" not in read_json(store.read("Condition", "c1").content)
    publish(store, "S-1", [], b"2")
    assert read_json(store.read("Condition", "c1").content)["status"] == "entered-in-error"


def test_an_older_revision_publishes_nothing(store: Store) -> None:
    old = store.record("S-1", b"1", "clinic", NOW).revision
    publish(store, "S-1", [item("Observation", "o1", note="new")], b"2", ("hospital",))
    done = store.publish(old, [item("Observation", "o1", note="old")], (), ("hospital",), retracted, NOW)
    assert done.superseded
    assert store.read("Observation", "o1").version == 1
    assert [d.revision for d in store.deliveries("S-1")] == [2]
    assert store.revision("S-1", 1).state == "received"


def test_all_or_nothing(store: Store) -> None:
    publish(store, "S-1", [item("Observation", "o1", note="a")], b"1", ("hospital",))
    revision = store.record("S-1", b"2", "clinic", NOW).revision
    broken = Indexed("Observation", "o2", b"{}", (), False, MORNING)
    with pytest.raises(ValueError, match="stamped"):
        store.publish(revision, [item("Observation", "o1", note="b"), broken], (), ("hospital",), retracted, NOW)
    assert store.read("Observation", "o1").version == 1
    assert store.revision("S-1").state == "received"
    assert [(d.revision, d.state) for d in store.deliveries("S-1")] == [(1, "pending")]
    with pytest.raises(NotFound):
        store.read("Observation", "o2")


def test_more_resources_than_one_statement_takes(store: Store) -> None:
    many = [item("Observation", f"o{n}", token("Observation.code", "", "c")) for n in range(1500)]
    assert publish(store, "S-1", many, b"1").created == 1500
    changed = [item("Observation", f"o{n}", token("Observation.code", "", "c"), note="b") for n in range(1500)]
    assert publish(store, "S-1", changed, b"2").updated == 1500
    assert len(store.session_resources("S-1")) == 1500
    assert store.search("Observation", [TokenCriterion("code", ((None, "c"),))], 1).total == 1500


def test_looking_up_what_is_there_does_not_read_the_whole_table(store: Store) -> None:
    publish(store, "S-1", [patient()])
    with store.engine.connect() as connection:
        if store.embedded:
            plan = connection.exec_driver_sql("EXPLAIN QUERY PLAN SELECT pk FROM resources WHERE id IN ('a','b')")
        else:
            connection.exec_driver_sql("SET enable_seqscan = off")
            plan = connection.exec_driver_sql("EXPLAIN SELECT pk FROM resources WHERE id IN ('a','b')")
        text = " ".join(str(row) for row in plan)
    assert "SEARCH" in text or "Index Cond" in text
