"""Every fixture session arrives: through pipeline, store and the durable engine, in the sandbox and in a real EHR.

One suite for both, so that the sandbox stays honest. Judged by what the EHR holds, under which versions.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
from ehr.ehrs import Server, Wire, running_sandbox, wait_until, wire
from golden_sessions import ROOT, record

from mappings import load_clinic
from service.fhirjson import encode, read_json
from service.pipeline import Pipeline
from service.settings import Settings
from service.store import Store, open_store
from service.sync import Destination, SyncWorker
from service.validation import Validator


def fixture_documents() -> list[dict[str, Any]]:
    """Every document of fixtures/sessions, in order: a line each, or a file each."""
    files = sorted((ROOT / "fixtures" / "sessions").glob("*.*json"))
    texts = [path.read_bytes().splitlines() if path.suffix == ".ndjson" else [path.read_bytes()] for path in files]
    return [read_json(text) for lines in texts for text in lines if text]


class Bridge:
    """The parts of a running service, delivering to one EHR: directly, and over a wire that can be cut."""

    def __init__(self, folder: Path, server: Server, line: Wire) -> None:
        self.server, self.wire = server, line
        self.store: Store = open_store(f"sqlite:///{folder / 'arrival.sqlite3'}")
        self.store.migrate()
        destinations = tuple(
            Destination(name=name, base_url=url, internal=True, create_patients=True, timeout_seconds=20)
            for name, url in (("direct", server.base_url), ("wired", line.base_url))
        )
        self.worker = SyncWorker(self.store, destinations, Settings(sync_poll_seconds=0.05))
        self.worker.start()
        self._pipeline = Pipeline(self.store, load_clinic(), Validator(), ("direct",))

    def close(self) -> None:
        self.worker.stop()
        self.store.close()

    def send(self, document: dict[str, Any], *destinations: str) -> str:
        """Hand over a session for these destinations; its number."""
        receipt = replace(self._pipeline, destinations=destinations or ("direct",)).receive(encode(document), "test")
        assert receipt.state == "published"
        return receipt.number

    def state(self, number: str, destination: str) -> str:
        """Where the latest delivery of the session to the destination stands."""
        found = self.store.deliveries(number=number, destination=destination, limit=100)
        return max(found, key=lambda delivery: delivery.revision).state

    def until(self, state: str, *numbers: str, destination: str = "direct") -> None:
        wait_until(lambda: all(self.state(number, destination) == state for number in numbers), 120)

    def ours(self, *numbers: str) -> dict[str, dict[str, Any]]:
        """What the store holds of these sessions, by type and id, as far as the EHR can hold it.

        A Provenance has no identifier: where the server chooses the ids it could not be found again, and is left out.
        """
        rows = [row for number in numbers for row in self.store.session_resources(number)]
        kept = [row for row in rows if self.takes_our_ids or row.resource_type != "Provenance"]
        return {f"{row.resource_type}/{row.id}": read_json(row.content) for row in kept}

    @cached_property
    def takes_our_ids(self) -> bool:
        return all(one.get("updateCreate") for one in self.server.get("metadata")["rest"][0]["resource"])

    def theirs(self, *numbers: str) -> dict[str, dict[str, Any]]:
        """The same as the EHR holds it, with our ids and our references in place of theirs."""
        there = self.server.holdings()
        renamed = {f"{name.split('/')[0]}/{copies[0][0]}": name for name, copies in there.items()}
        found = {}
        for name in self.ours(*numbers):
            resource = self.server.get_exactly(f"{name.split('/')[0]}/{there[name][0][0]}")
            found[name] = {**with_references(resource, renamed), "id": name.split("/")[1]}
        return found


@pytest.fixture(scope="module", params=["sandbox", pytest.param("hapi", marks=pytest.mark.hapi)])
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    if request.param == "sandbox":
        with running_sandbox() as sandbox:
            yield sandbox
    else:
        with closing(Server(request.getfixturevalue("hapi").base_url)) as found:
            yield found


@pytest.fixture(scope="module")
def bridge(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bridge]:
    with wire(server.base_url) as line, closing(Bridge(tmp_path_factory.mktemp("arrival"), server, line)) as found:
        yield found


@pytest.fixture(scope="module")
def fixtures(bridge: Bridge) -> tuple[str, ...]:
    """The numbers of all fixture sessions, which have been delivered."""
    numbers = dict.fromkeys(bridge.send(document) for document in fixture_documents())
    bridge.until("delivered", *numbers)
    return tuple(numbers)


def facts(resource: dict[str, Any]) -> dict[str, Any]:
    """A resource but for what the server stamps on it."""
    meta = {
        name: sorted(map(str, value))
        for name, value in resource.get("meta", {}).items()
        if name in ("profile", "security")
    }
    return {**resource, "meta": meta}


def with_references(value: Any, renamed: dict[str, str]) -> Any:
    if isinstance(value, list):
        return [with_references(one, renamed) for one in value]
    if isinstance(value, dict):
        return {
            name: renamed.get(one, one) if name == "reference" else with_references(one, renamed)
            for name, one in value.items()
        }
    return value


def plain(number: str, **changes: Any) -> dict[str, Any]:
    """A session of a patient of its own."""
    found = record(number=number, **changes)
    found["patient"] = {**found["patient"], "mrn": f"ARRIVAL-{number}"}
    return found


def test_every_resource_of_every_fixture_session_is_there_once(bridge: Bridge, fixtures: tuple[str, ...]) -> None:
    there = bridge.server.holdings()
    ours = bridge.ours(*fixtures)
    assert len(fixtures) == 19
    assert {name: len(there.get(name, [])) for name in ours} == dict.fromkeys(ours, 1)


def test_what_is_left_out_is_said(bridge: Bridge, fixtures: tuple[str, ...]) -> None:
    details = {delivery.detail or "" for number in fixtures for delivery in bridge.store.deliveries(number=number)}
    said = "left out, as the destination does not take them: Provenance"
    assert details <= ({""} if bridge.takes_our_ids else {"", said})


def test_every_fact_is_there_as_it_was_published(bridge: Bridge, fixtures: tuple[str, ...]) -> None:
    """Digits too: 0.50 stays 0.50. The not-done one and the corrected one arrive as what they are."""
    ours = bridge.ours(*fixtures)
    there = bridge.theirs(*fixtures)
    assert [name for name in ours if facts(there[name]) != facts(ours[name])] == []
    statuses = {
        number: there[name]["status"]
        for number in fixtures
        for name in bridge.ours(number)
        if name.startswith("Procedure/")
    }
    assert statuses["SYN-S-0006"] == "not-done"
    assert statuses["SYN-S-0005"] == "stopped"


def doses(resources: dict[str, dict[str, Any]]) -> list[Decimal]:
    return [
        r["dosage"]["dose"]["value"]
        for r in resources.values()
        if r["resourceType"] == "MedicationAdministration" and "dose" in r.get("dosage", {})
    ]


def test_delivering_again_changes_no_version_and_makes_no_copy(bridge: Bridge, fixtures: tuple[str, ...]) -> None:
    before = bridge.server.holdings()
    for number in fixtures:
        bridge.store.redeliver("direct", number, datetime.now(UTC))
    bridge.until("delivered", *fixtures)
    assert {
        d.round for number in fixtures for d in bridge.store.deliveries(number=number) if d.state == "delivered"
    } == {2}
    assert bridge.server.holdings() == before


def test_a_correction_makes_one_new_version_of_what_it_corrects(bridge: Bridge) -> None:
    events = record()["events"]
    number = bridge.send(plain("ARR-1"))
    bridge.until("delivered", number)
    before = bridge.server.holdings()
    bridge.send(plain("ARR-1", events=[*events[:2], {**events[2], "systolic": 150}, *events[3:]]))
    bridge.until("delivered", number)
    after = bridge.server.holdings()
    changed = [name for name in after if after[name] != before.get(name)]
    assert len(changed) == 1
    assert changed[0].startswith("Observation/")
    assert (before[changed[0]][0][1], after[changed[0]][0][1]) == ("1", "2")


def test_a_session_taken_back_is_in_error_there(bridge: Bridge) -> None:
    number = bridge.send(plain("ARR-2"))
    bridge.until("delivered", number)
    bridge.send(plain("ARR-2", status="entered-in-error"))
    bridge.until("delivered", number)
    with_status = ("Procedure", "MedicationAdministration", "Observation", "Encounter")
    stated = [resource for resource in bridge.theirs(number).values() if resource["resourceType"] in with_status]
    assert {resource["status"] for resource in stated} == {"entered-in-error"}


def test_an_ehr_that_is_down_gets_everything_later_and_holds_nobody_up(bridge: Bridge) -> None:
    bridge.wire.mode = "down"
    bridge.wire.drop()
    number = bridge.send(plain("ARR-3"), "direct", "wired")
    bridge.until("delivered", number)
    bridge.until("retrying", number, destination="wired")
    before = bridge.server.holdings()
    bridge.wire.mode = "through"
    bridge.until("delivered", number, destination="wired")
    assert bridge.server.holdings() == before  # it was there already, by the other way


def test_an_answer_that_is_cut_off_ends_as_one_copy(bridge: Bridge) -> None:
    bridge.wire.mode = "cut"
    number = bridge.send(plain("ARR-4"), "wired")
    wait_until(lambda: bridge.wire.cuts > 0, 60)
    bridge.until("retrying", number, destination="wired")
    bridge.wire.mode = "through"
    bridge.until("delivered", number, destination="wired")
    there = bridge.server.holdings()
    own = [
        name for name in bridge.ours(number) if not name.startswith(("Organization/", "Practitioner/", "Medication/"))
    ]
    assert {name: [version for _, version in there.get(name, [])] for name in own} == {name: ["1"] for name in own}


def test_bolus_and_rates_add_up_there_too(bridge: Bridge, fixtures: tuple[str, ...]) -> None:
    """Whoever sums the doses that the EHR holds of the pain session gets what was given: 118 mg."""
    there = bridge.theirs("SYN-S-0002")
    infused = {name: resource for name, resource in there.items() if "medicationReference" in resource}
    assert sum(doses(infused), Decimal(0)) == 118
