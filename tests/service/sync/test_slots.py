"""How many deliveries are at a destination at once, and when its queue is looked at."""

from __future__ import annotations

import threading

import pytest

from service.sync.lookout import Bell
from service.sync.slots import Slots, Stopped

LONG = 60.0


class Crowd:
    """Deliveries that come, and stay until they are told to go."""

    def __init__(self, slots: Slots) -> None:
        self._slots, self._lock, self.leave = slots, threading.Lock(), threading.Semaphore(0)
        self.inside, self.most, self.stopped = 0, 0, 0
        self.entered = threading.Semaphore(0)
        self.threads: list[threading.Thread] = []

    def come(self, count: int) -> None:
        for _ in range(count):
            self.threads.append(threading.Thread(target=self._deliver))
            self.threads[-1].start()

    def end(self) -> None:
        for thread in self.threads:
            thread.join(LONG)
            assert not thread.is_alive()

    def _deliver(self) -> None:
        try:
            with self._slots.one():
                self._count(1)
                self.entered.release()
                assert self.leave.acquire(timeout=LONG)
                self._count(-1)
        except Stopped:
            self.stopped += 1

    def _count(self, more: int) -> None:
        with self._lock:
            self.inside += more
            self.most = max(self.most, self.inside)


def test_no_more_than_so_many_are_there_and_each_has_its_turn() -> None:
    crowd = Crowd(Slots(2, lambda: None))
    crowd.come(9)
    for _ in range(9):
        assert crowd.entered.acquire(timeout=LONG)
        crowd.leave.release()
    crowd.end()
    assert (crowd.inside, crowd.most, crowd.stopped) == (0, 2, 0)


def test_more_is_looked_for_when_none_waits_and_not_before() -> None:
    looks: list[int] = []
    slots = Slots(1, lambda: looks.append(1))
    crowd = Crowd(slots)
    crowd.come(1)
    assert crowd.entered.acquire(timeout=LONG)
    assert len(looks) == 1
    crowd.leave.release()
    crowd.end()
    assert len(looks) == 2


def test_closed_it_lets_nobody_in_and_those_inside_end() -> None:
    slots = Slots(1, lambda: None)
    crowd = Crowd(slots)
    crowd.come(3)
    assert crowd.entered.acquire(timeout=LONG)
    slots.close()
    crowd.leave.release()
    crowd.end()
    assert crowd.stopped == 2
    with pytest.raises(Stopped), slots.one():
        pass


def test_a_fault_inside_gives_the_slot_back() -> None:
    slots = Slots(1, lambda: None)
    with pytest.raises(KeyError), slots.one():
        raise KeyError
    with slots.one():
        pass


def waiting(bell: Bell) -> tuple[threading.Thread, list[bool]]:
    found: list[bool] = []
    thread = threading.Thread(target=lambda: found.append(bell.wait(LONG)))
    thread.start()
    return thread, found


def test_a_bell_shortens_the_wait_and_stops_nothing() -> None:
    bell = Bell()
    thread, found = waiting(bell)
    bell.ring()
    thread.join(LONG / 2)
    assert found == [False]
    assert not bell.is_set()


def test_rung_before_it_is_waited_for_it_is_not_forgotten() -> None:
    bell = Bell()
    bell.ring()
    thread, found = waiting(bell)
    thread.join(LONG / 2)
    assert found == [False]


def test_set_it_ends_the_wait() -> None:
    bell = Bell()
    thread, found = waiting(bell)
    bell.set()
    thread.join(LONG / 2)
    assert found == [True]
    assert bell.wait(LONG)
