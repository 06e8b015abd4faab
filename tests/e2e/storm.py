"""A storm of kill -9 over a service and its workers, while a clinic's client hands sessions over until acknowledged."""

from __future__ import annotations

import random
import subprocess
import threading
import time
from collections import Counter
from contextlib import suppress
from typing import Any

import httpx
import pytest
from databases import Cluster
from e2e.stage import Stage
from golden_sessions import at, record

from service.fhirjson import encode
from service.store import open_store

HANDED_OVER = 900  # seconds at most, after the storm
REVISED = 3  # every third is revised at once
HEART_RATE = "8867-4"


class Storm:
    """A service and two workers that are killed again and again, and what the client had acknowledged.

    ``sessions`` of so many ``patients`` are handed over, spread over so many ``seconds``.
    """

    def __init__(
        self, stage: Stage, sessions: int, patients: int, seconds: float, cluster: Cluster | None = None
    ) -> None:
        self.stage, self.cluster, self.dice = stage, cluster, random.Random(20261125)
        self.sessions, self.patients, self.seconds = sessions, patients, seconds
        self.workers: dict[str, subprocess.Popen[bytes] | None] = {"serve": None, "sync": None, "sync-2": None}
        self.acknowledged: dict[str, int] = {}
        self.kills = self.halts = 0
        self.over = threading.Event()

    def weather(self, calm: float) -> None:
        """The whole of it, until the queue is empty: in so many seconds of calm, or it fails."""
        client = threading.Thread(target=self._hand_over, daemon=True)
        self._up("serve")
        client.start()
        self._rage()
        self._until_handed_over()
        assert len(self.acknowledged) == self.sessions
        waited = self._until_empty(calm)
        print(f"{self.sessions} sessions, {self.kills} kills, {self.halts} halts of the database")
        print(f"empty after {waited:.1f} s")

    def close(self) -> None:
        for name in self.workers:
            self._kill(name)

    @property
    def newest_rates(self) -> Counter[int]:
        """The heart rates that are to stand in the end, and how often."""
        return Counter(60 + revision for revision in self.acknowledged.values())

    def _up(self, name: str) -> None:
        """Started, whether or not the database lets it."""
        running = self.workers[name]
        if running is None or running.poll() is not None:
            self.workers[name] = self.stage.command(name.partition("-")[0])

    def _kill(self, name: str) -> None:
        running = self.workers[name]
        if running is not None and running.poll() is None:
            running.kill()
            running.wait()
            self.kills += 1

    def _rage(self) -> None:
        end = time.monotonic() + self.seconds
        while time.monotonic() < end:
            for name in self.workers:
                self._up(name)
            time.sleep(self.dice.uniform(0.2, 2))
            if self.cluster is not None and self.dice.random() < 0.05:
                self.cluster.halt("immediate")
                time.sleep(self.dice.uniform(0.1, 1))
                self.cluster.start()
                self.halts += 1
            self._kill(self.dice.choice(list(self.workers)))

    def _until_handed_over(self) -> None:
        """Whoever was killed last comes back, until the client has handed over what is left."""
        end = time.monotonic() + HANDED_OVER
        while time.monotonic() < end and not self.over.is_set():
            for name in self.workers:
                self._up(name)
            time.sleep(0.5)

    def _until_empty(self, calm: float) -> float:
        """Seconds until every delivery is delivered or overtaken."""
        store = open_store(self.stage.environment["INFUSION_BRIDGE_DATABASE_URL"])
        began = time.monotonic()
        while time.monotonic() - began < calm:
            for name in self.workers:
                self._up(name)
            left = Counter(d.state for d in store.deliveries(limit=5000) if d.state not in ("delivered", "superseded"))
            if not left:
                store.close()
                return time.monotonic() - began
            time.sleep(0.5)
        pytest.fail(f"not empty after {calm} s: {dict(left)}")

    def _hand_over(self) -> None:
        """A client that tries again until it is acknowledged."""
        for i in range(self.sessions):
            for revision in range(2 if i % REVISED == 0 else 1):
                self._put(f"K-{i:03d}", self._document(i, revision))
                self.acknowledged[f"K-{i:03d}"] = revision
            time.sleep(self.seconds / self.sessions / 4)
        self.over.set()

    def _put(self, number: str, content: bytes) -> None:
        while True:
            with suppress(httpx.HTTPError):
                answer = self.stage.put(number, content)
                if answer.status_code in (200, 201):
                    return
                assert answer.status_code == 503, answer.text
            time.sleep(0.05)

    def _document(self, i: int, revision: int) -> bytes:
        found: dict[str, Any] = record(number=f"K-{i:03d}", events=[at(0, "vital-signs", heart_rate=60 + revision)])
        found["patient"] = {**found["patient"], "mrn": f"STORM-{i % self.patients}"}
        return encode(found)


def rates(versions: list[dict[str, Any]]) -> list[int]:
    """The heart rates that an observation ever said, oldest first; empty for any other."""
    codes = [coding.get("code") for version in versions for coding in version["code"]["coding"]]
    return [int(v["valueQuantity"]["value"]) for v in versions] if HEART_RATE in codes else []


def is_set_back(said: list[int]) -> bool:
    """An older one was written over a newer one, or one of them twice."""
    return said != sorted(set(said))
