"""A running bridge for tests of delivery: the service's own parts, put together as its commands put them together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

from ehr.ehrs import Server, Version, wait_until
from golden_sessions import ROOT, record

from service.commands.composition import Parts, build
from service.fhirjson import encode, read_json
from service.settings import Settings
from service.store import Delivery
from service.sync import SyncWorker

SHARED = ("Organization", "Practitioner", "Location", "PractitionerRole", "Device", "Medication")


class Bridge:
    """Parts and worker. Its clinic has a name of its own, so that bridges that share an EHR never meet there."""

    def __init__(
        self,
        folder: Path,
        clinic: str,
        server: Server,
        destinations: Mapping[str, str],
        overrides: Mapping[str, str] | None = None,
        every_hours: float = 0,
    ) -> None:
        self.server, self._clinic = server, clinic
        self.parts: Parts = build(
            Settings(
                database_url=f"sqlite:///{folder / 'bridge.sqlite3'}",
                clinic=clinic_file(folder, clinic),
                destinations=_destinations_file(folder, destinations, overrides or {}),
                sync_poll_seconds=0.05,
                reconcile_every_hours=every_hours,
            )
        )
        self.store = self.parts.store
        self.worker = SyncWorker(self.store, self.parts.destinations, self.parts.settings)
        self.worker.start()

    def close(self) -> None:
        self.worker.stop()
        self.store.close()

    def send(self, document: dict[str, Any], *destinations: str) -> str:
        """Hand over a session for these destinations; its number."""
        assert self.hand_over(document, *destinations) == "published"
        return str(document["number"])

    def hand_over(self, document: dict[str, Any], *destinations: str) -> str:
        """The same; what became of it."""
        return replace(self.parts.pipeline, destinations=destinations).receive(encode(document), "test").state

    def session(self, number: str, **changes: Any) -> dict[str, Any]:
        """A plain session of a patient of its own, unless ``changes`` name another."""
        found = record(number=number, **changes)
        return found if "patient" in changes else {**found, "patient": {**found["patient"], "mrn": f"MRN-{number}"}}

    def latest(self, number: str, destination: str) -> Delivery:
        """The delivery of the session's latest revision."""
        found = self.store.deliveries(number=number, destination=destination, limit=100)
        return max(found, key=lambda delivery: delivery.revision)

    def until(self, state: str, numbers: Iterable[str], destination: str = "direct", seconds: float = 120) -> None:
        wanted = list(numbers)
        wait_until(lambda: all(self.latest(number, destination).state == state for number in wanted), seconds)

    @cached_property
    def takes_our_ids(self) -> bool:
        return all(one.get("updateCreate") for one in self.server.get("metadata")["rest"][0]["resource"])

    def ours(self, *numbers: str) -> dict[str, dict[str, Any]]:
        """What the store publishes of these sessions, by type and id, as far as the EHR can hold it.

        A server that chooses the ids is not sent what has no identifier to be found by.
        """
        rows = [row for number in numbers for row in self.store.session_resources(number)]
        every = {f"{row.resource_type}/{row.id}": read_json(row.content) for row in rows}
        return {name: found for name, found in every.items() if self.takes_our_ids or "identifier" in found}

    def copies(self, *numbers: str) -> dict[str, list[Version]]:
        """For each of these sessions' resources the ids and versions under which the EHR has it: one, if all is well."""
        return self.server.copies(self.ours(*numbers), f"https://{self._clinic}.example/id/infusion-bridge")

    def theirs(self, *numbers: str) -> dict[str, dict[str, Any]]:
        """The same as ``ours``, read from the EHR: our ids and references in place of theirs, every digit kept."""
        ids = {name: found[0][0] for name, found in self.copies(*numbers).items() if found}
        names = {f"{name.split('/')[0]}/{id_}": name for name, id_ in ids.items()}
        return {
            name: {**renamed(self.server.get_exactly(there), names), "id": name.split("/")[1]}
            for there, name in names.items()
        }


def facts(resource: dict[str, Any]) -> dict[str, Any]:
    """A resource but for what the server stamps on it."""
    meta = resource.get("meta", {})
    kept = {name: sorted(map(str, meta[name])) for name in ("profile", "security") if name in meta}
    return {**resource, "meta": kept}


def fixture_documents() -> list[dict[str, Any]]:
    """Every document of fixtures/sessions, in order: a line each, or a file each."""
    files = sorted((ROOT / "fixtures" / "sessions").glob("*.*json"))
    texts = [path.read_bytes().splitlines() if path.suffix == ".ndjson" else [path.read_bytes()] for path in files]
    return [read_json(text) for lines in texts for text in lines if text]


@contextmanager
def running_bridge(
    folder: Path,
    clinic: str,
    server: Server,
    overrides: Mapping[str, str] | None = None,
    every_hours: float = 0,
    **destinations: str,
) -> Iterator[Bridge]:
    """``destinations`` are names and addresses; ``server`` is where all of them lead; ``overrides`` are by name."""
    found = Bridge(folder, clinic, server, destinations, overrides, every_hours)
    try:
        yield found
    finally:
        found.close()


def renamed(value: Any, names: dict[str, str]) -> Any:
    """With the references that ``names`` names replaced."""
    if isinstance(value, list):
        return [renamed(one, names) for one in value]
    if isinstance(value, dict):
        return {k: names.get(v, v) if k == "reference" else renamed(v, names) for k, v in value.items()}
    return value


def clinic_file(folder: Path, name: str) -> Path:
    """A clinic that meets no other in an EHR that they share."""
    systems = {"patient": "mrn", "session": "session", "resource": "infusion-bridge", "staff": "staff"}
    lines = [f'{system} = "https://{name}.example/id/{last}"\n' for system, last in systems.items()]
    path = folder / "clinic.toml"
    path.write_text(f'[clinic]\nkey = "{name}"\n[systems]\n{"".join(lines)}')
    return path


def _destinations_file(folder: Path, destinations: Mapping[str, str], overrides: Mapping[str, str]) -> Path:
    rest = "internal = true\ncreate_patients = true\ntimeout_seconds = 60\n"
    path = folder / "destinations.toml"
    tables = [f'[destinations.{name}]\nbase_url = "{url}"\n{rest}' for name, url in destinations.items()]
    tables += [f"[destinations.{name}.overrides]\n{lines}\n" for name, lines in overrides.items()]
    path.write_text("".join(tables))
    return path
