"""What a shared resource's identity hangs on: the same words, the same key, whatever the session."""

from __future__ import annotations

from typing import Any

from mappings.clinic import Clinic
from mappings.session import Location, Medication, Patient, Person, Referral


def patient_key(patient: Patient, clinic: Clinic) -> tuple[str, str]:
    """What the patient's identity hangs on: the clinic's number, else the first other identifier."""
    if patient.mrn is not None:
        return (clinic.systems.patient, patient.mrn)
    return (patient.identifiers[0].system, patient.identifiers[0].value)


def person_key(person: Person) -> tuple[str, ...]:
    if person.npi:
        return ("npi", person.npi)
    if person.id:
        return ("staff", person.id)
    return ("name", person.family, *person.given)


def location_key(place: Location) -> tuple[str, str]:
    return ("id", place.id) if place.id else ("name", place.name)


def referral_key(referral: Referral, referrer: Person) -> tuple[str, ...]:
    """A referral without a number is known by what it says, and who made it."""
    if referral.number:
        return ("number", referral.number)
    return ("content", str(referral.date or ""), referral.reason or "", *person_key(referrer))


def concept_key(concept: Any) -> tuple[str, ...]:
    return (concept.key or "", concept.system or "", concept.code or "", concept.text or "")


def medication_key(product: Medication) -> tuple[str, ...]:
    """What was made ready: the drug, its strength with the digits as written, its lot."""
    strength = product.concentration
    parts = (*concept_key(product.drug), f"{strength.value}{strength.unit}" if strength else "")
    return (*parts, product.lot or "", str(product.expires or ""))
