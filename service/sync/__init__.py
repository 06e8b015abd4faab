"""Delivery to EHRs: durable, in order for each patient, and the same however often it is repeated."""

from service.sync.board import StatusBoard
from service.sync.decisions import Decisions
from service.sync.desk import Desk
from service.sync.destinations import Destination, load_destinations
from service.sync.ehrs import Ehrs, once
from service.sync.keys import key_set
from service.sync.patients import PatientDesk
from service.sync.worker import SyncWorker

__all__ = [
    "Decisions",
    "Desk",
    "Destination",
    "Ehrs",
    "PatientDesk",
    "StatusBoard",
    "SyncWorker",
    "key_set",
    "load_destinations",
    "once",
]
