"""What the clinic knows of its staff, beside what the record says."""

from __future__ import annotations

from mappings.clinic import Clinic
from mappings.session import InfusionSession


def with_known_staff(session: InfusionSession, clinic: Clinic) -> InfusionSession:
    """Filled in where the record leaves it out."""
    if not clinic.staff:
        return session
    referral = session.referral
    known = referral and referral.model_copy(update={"referrer": clinic.known(referral.referrer)})
    staff = tuple(clinic.known(person) for person in session.staff)
    return session.model_copy(update={"staff": staff, "referral": known})
