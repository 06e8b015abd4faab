"""FHIR reads by id and searches beside an empty FastAPI route."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

import httpx

from bench.load import load
from bench.measure import Result, Size, paired
from bench.server import Server

SEARCH = "/fhir/Observation?patient={}&code=8867-4&_count=10"
READ_TYPES = ("Patient", "Encounter", "Observation", "Procedure", "MedicationAdministration", "Condition")


def measure(size: Size, server: Server, peer: Server, paths: dict[str, list[str]]) -> list[Result]:
    return [result for name, asked in paths.items() for result in _beside(name, size, server, peer, asked)]


def paths(server: Server) -> dict[str, list[str]]:
    """What is asked for: reads over all types alike, searches over all patients."""
    with httpx.Client(base_url=server.url, timeout=60) as client:
        ids = {kind: _ids(client, kind) for kind in READ_TYPES}
    reads = [f"/fhir/{kind}/{id_}" for kind, found in ids.items() for id_ in found]
    return {"read by id": reads, "search": [SEARCH.format(id_) for id_ in ids["Patient"]]}


def _ids(client: httpx.Client, kind: str) -> list[str]:
    answer = client.get(f"/fhir/{kind}", params={"_count": 50}).raise_for_status().json()
    return [entry["resource"]["id"] for entry in answer["entry"]]


def _beside(name: str, size: Size, server: Server, peer: Server, asked: Sequence[str]) -> list[Result]:
    """By the clock, and by the server's processor time, which other work on the machine disturbs less."""
    costs: dict[int, list[float]] = {server.pid: [], peer.pid: []}

    def under_load(target: Server, wanted: Sequence[str]) -> float:
        answered, spent = load(target, wanted, size.seconds)
        costs[target.pid].append(spent)
        return answered

    for target, wanted in ((server, asked), (peer, ["/"])):
        load(target, wanted, size.seconds)
    a, b = paired(size.rounds, lambda _: under_load(server, asked), lambda _: under_load(peer, ["/"]))
    ours, other = median(costs[server.pid]), median(costs[peer.pid])
    return [
        Result(f"{name} / empty FastAPI route", a, b, "requests/s", b / a),
        Result(f"{name} / empty FastAPI route, processor", ours, other, "µs", ours / other),
    ]
