"""How fast a destination is asked, and how seldom while it is in trouble: with a clock of our own."""

from __future__ import annotations

import threading
from itertools import pairwise

from service.sync.outcomes import Accepted, Refused, Unavailable, Unknown
from service.sync.pace import PROBE_SECONDS, TROUBLE, Circuit, Pace


class Time:
    """Goes by only while somebody sleeps."""

    def __init__(self) -> None:
        self.at = 1000.0

    def clock(self) -> float:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.at += seconds


def test_requests_are_spread_evenly() -> None:
    time, left = Time(), []
    pace = Pace(4, time.clock, time.sleep)
    for _ in range(9):
        pace.wait()
        left.append(time.at - 1000)
    assert left == [n / 4 for n in range(9)]


def test_without_a_limit_nobody_waits() -> None:
    time = Time()
    pace = Pace(None, time.clock, time.sleep)
    for _ in range(100):
        pace.wait()
    assert time.at == 1000


def trouble(circuit: Circuit, times: int = TROUBLE) -> None:
    for _ in range(times):
        circuit.tell(Unavailable(503))


def test_trouble_opens_it_and_anything_that_was_answered_closes_it() -> None:
    time = Time()
    circuit = Circuit(clock=time.clock, sleep=time.sleep)
    trouble(circuit, TROUBLE - 1)
    circuit.tell(Refused(422))
    trouble(circuit, TROUBLE - 1)
    assert not circuit.is_open
    circuit.tell(Unknown("lost"))
    assert circuit.is_open
    circuit.tell(Accepted(200))
    assert not circuit.is_open


def test_one_probe_in_five_seconds_whatever_waits() -> None:
    time, probes = Time(), []
    circuit = Circuit(clock=time.clock, sleep=time.sleep)
    trouble(circuit)
    for _ in range(10):
        if circuit.admit():
            probes.append(time.at)
            circuit.tell(Unavailable())
    assert len(probes) == 10
    assert all(later - earlier >= PROBE_SECONDS for earlier, later in pairwise(probes))


def test_who_waits_for_a_probe_shares_what_came_of_it() -> None:
    """Of many that wait, one asks: when it fails, it failed for all of them."""
    circuit = Circuit()
    trouble(circuit)
    circuit._probe_at -= PROBE_SECONDS  # long ago
    assert circuit.admit()
    answers: list[bool] = []
    waiting = [threading.Thread(target=lambda: answers.append(circuit.admit())) for _ in range(5)]
    for thread in waiting:
        thread.start()
    circuit.tell(Unavailable())
    for thread in waiting:
        thread.join()
    assert answers == [False] * 5


def test_a_probe_that_succeeds_lets_everybody_go() -> None:
    circuit = Circuit()
    trouble(circuit)
    answers: list[bool] = []
    waiting = [threading.Thread(target=lambda: answers.append(circuit.admit())) for _ in range(5)]
    for thread in waiting:
        thread.start()
    circuit.tell(Accepted(200))
    for thread in waiting:
        thread.join()
    assert answers == [True] * 5


def test_another_process_may_have_the_probe() -> None:
    time = Time()
    turns = iter([False, False, True])
    circuit = Circuit(lambda: next(turns), time.clock, time.sleep)
    trouble(circuit)
    assert circuit.admit()
    assert time.at > 1000 + PROBE_SECONDS
