"""Deliveries per second to an EHR, beside a bare httpx loop that posts the very Bundles that ours are.

Ours is the worker as `serve` and `sync` run it: from the beginning of the first attempt that the ledger knows of to
the end of the last. The loop knows what to post, keeps a patient's Bundles in order, and remembers nothing.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

import httpx

from bench.documents import documents
from bench.inside import quiet_log
from bench.measure import Result, Size, Steps, rate
from bench.server import Server
from bench.where import Watched, steps_of
from mappings import load_clinic
from service.fhirjson import read_json
from service.pipeline import Pipeline
from service.settings import Settings
from service.store import Store, open_store
from service.store.rows import LIVE
from service.sync import Destination, Ehrs, SyncWorker
from service.sync.delivery import deliver
from service.sync.ehr import FHIR_JSON, Ehr
from service.sync.outcomes import Accepted
from service.validation import Validator

NAME = "deliveries / bare httpx loop"
EHR = "ehr"
VARIATIONS = 5  # of the fixtures, delivered in one round
LONGEST = 120.0


def measure(size: Size, server: Server, directory: Path) -> tuple[list[Result], list[Steps]]:
    """By the clock, and by the processor time of both ends, which other work on the machine disturbs less."""
    with quiet_log(), httpx.Client(base_url=server.url, timeout=60) as control:
        work = prepared(size, server, control, directory)
        fresh = (directory / f"delivered-{number}.sqlite3" for number in count())
        here, there = Spent(server), Spent(server)
        found = rate(
            NAME,
            "deliveries/s",
            size.rounds,
            lambda _: ours(work, control, next(fresh), here),
            lambda _: bare(work, control, there),
        )
        watched = Watched()
        ours(work, control, next(fresh), Spent(server), watched)
    a, b = (median(one.seconds) / len(work.numbers) * 1000 for one in (here, there))
    return [found, Result(f"{NAME}, processor", a, b, "ms", a / b)], [steps_of(watched, len(work.numbers))]


class Spent:
    """Processor seconds of this process and the EHR's, round by round."""

    def __init__(self, server: Server) -> None:
        self._server, self.seconds = server, list[float]()

    @contextmanager
    def counted(self) -> Iterator[None]:
        began = process_time() + self._server.cpu()
        yield
        self.seconds.append(process_time() + self._server.cpu() - began)


@dataclass(frozen=True, slots=True)
class Work:
    """``queue`` is a database in which every session of ``numbers`` waits. ``before`` is at the EHR already;
    ``bundles`` are what the sessions are there, those of one patient in one list."""

    destination: Destination
    queue: Path
    numbers: list[str]
    before: list[bytes]
    bundles: list[list[bytes]]


def prepared(size: Size, server: Server, control: httpx.Client, directory: Path) -> Work:
    """The sessions of a first variation are delivered beforehand, so that what all sessions share is there."""
    there = Destination(name=EHR, base_url=f"{server.url}/fhir", internal=True, create_patients=True)
    queue, seen = directory / "queued.sqlite3", directory / "seen.sqlite3"
    batch = [one for number in range(VARIATIONS) for one in documents(1 + number, size.sessions)]
    control.post("/_control/reset").raise_for_status()
    with closing(open_store(f"sqlite:///{queue}")) as store:
        store.migrate()
        first = _publish(store, documents(0, size.sessions), ())
        before = [bundle for number in first for bundle in sent(store, there, number)]
        numbers = _publish(store, batch, (EHR,))
    shutil.copy(queue, seen)
    bundles: dict[str, list[bytes]] = {}
    with closing(open_store(f"sqlite:///{seen}")) as store:
        for number, body in batch:
            bundles.setdefault(str(read_json(body)["patient"]), []).extend(sent(store, there, number))
    return Work(there, queue, numbers, before, list(bundles.values()))


def _publish(store: Store, batch: list[tuple[str, bytes]], destinations: tuple[str, ...]) -> list[str]:
    pipeline = Pipeline(store, load_clinic(), Validator(), destinations)
    for number, body in batch:
        if pipeline.receive(body, "bench", number).state != "published":
            raise RuntimeError(f"{number} is not publishable")
    return [number for number, _ in batch]


def sent(store: Store, destination: Destination, number: str) -> list[bytes]:
    """Deliver one session without the engine: the Bundles that were posted."""
    recorder = Recorder()
    with closing(Ehr(destination, transport=recorder)) as ehr:
        result = deliver(store, ehr, number, False, lambda: datetime.now(UTC))
    if not isinstance(result.outcome, Accepted):
        raise RuntimeError(f"{number}: {result.outcome}")
    return recorder.bundles


class Recorder(httpx.HTTPTransport):
    """Keeps what is posted to the base."""

    def __init__(self) -> None:
        super().__init__(trust_env=False)
        self.bundles: list[bytes] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            self.bundles.append(request.read())
        return super().handle_request(request)


def ours(work: Work, control: httpx.Client, database: Path, spent: Spent, watched: Watched | None = None) -> float:
    """By the ledger: from the first attempt's beginning to the last one's end."""
    _as_before(work, control)
    shutil.copy(work.queue, database)
    settings = Settings(database_url=f"sqlite:///{database}")
    with closing(open_store(settings.database_url)) as store, closing(Ehrs()) as ehrs:
        parts = (store, ehrs) if watched is None else watched.parts(store, ehrs, work.destination)
        worker = SyncWorker(parts[0], (work.destination,), settings, parts[1])
        if watched is not None:
            watched.jobs_of(worker)
        worker.start()
        try:
            with spent.counted(), nullcontext() if watched is None else watched.whole():
                _until(lambda: not store.deliveries(destination=EHR, states=LIVE, limit=1))
        finally:
            worker.stop()
        return _rate_in(store, work.numbers)


def _rate_in(store: Store, numbers: list[str]) -> float:
    tries = [one for number in numbers for one in store.attempts(EHR, number)]
    if len(store.deliveries(destination=EHR, states=("delivered",), limit=10_000)) != len(numbers):
        raise RuntimeError(f"not everything was delivered: {sorted({str(one.state) for one in tries})}")
    began, ended = min(one.began_at for one in tries), max(one.ended_at for one in tries if one.ended_at)
    return len(numbers) / (ended - began).total_seconds()


def bare(work: Work, control: httpx.Client, spent: Spent) -> float:
    """As many at a time as ours."""
    _as_before(work, control)
    with _client(work) as client, ThreadPoolExecutor(Settings().sync_workers) as pool:
        client.get("/metadata").raise_for_status()
        began = perf_counter()
        with spent.counted():
            list(pool.map(lambda bundles: _post(client, bundles), work.bundles))
        return len(work.numbers) / (perf_counter() - began)


def _post(client: httpx.Client, bundles: list[bytes]) -> None:
    for bundle in bundles:
        client.post("", content=bundle, headers={"content-type": FHIR_JSON}).raise_for_status()


def _client(work: Work) -> httpx.Client:
    return httpx.Client(base_url=work.destination.base_url, timeout=60, trust_env=False)


def _as_before(work: Work, control: httpx.Client) -> None:
    control.post("/_control/reset").raise_for_status()
    with _client(work) as client:
        _post(client, work.before)


def _until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + LONGEST
    while not is_so():
        if time.monotonic() > deadline:
            raise RuntimeError("the worker is not done")
        time.sleep(0.1)
