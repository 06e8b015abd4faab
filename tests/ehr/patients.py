"""Made-up patients and sessions for tests of linking: ours in the store, theirs in an EHR."""

from __future__ import annotations

from typing import Any

from ehr.made_up_session import MRN, OURS, PATIENT, publish, resource

from mappings.identity import logical_id
from service.store import Store

FACTS: dict[str, Any] = {
    "name": [{"use": "official", "family": "Synthetic-Alder", "given": ["Ada"]}],
    "birthDate": "1984-05-17",
    "gender": "female",
}


def their_patient(id_: str, *identifiers: tuple[str, str], **changes: Any) -> dict[str, Any]:
    """A record of the EHR's own; without identifiers nobody can match it exactly."""
    named = [{"system": system, "value": value} for system, value in identifiers]
    found = {"resourceType": "Patient", "id": id_, **FACTS, **({"identifier": named} if named else {}), **changes}
    return {name: value for name, value in found.items() if value is not None}


def our_session(number: str = "S-1", **patient: Any) -> list[dict[str, Any]]:
    """A session of the one patient: referenced before referring, with ids of its own."""
    procedure, observation = logical_id("made-up", number, "p"), logical_id("made-up", number, "o")
    subject = {"reference": f"Patient/{PATIENT}"}
    return [
        resource("Patient", PATIENT, **{**FACTS, **patient}),
        resource("Procedure", procedure, status="completed", subject=subject),
        resource(
            "Observation",
            observation,
            status="final",
            subject=subject,
            partOf=[{"reference": f"Procedure/{procedure}"}],
        ),
    ]


def publish_session(store: Store, number: str = "S-1", **patient: Any) -> None:
    publish(store, our_session(number, **patient), number.encode(), number)


def queue_session(store: Store, destination: str, number: str = "S-1") -> None:
    """Published, and waiting to be delivered."""
    publish_session(store, number)
    from ehr.made_up_session import NOW

    store.redeliver(destination, number, NOW)


__all__ = ["FACTS", "MRN", "OURS", "PATIENT", "our_session", "publish_session", "queue_session", "their_patient"]
