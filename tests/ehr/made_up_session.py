"""A small made-up session for tests of delivery: five resources that refer to each other, independent of any mapping."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from service.fhirjson import encode, read_json
from service.store import Indexed, Store

NOW = datetime(2026, 3, 2, 16, 0, tzinfo=UTC)
OURS = "https://clinic.example/id/infusion-bridge"
MRN = "https://clinic.example/id/mrn"
PATIENT, OBSERVATION = "0c5d9a6e-1111-4111-8111-000000000001", "0c5d9a6e-1111-4111-8111-000000000003"
ORGANIZATION, PROCEDURE = "0c5d9a6e-1111-4111-8111-000000000002", "0c5d9a6e-1111-4111-8111-000000000004"
PROVENANCE, DOCUMENT = "0c5d9a6e-1111-4111-8111-000000000005", "0c5d9a6e-1111-4111-8111-000000000006"


def resource(kind: str, id_: str, **elements: Any) -> dict[str, Any]:
    own = [] if kind == "Provenance" else [{"system": OURS, "value": id_}]
    mrn = [{"system": MRN, "value": "M-1"}] if kind == "Patient" else []
    named = {"identifier": mrn + own} if own else {}
    return {"resourceType": kind, "id": id_, "meta": {"source": "urn:made-up"}, **named, **elements}


def session(note: str = "first") -> list[dict[str, Any]]:
    """Five resources that refer to each other, referenced before referring."""
    subject = {"reference": f"Patient/{PATIENT}"}
    return [
        resource("Organization", ORGANIZATION, name="Made-up clinic"),
        resource("Patient", PATIENT, managingOrganization={"reference": f"Organization/{ORGANIZATION}"}),
        resource("Procedure", PROCEDURE, status="completed", subject=subject),
        resource(
            "Observation",
            OBSERVATION,
            status="final",
            subject=subject,
            partOf=[{"reference": f"Procedure/{PROCEDURE}"}],
            note=[{"text": note}],
        ),
        resource("Provenance", PROVENANCE, target=[{"reference": f"Observation/{OBSERVATION}"}]),
    ]


def with_document(note: str = "first") -> list[dict[str, Any]]:
    """The same with a document, for those that take nothing else."""
    subject, related = {"reference": f"Patient/{PATIENT}"}, [{"reference": f"Procedure/{PROCEDURE}"}]
    about = {"status": "current", "subject": subject, "description": note, "context": {"related": related}}
    *resources, provenance = session(note)
    return [*resources, resource("DocumentReference", DOCUMENT, **about), provenance]


def of_own(mark: str, resources: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same under ids of their own, of a patient of their own: ``mark`` is eight hexadecimal digits."""
    text = encode(resources).replace(b"0c5d9a6e", mark.encode()).replace(b'"M-1"', f'"M-{mark}"'.encode())
    return list(read_json(text))


def publish(store: Store, resources: list[dict[str, Any]], content: bytes = b"{}", number: str = "S-1") -> None:
    items = [
        Indexed(r["resourceType"], r["id"], encode(r), (), r["resourceType"] in ("Organization", "Patient"), "2026")
        for r in resources
    ]
    revision = store.record(number, content, "clinic", NOW).revision
    store.publish(revision, items, (), (), lambda _: None, NOW)
