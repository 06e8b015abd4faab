"""An EHR that is away for days: everything arrives on the stated schedule, or waits for a person; the clock is ours."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from ehr.made_up_session import NOW, OBSERVATION, PATIENT, resource, session

from service.fhirjson import encode
from service.sandbox.behaviour import Declared, capability_statement
from service.store import Indexed, Store
from service.sync import Destination
from service.sync.ehr import Ehr
from service.sync.job import Job, Jobs

SESSIONS = 5
DAY = timedelta(days=1)
STATED = [0, 5, 305, 2105, 9305, 27305, 63305, 99305]
TOLD = [*STATED, *(99305 + 43200 * n for n in range(1, 12))]


class Away(httpx.BaseTransport):
    """Away until a time; then it takes everything. It counts what it was asked, and when."""

    def __init__(self, clock: Callable[[], datetime], until: datetime, answer: httpx.Response | None = None) -> None:
        self._clock, self._until, self._answer = clock, until, answer
        self.asked: list[datetime] = []
        self.taken: dict[str, int] = {}

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(self._clock())
        if self._clock() < self._until:
            if self._answer is not None:
                return self._answer
            raise httpx.ConnectError("away")
        if request.url.path.endswith("/metadata"):
            return httpx.Response(200, json=capability_statement(Declared(transaction=False)))
        if request.method == "GET":
            return httpx.Response(200, json={"resourceType": "Bundle", "type": "searchset", "total": 0})
        name = "/".join(request.url.path.split("/")[-2:])
        self.taken[name] = self.taken.get(name, 0) + 1
        return httpx.Response(201, headers={"Location": f"{name}/_history/1", "ETag": 'W/"1"'})


class Simulation:
    """The engine's part of it: wakes each delivery when its wait is over."""

    def __init__(self, store: Store, until: datetime, answer: httpx.Response | None = None) -> None:
        self.store, self.at = store, NOW
        self.way = Away(lambda: self.at, until, answer)
        self.attempts: dict[str, list[float]] = {}
        destination = Destination(name="hospital", base_url="https://ehr.example/fhir", create_patients=True)
        self._ehr = Ehr(destination, self.way, lambda: self.at)
        self._jobs = Jobs(store, {"hospital": self._ehr}, clock=lambda: self.at, dice=lambda: 0.5)

    def close(self) -> None:
        self._ehr.close()

    def run(self, jobs: list[Job]) -> None:
        waiting = [(self.at, order, job, 1) for order, job in enumerate(jobs)]
        heapq.heapify(waiting)
        while waiting:
            self.at, order, job, count = heapq.heappop(waiting)
            self.attempts.setdefault(job.number, []).append((self.at - NOW).total_seconds())
            following = self._jobs.attempt(job, count)
            if following.wait is not None:
                heapq.heappush(waiting, (self.at + timedelta(seconds=following.wait), order, job, count + 1))


def publish(store: Store) -> list[Job]:
    for n in range(SESSIONS):
        own = [resource("Observation", OBSERVATION[:-1] + str(n), subject={"reference": f"Patient/{PATIENT}"})]
        some = [*session()[:2], *own]
        items = [
            Indexed(r["resourceType"], r["id"], encode(r), (), r["resourceType"] != "Observation", "2026") for r in some
        ]
        revision = store.record(f"S-{n}", b"%d" % n, "clinic", NOW).revision
        store.publish(revision, items, (), ("hospital",), lambda _: None, NOW)
    return [Job("hospital", f"S-{n}", 1, 1) for n in range(SESSIONS)]


def states(store: Store) -> set[str]:
    return {delivery.state for delivery in store.deliveries()}


def test_six_days_away_and_everything_arrives_on_the_stated_schedule(store: Store) -> None:
    jobs = publish(store)
    with closing(Simulation(store, NOW + 6 * DAY)) as simulation:
        simulation.run(jobs)
    assert states(store) == {"delivered"}
    expected = [seconds for seconds in TOLD if seconds < 6 * 86_400]
    expected.append(TOLD[len(expected)])
    assert all(times == expected for times in simulation.attempts.values())
    assert set(simulation.way.taken.values()) == {1}
    assert len(simulation.way.taken) == 2 + SESSIONS


def test_seven_days_and_an_hour_is_a_dead_letter_and_replay_delivers(store: Store) -> None:
    jobs = publish(store)
    with closing(Simulation(store, NOW + 7 * DAY + timedelta(hours=1))) as simulation:
        simulation.run(jobs)
        assert states(store) == {"dead"}
        assert all(times == TOLD for times in simulation.attempts.values())
        assert simulation.way.taken == {}
        assert {d.code for d in store.deliveries()} == {"transient"}
        simulation.at = NOW + 8 * DAY
        again = [store.redeliver("hospital", job.number, simulation.at) for job in jobs]
        simulation.run([Job("hospital", one.number, one.revision, one.round) for one in again])
    assert states(store) == {"delivered"}
    assert set(simulation.way.taken.values()) == {1}


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("90", 90.0), ("Mon, 02 Mar 2026 16:10:00 GMT", 600.0), ("999999", 86_400.0), ("soon", 5.0)],
)
def test_it_is_asked_again_when_it_says(store: Store, header: str, seconds: float) -> None:
    jobs = publish(store)[:1]
    answer = httpx.Response(503, headers={"Retry-After": header})
    with closing(Simulation(store, NOW + timedelta(seconds=1), answer)) as simulation:
        simulation.run(jobs)
    assert simulation.attempts["S-0"] == [0.0, seconds]


def test_every_attempt_is_written_down(store: Store) -> None:
    jobs = publish(store)[:1]
    with closing(Simulation(store, NOW + timedelta(minutes=1))) as simulation:
        simulation.run(jobs)
    found: list[Any] = [(one.nth, one.state, one.sent) for one in store.attempts("hospital", "S-0")]
    assert found == [(1, "retrying", 0), (2, "retrying", 0), (3, "delivered", 3)]
