"""Sessions arrive: through pipeline, store and the durable engine, in the sandbox and in a real EHR.

One suite for both, judged by what the EHR holds, under which versions. The sandbox takes our ids; HAPI declares no
update-as-create, so it chooses the ids, and what we sent is found there by our identifier.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from ehr.bridge import SHARED, Bridge, facts, fixture_documents, running_bridge
from ehr.ehrs import Server, Wire, wait_until, wire
from golden_sessions import at

from service.store import Link
from service.sync.attempt import item_of

ANYWHERE = ("direct", "wired")


@pytest.fixture(scope="module")
def line(server: Server) -> Iterator[Wire]:
    with wire(server.base_url) as found:
        yield found


@pytest.fixture(scope="module")
def bridge(server: Server, line: Wire, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bridge]:
    """Delivers to the same EHR twice: ``direct``, and ``wired``, which can be cut."""
    folder = tmp_path_factory.mktemp("delivery")
    with running_bridge(folder, "delivery-clinic", server, direct=server.base_url, wired=line.base_url) as found:
        yield found


@pytest.fixture(scope="module")
def fixtures(bridge: Bridge) -> tuple[str, ...]:
    """The numbers of all fixture sessions, which have been delivered."""
    numbers = dict.fromkeys(bridge.send(document, "direct") for document in fixture_documents())
    bridge.until("delivered", numbers, seconds=300)
    return tuple(numbers)


def once(copies: dict[str, list[Any]]) -> bool:
    return all(len(found) == 1 for found in copies.values())


def first_versions(copies: dict[str, list[tuple[str, str]]]) -> bool:
    """One copy each, written once; shared ones may be older than the test."""
    return once(copies) and all(v == "1" for n, [(_, v)] in copies.items() if n.split("/")[0] not in SHARED)


def test_every_resource_of_every_fixture_session_is_there_once(bridge: Bridge, fixtures: tuple[str, ...]) -> None:
    copies = bridge.copies(*fixtures)
    assert len(fixtures) == 19
    assert len(copies) > 500
    assert [name for name, found in copies.items() if len(found) != 1] == []


def test_what_is_left_out_is_said(bridge: Bridge, fixtures: tuple[str, ...]) -> None:
    details = {delivery.detail or "" for number in fixtures for delivery in bridge.store.deliveries(number=number)}
    said = "left out, as the destination does not take them: Provenance"
    assert details <= ({""} if bridge.takes_our_ids else {"", said})


def test_every_fact_is_there_as_it_was_published(bridge: Bridge, fixtures: tuple[str, ...]) -> None:
    """Digits too: 0.50 stays 0.50."""
    ours, there = bridge.ours(*fixtures), bridge.theirs(*fixtures)
    assert [name for name in ours if facts(there[name]) != facts(ours[name])] == []


def statuses(bridge: Bridge, number: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for resource in bridge.theirs(number).values():
        if "status" in resource:
            found.setdefault(resource["resourceType"], set()).add(resource["status"])
    return found


def test_the_one_never_started_arrives_as_not_done(bridge: Bridge, fixtures: tuple[str, ...]) -> None:
    found = statuses(bridge, "SYN-S-0006")
    assert found["Procedure"] == {"not-done"}
    assert found.get("MedicationAdministration", {"not-done"}) == {"not-done"}


def test_what_the_correction_took_back_is_there_in_error(bridge: Bridge, fixtures: tuple[str, ...]) -> None:
    """Session 7: the first revision held a reading of another patient."""
    ours = bridge.ours("SYN-S-0007")
    in_error = {name for name, resource in ours.items() if resource.get("status") == "entered-in-error"}
    there = bridge.theirs("SYN-S-0007")
    assert in_error
    assert {name for name, resource in there.items() if resource.get("status") == "entered-in-error"} == in_error
    assert statuses(bridge, "SYN-S-0007")["Procedure"] == {"completed"}


def test_boluses_and_rates_add_up_there_too(bridge: Bridge, fixtures: tuple[str, ...]) -> None:
    """Whoever sums the doses that the EHR holds of the pain session gets what was given: 118 mg."""
    given = [r for r in bridge.theirs("SYN-S-0002").values() if r["resourceType"] == "MedicationAdministration"]
    doses = [r["dosage"]["dose"]["value"] for r in given if "medicationReference" in r and "dose" in r["dosage"]]
    assert sum(doses, Decimal(0)) == 118


def test_delivering_again_changes_no_version_and_makes_no_copy(bridge: Bridge, fixtures: tuple[str, ...]) -> None:
    before = bridge.copies(*fixtures)
    for number in fixtures:
        bridge.store.redeliver("direct", number, datetime.now(UTC))
    bridge.until("delivered", fixtures)
    assert {bridge.latest(number, "direct").round for number in fixtures} == {2}
    assert bridge.copies(*fixtures) == before


def test_a_revision_makes_one_new_version_of_what_changed(bridge: Bridge) -> None:
    first = bridge.session("REV-1")
    number = bridge.send(first, "direct")
    bridge.until("delivered", [number])
    before = bridge.copies(number)
    events = [{**event, "systolic": 150} if event.get("systolic") == 148 else event for event in first["events"]]
    bridge.send({**first, "events": events}, "direct")
    bridge.until("delivered", [number])
    after = bridge.copies(number)
    changed = [name for name in after if after[name] != before.get(name)]
    # The reading, its peak, and what tells of them
    kinds = ["Composition", "DiagnosticReport", "DocumentReference", "Observation", "Observation"]
    assert sorted(name.split("/")[0] for name in changed) == kinds
    ours, theirs = bridge.ours(number), bridge.theirs(number)
    for name in changed:
        ((id_, version),) = before[name]
        assert (version, after[name]) == ("1", [(id_, "2")])
        assert facts(theirs[name]) == facts(ours[name])


def test_a_session_taken_back_is_in_error_there(bridge: Bridge) -> None:
    number = bridge.send(bridge.session("ERR-1"), "direct")
    bridge.until("delivered", [number])
    bridge.send(bridge.session("ERR-1", status="entered-in-error"), "direct")
    bridge.until("delivered", [number])
    found = statuses(bridge, number)
    kinds = ("Procedure", "MedicationAdministration", "MedicationRequest", "Observation", "Encounter")
    assert {kind: found[kind] for kind in kinds} == {kind: {"entered-in-error"} for kind in kinds}
    assert once(bridge.copies(number))


def test_an_ehr_that_is_down_gets_everything_later_and_holds_nobody_up(bridge: Bridge, line: Wire) -> None:
    """Sessions of one patient, one that is corrected meanwhile, one for this EHR alone; the other has its own at once."""
    line.mode = "down"
    line.drop()
    patient = bridge.session("DOWN-0")["patient"]
    both = [bridge.send(bridge.session(f"DOWN-{n}", patient=patient), *ANYWHERE) for n in range(3)]
    alone = bridge.send(bridge.session("DOWN-3"), "wired")
    bridge.until("retrying", [both[0], alone], "wired")
    bridge.send(bridge.session(both[0], patient=patient, events=[at(0, "vital-signs", heart_rate=61)]), *ANYWHERE)
    bridge.until("delivered", both)
    assert {bridge.latest(number, "wired").state for number in both} <= {"pending", "in-flight", "retrying"}
    waiting = bridge.latest(alone, "wired")
    assert (waiting.code, waiting.detail) == ("transient", "no connection")
    assert waiting.next_attempt_at is not None
    assert [n for n, found in bridge.copies(alone).items() if found and n.split("/")[0] not in SHARED] == []
    before = bridge.copies(*both)
    line.mode = "through"
    bridge.until("delivered", [*both, alone], "wired")
    revisions = bridge.store.deliveries(number=both[0], destination="wired")
    assert [(d.revision, d.state) for d in revisions] == [(2, "delivered"), (1, "superseded")]
    assert bridge.copies(*both) == before  # all of it was there by the other way
    assert once(before)
    assert first_versions(bridge.copies(alone))


def test_an_answer_that_is_cut_off_ends_as_one_copy(bridge: Bridge, line: Wire) -> None:
    line.mode = "cut"
    number = bridge.send(bridge.session("CUT-1"), "wired")
    wait_until(lambda: line.cuts > 0, 60)
    bridge.until("unknown", [number], "wired")
    assert bridge.latest(number, "wired").code == "timeout"
    assert first_versions(bridge.copies(number)), "it was applied before the cut"
    line.mode = "through"
    bridge.until("delivered", [number], "wired")
    assert first_versions(bridge.copies(number))


def test_one_bad_resource_takes_its_whole_transaction_along(bridge: Bridge) -> None:
    """The EHR was restored from a backup: what the ledger says is there no longer is. A new round mends it."""
    document = bridge.session("BAD-1", staff=[{"family": "Synthetic-Lost", "id": "lost", "role": "administering"}])
    number = bridge.send(document)
    (lost,) = [row for row in bridge.store.session_resources(number) if row.resource_type == "Practitioner"]
    link = Link("direct", "Practitioner", lost.id, "no-such-practitioner", "1", item_of(lost).content_hash)
    bridge.store.save_links([link], datetime.now(UTC))
    bridge.store.redeliver("direct", number, datetime.now(UTC), again=False)
    bridge.until("dead", [number])
    kinds = {name.split("/")[0] for name, found in bridge.copies(number).items() if found}
    assert kinds <= {"Organization", "Medication"}  # which other sessions brought
    assert bridge.latest(number, "direct").detail.startswith(("answered 400", "answered 422"))
    bridge.store.redeliver("direct", number, datetime.now(UTC))
    bridge.until("delivered", [number])
    assert first_versions(bridge.copies(number))
