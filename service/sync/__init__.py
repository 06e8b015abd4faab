"""Delivery to EHRs: durable, in order for each patient, and the same however often it is repeated."""

from service.sync.decisions import Decisions
from service.sync.desk import Desk
from service.sync.destinations import Destination, load_destinations
from service.sync.worker import SyncWorker

__all__ = ["Decisions", "Desk", "Destination", "SyncWorker", "load_destinations"]
