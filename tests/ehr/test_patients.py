"""The patients' desk over a whole bridge: held, listed beside who may be meant, linked by a person, sent, un-linked.

And what is pulled from an EHR. One suite for the sandbox and, where it does the same, a real HAPI server.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from ehr.ehrs import Sandbox, Server, running_sandbox, wait_until
from golden_sessions import record

from mappings import parse_session
from service.commands.composition import Parts, build
from service.errors import Conflict, NotFound, Rejected, Unavailable
from service.fhirjson import encode, read_json
from service.settings import Settings
from service.sync import PatientDesk, SyncWorker

CLINIC = "desk-clinic"
MRN = f"https://{CLINIC}.example/id/mrn"
OTHER = "https://their-hospital.example/id"
NPI = "http://hl7.org/fhir/sid/us-npi"
SNOMED, ICD = "http://snomed.info/sct", "http://hl7.org/fhir/sid/icd-10-cm"
STATUS = "http://terminology.hl7.org/CodeSystem/condition-"
WHO = {"mrn": "D-1", "family": "Synthetic-Larch", "given": ["Lou"], "birth_date": "1984-05-17", "sex": "female"}


class Office:
    """A bridge whose destination ``hospital`` creates nobody, with its worker and its desk."""

    def __init__(self, folder: Path, server: Server) -> None:
        (folder / "destinations.toml").write_text(
            f'[destinations.hospital]\nbase_url = "{server.base_url}"\ninternal = true\ntimeout_seconds = 60\n'
        )
        systems = {name: f"https://{CLINIC}.example/id/{name}" for name in ("session", "resource", "staff", "referral")}
        lines = [f'{name} = "{url}"' for name, url in {"patient": MRN, **systems}.items()]
        (folder / "clinic.toml").write_text("\n".join([f'[clinic]\nkey = "{folder.name}"\n[systems]', *lines]))
        self.parts: Parts = build(
            Settings(
                database_url=f"sqlite:///{folder / 'bridge.sqlite3'}",
                clinic=folder / "clinic.toml",
                destinations=folder / "destinations.toml",
                sync_poll_seconds=0.05,
            )
        )
        self.store = self.parts.store
        self.desk = PatientDesk(self.store, self.parts.clinic, self.parts.destinations)
        self.worker = SyncWorker(self.store, self.parts.destinations, self.parts.settings)
        self.worker.start()

    def close(self) -> None:
        self.worker.stop()
        self.desk.close()
        self.store.close()

    def send(self, number: str, **changes: Any) -> str:
        """Hand over a session; our id of its patient."""
        document = record(number=number, patient={**WHO, **changes})
        assert self.parts.pipeline.receive(encode(document), "test").state == "published"
        rows = self.store.session_resources(number)
        return next(row.id for row in rows if row.resource_type == "Patient")

    def until(self, state: str, number: str) -> None:
        wait_until(lambda: self.store.deliveries(number=number)[0].state == state, 60)


@pytest.fixture
def office(server: Server, tmp_path: Path) -> Iterator[Office]:
    if isinstance(server, Sandbox):
        server.control("reset")
    with closing(Office(tmp_path, server)) as found:
        yield found


def their(id_: str, **changes: Any) -> dict[str, Any]:
    found = {
        "resourceType": "Patient",
        "id": id_,
        "name": [{"use": "official", "family": "Synthetic-Larch", "given": ["Lou", "May"]}],
        "birthDate": "1984-05-17",
        "gender": "female",
        **changes,
    }
    return {name: value for name, value in found.items() if value is not None}


def test_an_exact_identifier_links_and_is_listed(office: Office, server: Server) -> None:
    server.put(their("desk-1", identifier=[{"system": MRN, "value": "D-exact"}]))
    patient = office.send("D-EXACT", mrn="D-exact")
    office.until("delivered", "D-EXACT")
    (row,) = office.desk.listed("hospital", "linked")["patients"]
    assert (row["patient"], row["their_id"], row["how"]) == (patient, "desk-1", "identifier")
    assert office.desk.listed("hospital", "held")["patients"] == []
    subject = server.resources("Procedure", "patient=desk-1")[0]["subject"]
    assert subject["reference"] == "Patient/desk-1"
    assert server.get("Patient/desk-1")["name"][0]["given"] == ["Lou", "May"]


def test_a_person_links_and_what_waited_is_sent(office: Office, server: Server) -> None:
    server.put(their("desk-2", birthDate="1984-06-30"))
    patient = office.send("D-HELD-1", mrn="D-held", birth_date="1984-06-30")
    office.send("D-HELD-2", mrn="D-held", birth_date="1984-06-30")
    for number in ("D-HELD-1", "D-HELD-2"):
        office.until("held", number)
    (row,) = office.desk.listed("hospital", "held")["patients"]
    assert (row["patient"], row["code"], row["waiting"]) == (patient, "not-found", ["D-HELD-1", "D-HELD-2"])
    assert (row["ours"]["family"], row["ours"]["birth_date"]) == ("Synthetic-Larch", "1984-06-30")
    assert "desk-2" in [one["id"] for one in row["candidates"]]
    done = office.desk.link("hospital", patient, "desk-2", "nurse")
    assert done["released"] == ["D-HELD-1", "D-HELD-2"]
    for number in ("D-HELD-1", "D-HELD-2"):
        office.until("delivered", number)
    assert len(server.resources("Procedure", "patient=desk-2")) == 2
    (row,) = office.desk.listed("hospital", "linked")["patients"]
    assert (row["how"], row["by"]) == ("person", "nurse")


def test_un_linking_stops_what_comes_after(office: Office, server: Server) -> None:
    server.put(their("desk-3", identifier=[{"system": MRN, "value": "D-stop"}]))
    patient = office.send("D-STOP-1", mrn="D-stop")
    office.until("delivered", "D-STOP-1")
    office.desk.unlink("hospital", patient, "nurse")
    office.send("D-STOP-2", mrn="D-stop")
    office.until("held", "D-STOP-2")
    assert len(server.resources("Procedure", "patient=desk-3")) == 1
    with pytest.raises(Conflict):
        office.desk.imported("hospital", patient)
    assert office.desk.link("hospital", patient, "desk-3", "nurse")["released"] == ["D-STOP-2"]
    office.until("delivered", "D-STOP-2")
    assert len(server.resources("Procedure", "patient=desk-3")) == 2


def test_linked_to_another_what_was_sent_follows(office: Office, server: Server) -> None:
    """The same resources, once, and about the other one now; what is about no patient is left as it was."""
    for id_ in ("desk-9", "desk-10"):
        server.put(their(id_, birthDate="1984-07-01"))
    patient = office.send("D-MOVE", mrn="D-move", birth_date="1984-07-01")
    office.until("held", "D-MOVE")
    office.desk.link("hospital", patient, "desk-9", "nurse")
    office.until("delivered", "D-MOVE")
    before = len(server.resources("Observation", "patient=desk-9"))
    places = server.resources("Organization", "identifier=" + organization(office))
    office.desk.unlink("hospital", patient, "nurse")
    assert office.desk.link("hospital", patient, "desk-10", "nurse")["released"] == ["D-MOVE"]
    office.until("delivered", "D-MOVE")
    assert len(server.resources("Observation", "patient=desk-10")) == before > 0
    assert server.resources("Observation", "patient=desk-9") == []
    assert server.resources("Organization", "identifier=" + organization(office)) == places


def organization(office: Office) -> str:
    rows = office.store.session_resources("D-MOVE")
    return next(row.id for row in rows if row.resource_type == "Organization")


def test_a_link_needs_somebody_who_is_there(office: Office, server: Server) -> None:
    server.put(their("desk-4", active=False))
    server.put(their("desk-5"))
    server.put(their("desk-6"))
    patient = office.send("D-WHO", mrn="D-who", family="Synthetic-Unique", birth_date="1951-01-01")
    office.until("held", "D-WHO")
    for wrong in ("nobody-there", "desk-4", "../Patient/desk-5", "", ".."):
        with pytest.raises(Rejected):
            office.desk.link("hospital", patient, wrong, "nurse")
    office.desk.link("hospital", patient, "desk-5", "nurse")
    office.until("delivered", "D-WHO")
    with pytest.raises(Conflict, match="un-link first"):
        office.desk.link("hospital", patient, "desk-6", "nurse")
    for name, id_ in (("elsewhere", patient), ("hospital", "not-a-patient")):
        with pytest.raises(NotFound):
            office.desk.link(name, id_, "desk-5", "nurse")
        with pytest.raises(NotFound):
            office.desk.unlink(name, id_, "nurse")


def concept(*codings: tuple[str, str], text: str | None = None, display: str | None = None) -> dict[str, Any]:
    shown = {} if display is None else {"display": display}
    found: dict[str, Any] = {"coding": [{"system": s, "code": c, **shown} for s, c in codings]} if codings else {}
    return found if text is None else {**found, "text": text}


def condition(id_: str, patient: str, code: dict[str, Any], clinical: str = "active") -> dict[str, Any]:
    return {
        "resourceType": "Condition",
        "id": id_,
        "clinicalStatus": concept((f"{STATUS}clinical", clinical)),
        "verificationStatus": concept((f"{STATUS}ver-status", "confirmed")),
        "code": code,
        "subject": {"reference": f"Patient/{patient}"},
    }


def chart(server: Server, patient: str, mrn: str) -> None:
    """What a referring practice has of a patient."""
    if isinstance(server, Sandbox):
        types = ["ServiceRequest", "Practitioner", "Condition", "Patient", "Procedure", "Observation", "Encounter"]
        server.control("capabilities", types=types)
    server.put(
        their(
            patient,
            identifier=[{"system": MRN, "value": mrn}, {"system": OTHER, "value": "H-77"}],
            telecom=[{"system": "phone", "value": "555-0142", "use": "mobile"}],
        )
    )
    server.put(condition(f"{patient}-c1", patient, concept((ICD, "F33.2"))))
    server.put(condition(f"{patient}-c2", patient, concept((ICD, "I10"), display="Essential hypertension")))
    server.put(condition(f"{patient}-c3", patient, concept((ICD, "F41.1")), "resolved"))
    server.put(condition(f"{patient}-c4", patient, concept(text="low mood")))
    name = [{"family": "Synthetic-Referrer", "given": ["Rae"]}]
    npi = [{"system": NPI, "value": "1234567893"}]
    server.put({"resourceType": "Practitioner", "id": f"{patient}-dr", "identifier": npi, "name": name})
    server.put(
        {
            "resourceType": "ServiceRequest",
            "id": f"{patient}-r1",
            "identifier": [{"system": OTHER, "value": "REF-2026-11"}],
            "status": "active",
            "intent": "order",
            "category": [concept((SNOMED, "3457005"))],
            "subject": {"reference": f"Patient/{patient}"},
            "authoredOn": "2026-02-20T09:00:00-06:00",
            "requester": {"reference": f"Practitioner/{patient}-dr"},
            "reasonCode": [{"text": "Depression that did not respond to two antidepressants"}],
        }
    )


def test_what_they_know_becomes_a_draft_that_only_wants_number_start_and_status(office: Office, server: Server) -> None:
    chart(server, "desk-7", "D-pull")
    patient = office.send("D-PULL", mrn="D-pull")
    office.until("delivered", "D-PULL")
    draft = office.desk.imported("hospital", patient)
    assert draft.missing == ("number", "status", "start")
    assert draft.record["patient"] == {
        "mrn": "D-pull",
        "family": "Synthetic-Larch",
        "given": ["Lou", "May"],
        "birth_date": "1984-05-17",
        "sex": "female",
        "phone": "555-0142",
        "identifiers": [{"system": OTHER, "value": "H-77"}],
    }
    assert draft.record["indications"][:2] == [
        {"key": "mdd-recurrent-severe"},
        {"system": ICD, "code": "I10", "display": "Essential hypertension"},
    ]
    assert draft.record["referral"] == {
        "referrer": {"family": "Synthetic-Referrer", "given": ["Rae"], "npi": "1234567893"},
        "number": "REF-2026-11",
        "date": "2026-02-20",
        "reason": "Depression that did not respond to two antidepressants",
    }
    sources = {one.field: (one.source, one.differs_from_ours) for one in draft.sources}
    assert sources["patient.given"] == ("Patient/desk-7", True)
    assert sources["patient.mrn"] == ("ours", False)
    assert sources["indications[0]"] == ("Condition/desk-7-c1", False)
    assert sources["referral.referrer"] == ("Practitioner/desk-7-dr", False)
    reasons = {one.source: one.reason for one in draft.unused}
    assert reasons["Condition/desk-7-c3"] == "not active"
    assert reasons["Condition/desk-7-c4"] == "not coded"
    filled = {**draft.record, "number": "NEW-1", "status": "in-progress", "start": "2026-03-02T10:00:00-06:00"}
    session = parse_session(read_json(encode(filled)))
    assert (session.referral is not None, len(session.indications)) == (True, 2)
    assert office.send("D-PULL", mrn="D-pull") == patient


def test_a_destination_that_is_down_is_said(tmp_path: Path) -> None:
    with running_sandbox() as sandbox, closing(Office(tmp_path, sandbox)) as office:
        chart(sandbox, "desk-8", "D-down")
        patient = office.send("D-DOWN", mrn="D-down")
        other = office.send("D-OTHER", mrn="D-other", family="Synthetic-Yew")
        office.until("delivered", "D-DOWN")
        office.until("held", "D-OTHER")
        sandbox.control("misbehave", mode="down")
        with pytest.raises(Unavailable):
            office.desk.imported("hospital", patient)
        with pytest.raises(Unavailable):
            office.desk.link("hospital", other, "desk-8", "nurse")
        (row,) = office.desk.listed("hospital", "held")["patients"]
        assert (row["patient"], row["candidates"]) == (other, None)
        assert datetime.now(UTC) > row["updated_at"]
