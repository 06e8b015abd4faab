"""What was read of a patient at an EHR → a draft of a session record."""

from __future__ import annotations

from typing import Any

from mappings.clinic import Clinic
from mappings.reading.conditions import indications
from mappings.reading.demographics import demographics
from mappings.reading.draft import Draft, Found, Notes
from mappings.reading.referrals import referral_of
from mappings.resource import Resource


def draft_of(found: Found, ours: Resource, clinic: Clinic, referral: str | None = None) -> Draft:
    """``ours`` is our Patient, whose identity stays; ``referral`` the id of the ServiceRequest that a person chose."""
    notes = Notes()
    notes.unused.extend(found.remarks)
    parts: dict[str, Any] = {
        "patient": demographics(found.patient, ours, clinic, notes),
        "referral": referral_of(found, clinic, referral, notes),
        "indications": indications(found, clinic, notes),
    }
    record = {name: value for name, value in parts.items() if value}
    return Draft(record, tuple(notes.sources), tuple(notes.unused))
