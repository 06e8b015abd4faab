"""Reconciling by itself: once in a period however many processes there are, sooner where it came to nothing."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from ehr.bridge import running_bridge
from ehr.ehrs import Sandbox, wait_until
from ehr.made_up_session import NOW, publish, session

from service.fhirjson import read_json
from service.store import Store, open_store
from service.store.statements import KEPT, Found
from service.sync import Destination
from service.sync.ehr import Ehr
from service.sync.job import Job, Jobs
from service.sync.outcomes import Unavailable
from service.sync.pace import PROBE_SECONDS, Pace
from service.sync.reconcile import Line, found_in
from service.sync.reconciler import LONGEST_REST, PATIENCE, RESTS, Reconciler, period

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
OWNER = "the-one"


class Ended(BaseException):
    """As when the process is told to stop."""


@dataclass
class Watch:
    """Both clocks of a run, moved by the test alone; it remembers the rests."""

    at: datetime = NOW
    ticks: float = 0.0
    rests: list[float] = field(default_factory=list)
    ends_after: int | None = None

    def now(self) -> datetime:
        return self.at

    def tick(self) -> float:
        """Every look at it is a tenth of a second later."""
        self.ticks += 0.1
        return self.ticks

    def wait(self, seconds: float) -> None:
        self.rests.append(seconds)
        if self.ends_after is not None and len(self.rests) >= self.ends_after:
            raise Ended


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def ehr(sandbox: Sandbox) -> Iterator[Ehr]:
    about = Destination(name="hospital", base_url=sandbox.base_url, internal=True, create_patients=True)
    with closing(Ehr(about, pace=Pace(None))) as opened:
        yield opened


def reconciler(store: Store, ehr: Ehr, watch: Watch, owner: str = OWNER) -> Reconciler:
    return Reconciler(store, ehr, owner, DAY, watch.wait, watch.now, watch.tick)


@pytest.fixture
def delivered(store: Store, ehr: Ehr) -> Store:
    """One session that is there, since NOW."""
    publish(store, session())
    store.redeliver("hospital", "S-1", NOW)
    assert (
        Jobs(store, {"hospital": ehr}, clock=lambda: NOW).attempt(Job("hospital", "S-1", 1, 1), 1).state == "delivered"
    )
    store.workers.claim(OWNER, "nowhere 1 1", lambda _: False, NOW)
    return store


def outcomes(store: Store) -> list[str]:
    return [one.outcome for one in store.statements.listed("hospital", 1000)]


def test_the_first_is_a_period_after_the_first_attempt(store: Store, ehr: Ehr, watch: Watch, sandbox: Sandbox) -> None:
    watch.at = NOW + 30 * DAY
    assert reconciler(store, ehr, watch).look() is False
    assert (outcomes(store), sandbox.requests()) == ([], 0)


def test_once_a_period_and_what_was_found_is_kept(delivered: Store, ehr: Ehr, watch: Watch) -> None:
    one = reconciler(delivered, ehr, watch)
    ran = []
    for hours in (23, 24, 25, 47, 48, 49):
        watch.at = NOW + hours * HOUR
        ran.append(one.look())
    assert ran == [False, True, False, False, True, False]
    last, first = delivered.statements.listed("hospital", 10)
    assert (first.started_at, last.started_at) == (NOW + DAY, NOW + 2 * DAY)
    assert (last.outcome, last.counts, last.retracted, last.by, last.has_faults) == (
        "complete",
        {"delivered": 1},
        0,
        "",
        False,
    )
    assert delivered.statements.one("hospital", last.id)[1] == b"[]"


def test_what_is_missing_is_kept_by_name_and_logged_by_count(
    delivered: Store, ehr: Ehr, watch: Watch, sandbox: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    sandbox.control("reset")
    watch.at = NOW + DAY
    reconciler(delivered, ehr, watch).look()
    (one,) = delivered.statements.listed("hospital", 10)
    assert (one.counts, one.has_faults) == ({"missing": 1}, True)
    (line,) = read_json(delivered.statements.one("hospital", one.id)[1])
    assert (line["number"], line["state"]) == ("S-1", "missing")
    assert len(line["missing"]) == 5
    said = capsys.readouterr().out
    assert "'missing': 1" in said
    assert "S-1" not in said


def test_what_was_entered_in_error_is_said_to_be(delivered: Store, ehr: Ehr, watch: Watch) -> None:
    publish(delivered, session("taken back"), b'{"status":"entered-in-error"}')
    assert (
        Jobs(delivered, {"hospital": ehr}, clock=watch.now).attempt(Job("hospital", "S-1", 2, 1), 1).state
        == "delivered"
    )
    watch.at = NOW + DAY
    reconciler(delivered, ehr, watch).look()
    (one,) = delivered.statements.listed("hospital", 10)
    assert (one.counts, one.retracted) == ({"delivered": 1}, 1)
    (line,) = read_json(delivered.statements.one("hospital", one.id)[1])
    assert (line["number"], line["state"], line["retracted"]) == ("S-1", "delivered", True)


def test_an_ehr_that_does_not_answer_is_asked_again_sooner(
    delivered: Store, ehr: Ehr, watch: Watch, sandbox: Sandbox
) -> None:
    one = reconciler(delivered, ehr, watch)
    sandbox.control("misbehave", mode="down")
    watch.at, before = NOW + DAY, sandbox.requests()
    assert one.look() is True
    (said,) = delivered.statements.listed("hospital", 10)
    assert (said.outcome, said.detail, said.counts) == ("unreachable", "answered 503", {})
    assert sandbox.requests() - before == 2 * (1 + PATIENCE)  # a search, then a read in its place
    assert watch.rests == [PROBE_SECONDS] * PATIENCE
    watch.at += HOUR - timedelta(seconds=1)
    assert one.look() is False
    sandbox.control("misbehave", mode="none")
    watch.at += timedelta(seconds=1)
    assert one.look() is True
    assert outcomes(delivered) == ["complete", "unreachable"]
    watch.at += DAY - timedelta(seconds=1)
    assert one.look() is False
    assert delivered.statements.newest("hospital")[1] is None


def test_trouble_that_passes_ends_nothing(delivered: Store, ehr: Ehr, watch: Watch, sandbox: Sandbox) -> None:
    sandbox.control("misbehave", mode="down", times=3)
    watch.at = NOW + DAY
    reconciler(delivered, ehr, watch).look()
    assert outcomes(delivered) == ["complete"]


def test_it_rests_longer_than_it_asks_so_that_deliveries_go_on(delivered: Store, ehr: Ehr, watch: Watch) -> None:
    for n in range(2, 4):
        publish(delivered, session(), b'{"n":%d}' % n, f"S-{n}")
    watch.at = NOW + DAY
    reconciler(delivered, ehr, watch).look()
    assert watch.rests == pytest.approx([RESTS * 0.1] * 3)
    assert RESTS * 0.1 < LONGEST_REST


def test_while_it_is_paused_nothing_is_asked(delivered: Store, ehr: Ehr, watch: Watch, sandbox: Sandbox) -> None:
    delivered.pause("hospital", "ada", NOW)
    watch.at, before = NOW + DAY, sandbox.requests()
    assert reconciler(delivered, ehr, watch).look() is False
    assert (sandbox.requests(), outcomes(delivered)) == (before, [])
    delivered.resume("hospital")
    assert reconciler(delivered, ehr, watch).look() is True


def test_a_run_that_is_told_to_stop_is_not_kept_as_done(delivered: Store, ehr: Ehr, watch: Watch) -> None:
    watch.at, watch.ends_after = NOW + DAY, 1
    with pytest.raises(Ended):
        reconciler(delivered, ehr, watch).look()
    (one,) = delivered.statements.listed("hospital", 10)
    assert (one.outcome, one.detail) == ("abandoned", "it was not finished")
    watch.at, watch.ends_after = watch.at + HOUR, None
    assert reconciler(delivered, ehr, watch).look() is True
    assert outcomes(delivered) == ["complete", "abandoned"]


def test_the_run_of_one_that_died_is_taken_over_and_its_own_word_comes_too_late(
    delivered: Store, ehr: Ehr, watch: Watch
) -> None:
    at = NOW + DAY
    delivered.workers.beat(OWNER, at)
    key = delivered.statements.claim("hospital", OWNER, DAY, at)
    assert key is not None
    delivered.workers.claim("other", "nowhere 2 2", lambda _: False, at)
    assert delivered.statements.claim("hospital", "other", DAY, at) is None  # one that lives is at it
    watch.at = at + 2 * HOUR
    delivered.workers.beat("other", watch.at)
    assert reconciler(delivered, ehr, watch, "other").look() is True
    assert outcomes(delivered) == ["complete", "abandoned"]
    assert delivered.statements.end(key, OWNER, Found("complete", counts={"delivered": 9}), watch.at) is False
    assert outcomes(delivered) == ["complete", "abandoned"]


def test_a_run_whose_end_could_not_be_written_is_not_waited_for(delivered: Store, ehr: Ehr, watch: Watch) -> None:
    """The process lives on, and is at nothing: as when the database was away at that moment."""
    watch.at = NOW + DAY
    delivered.workers.beat(OWNER, watch.at)
    assert delivered.statements.claim("hospital", OWNER, DAY, watch.at) is not None
    watch.at += HOUR
    delivered.workers.beat(OWNER, watch.at)
    assert reconciler(delivered, ehr, watch).look() is True
    assert outcomes(delivered) == ["complete", "abandoned"]


def test_a_clock_that_was_set_back_stops_nothing(delivered: Store, ehr: Ehr, watch: Watch) -> None:
    watch.at = NOW + 400 * DAY
    assert reconciler(delivered, ehr, watch).look() is True
    watch.at = NOW + 2 * DAY
    assert reconciler(delivered, ehr, watch).look() is True
    assert reconciler(delivered, ehr, watch).look() is False


def test_many_processes_make_one_run(delivered: Store, database_url: str, ehr: Ehr, sandbox: Sandbox) -> None:
    """Each with connections of its own, all at once, twice a period."""
    with ExitStack() as stack:
        stores = [stack.enter_context(closing(open_store(database_url))) for _ in range(4)]
        for n, store in enumerate(stores):
            store.workers.claim(f"owner-{n}", f"nowhere {n} 9", lambda _: False, NOW)
        for hours in (24, 25, 48, 49):
            watches = [Watch(NOW + hours * HOUR) for _ in stores]
            for n, store in enumerate(stores):
                store.workers.beat(f"owner-{n}", watches[n].at)
            together(stores, ehr, watches)
    assert [one.started_at for one in delivered.statements.listed("hospital", 10)] == [NOW + 2 * DAY, NOW + DAY]


def together(stores: list[Store], ehr: Ehr, watches: list[Watch]) -> None:
    gate = threading.Barrier(len(stores))

    def look(n: int) -> None:
        one = reconciler(stores[n], ehr, watches[n], f"owner-{n}")
        gate.wait(30)
        one.look()

    threads = [threading.Thread(target=look, args=(n,)) for n in range(len(stores))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_the_last_ones_are_kept_and_weeks_without_an_answer_push_none_out(store: Store) -> None:
    fine, nothing = found_in([Line("S-1", 1, "delivered", False)]), found_in(Unavailable())
    for n in range(KEPT + 5):
        store.statements.save("hospital", "ada", NOW + n * HOUR, fine, NOW + n * HOUR)
    for _ in range(KEPT + 5):
        store.statements.save("hospital", "ada", NOW + 100 * HOUR, nothing, NOW + 100 * HOUR)
    store.statements.save("registry", "ada", NOW, fine, NOW)
    assert outcomes(store) == ["unreachable"] * KEPT + ["complete"] * KEPT
    complete, last = store.statements.newest("hospital")
    assert complete is not None
    assert last is not None
    assert (complete.started_at, last.outcome) == (NOW + (KEPT + 4) * HOUR, "unreachable")
    assert len(store.statements.listed("registry", 10)) == 1


@pytest.mark.parametrize(
    ("own", "general", "every"),
    [(None, 24.0, DAY), (1.0, 24.0, HOUR), (0, 24.0, None), (None, 0, None), (24.0, 0, DAY)],
)
def test_a_destination_says_how_often_or_the_service_does(own: float | None, general: float, every: Any) -> None:
    assert period(own, general) == every


def test_a_service_does_it_by_itself(tmp_path: Path, sandbox: Sandbox) -> None:
    """The worker as it is started, with a period of two seconds."""
    with running_bridge(tmp_path, "by-itself", sandbox, direct=sandbox.base_url, every_hours=2 / 3600) as bridge:
        bridge.until("delivered", [bridge.send(bridge.session("R-1"), "direct")])
        wait_until(lambda: [one.outcome for one in bridge.store.statements.listed("direct", 9)][-1:] == ["complete"])
        assert bridge.store.statements.listed("direct", 9)[-1].counts == {"delivered": 1}
