"""The composition root: settings in, working parts out. Nothing else in the service builds its own parts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from tempfile import TemporaryDirectory

from mappings import Clinic, load_clinic
from service.edges import fail_at
from service.pipeline import Pipeline
from service.settings import Settings
from service.store import Store, open_store
from service.sync import Decisions, Desk, Destination, Ehrs, PatientDesk, StatusBoard, load_destinations, once
from service.validation import Validator


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything a command may need. ``ehrs`` is for a process that stays: it asks there more than once."""

    settings: Settings
    clinic: Clinic
    store: Store
    destinations: tuple[Destination, ...]
    pipeline: Pipeline
    ehrs: Ehrs | None = None

    @property
    def desk(self) -> Desk:
        """For what people ask about destinations."""
        return Desk(self.store, self.destinations, self.ehrs.lend if self.ehrs else once)

    @property
    def decisions(self) -> Decisions:
        """For what people decide about deliveries."""
        lend = self.ehrs.lend if self.ehrs else once
        return Decisions(self.store, self.destinations, self.pipeline.remap, lend=lend)

    @property
    def patients(self) -> PatientDesk:
        """For what people decide about patients there."""
        return PatientDesk(self.store, self.clinic, self.destinations, ehrs=self.ehrs or Ehrs())

    @property
    def board(self) -> StatusBoard:
        """For what people see at a glance."""
        return StatusBoard(self.store, self.desk, self.decisions, self.patients)


def build(settings: Settings) -> Parts:
    """Load the clinic and the destinations, open and migrate the store. A wrong file stops here, before any of it."""
    clinic = load_clinic(settings.clinic)
    destinations = load_destinations(settings.destinations) if settings.destinations else ()
    store = open_store(settings.database_url)
    store.migrate()
    names = tuple(destination.name for destination in destinations)
    pipeline = Pipeline(store, clinic, Validator(), names, passing=fail_at(settings.fail_point))
    return Parts(settings, clinic, store, destinations, pipeline)


def build_pipeline(settings: Settings) -> Pipeline:
    return build(settings).pipeline


@contextmanager
def scratch_pipeline(settings: Settings) -> Iterator[Pipeline]:
    """For dry runs: its store is empty and goes with it, so the real database is left alone, even unmigrated."""
    with TemporaryDirectory() as folder:
        yield build_pipeline(settings.model_copy(update={"database_url": f"sqlite:///{folder}/dry-run.sqlite3"}))
