"""A service whose clock, queue and deaths are the test's: its own parts, without threads and without an engine.

What the engine would wake is read from the engine's own table. A death is that of kill -9: what was on the disk at that
moment is what the next process finds.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from ehr.made_up_session import NOW

from mappings import load_clinic
from service.edges import Edge
from service.fhirjson import encode
from service.pipeline import Pipeline, Receipt
from service.store import open_store
from service.sync import Decisions, Desk, Destination
from service.sync.ehr import Ehr
from service.sync.job import Job, Jobs
from service.sync.pace import Circuit, Pace
from service.validation import Validator

NAME = "hospital"
CLINIC, VALIDATOR = load_clinic(), Validator()


class Died(BaseException):
    """The process did, at an edge."""


@dataclass
class Waiting:
    """A delivery that the engine will wake."""

    due: datetime
    count: int = 1


class Simulated:
    def __init__(self, folder: Path, template: Path, base_url: str, **destination: Any) -> None:
        self.folder, self.at = folder, NOW
        self.waiting: dict[str, Waiting] = {}
        self._queued: set[str] = set()
        about = {"name": NAME, "base_url": base_url, "internal": True, "create_patients": True, **destination}
        self.destination = Destination.model_validate(about)
        self._fatal: tuple[Edge, int] | None = None
        self._disk: dict[str, bytes] = {}
        self._processes = count(1)
        shutil.copy(template, folder / "store.sqlite3")
        self._open()

    def _open(self) -> None:
        process = f"process-{next(self._processes)}"
        self.store = open_store(f"sqlite:///{self.folder / 'store.sqlite3'}")
        self.store.workers.claim(process, process, lambda one: one != process, self.at)
        self.ehr = Ehr(self.destination, None, self.clock, Pace(None, sleep=self._sleep))
        circuit = Circuit(clock=self._seconds, sleep=self._sleep)
        parts = (self.store, {NAME: self.ehr}, process, {NAME: circuit}, self.clock, self._pass, lambda: 0.5)
        self._jobs = Jobs(*parts)
        self.pipeline = Pipeline(self.store, CLINIC, VALIDATOR, (NAME,), self.clock, passing=self._pass)
        self.decisions = Decisions(self.store, (self.destination,), self.pipeline.remap, self.clock)
        self.desk = Desk(self.store, (self.destination,))

    def close(self) -> None:
        self.ehr.close()
        self.store.close()

    def clock(self) -> datetime:
        return self.at

    def _seconds(self) -> float:
        return self.at.timestamp()

    def _sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)

    # death

    def dies_at(self, edge: Edge, nth: int) -> None:
        """The nth time from now that it passes there."""
        self._fatal = (edge, nth)

    def lives(self) -> None:
        self._fatal = None

    def _pass(self, edge: Edge) -> None:
        if self._fatal is None or self._fatal[0] is not edge:
            return
        self._fatal = (edge, self._fatal[1] - 1)
        if self._fatal[1] == 0:
            files = self.folder.glob("store.sqlite3*")
            self._disk = {file.name: file.read_bytes() for file in files if not file.name.endswith("-shm")}
            raise Died

    @contextmanager
    def mortal(self) -> Iterator[None]:
        """If it dies in here, another process takes its place."""
        try:
            yield
        except Died:
            self._fatal = None
            self.close()
            for file in self.folder.glob("store.sqlite3*"):
                file.unlink()
            for name, content in self._disk.items():
                (self.folder / name).write_bytes(content)
            self._open()
            self.pipeline.recover()

    # work

    def receive(self, document: dict[str, Any]) -> None:
        """A clinic's client sends it again where it got no answer."""
        answers: list[Receipt] = []
        while not answers:
            with self.mortal():
                answers.append(self.pipeline.receive(encode(document), "clinic"))
        assert answers[0].state == "published", answers

    def attempt(self, workflow: str) -> None:
        """Once; what follows from it waits for its time."""
        found = self.waiting[workflow]
        destination, number, revision, round_ = workflow.split(":")
        with self.mortal():
            following = self._jobs.attempt(Job(destination, number, int(revision), int(round_)), found.count)
            if following.wait is None:
                del self.waiting[workflow]
            else:
                found.count += following.state != "taken"
                found.due = self.at + timedelta(seconds=following.wait)

    @property
    def due(self) -> list[str]:
        self._take_up()
        if self.store.known(NAME).paused_at is not None:
            return []
        return [workflow for workflow, found in self.waiting.items() if found.due <= self.at]

    def pass_time(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)

    def until_empty(self) -> None:
        """Every delivery in its time, until none is left that goes on by itself."""
        for _ in range(2000):
            self._take_up()
            if not self.waiting:
                return
            workflow, found = min(self.waiting.items(), key=lambda one: one[1].due)
            self.at = max(self.at, found.due)
            self.attempt(workflow)
        raise AssertionError(f"never empty: {self.waiting}")

    def _take_up(self) -> None:
        """What was queued since."""
        with self.store.engine.connect() as connection:
            rows = connection.exec_driver_sql("SELECT workflow_uuid FROM workflow_status ORDER BY created_at, priority")
            queued = [str(row[0]) for row in rows]
        for workflow in queued:
            if workflow not in self._queued:
                self._queued.add(workflow)
                self.waiting[workflow] = Waiting(self.at)
