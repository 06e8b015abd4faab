"""The patients' desk: who waits for a person, who may be meant there, link, un-link, import. For the API and commands.

What others hold of a patient is asked for when somebody looks, and is not kept.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

import structlog

from mappings import Clinic
from mappings.reading.draft import Draft
from service.errors import Conflict, NotFound, Rejected, ServiceError
from service.fhirjson import read_json
from service.store import PatientLink, Store
from service.store.patients import State
from service.sync.attempt import item_of
from service.sync.candidates import Candidate, candidate, candidates_in, match_parameters
from service.sync.delivery import ACROSS_PATIENTS
from service.sync.destinations import Destination
from service.sync.ehr import Ehr
from service.sync.ehrs import Ehrs
from service.sync.outcomes import Accepted, Refused
from service.sync.pulling import answered, pull

log = structlog.get_logger()
MOST_CANDIDATES = 10
ID = re.compile(r"(?!\.+$)[A-Za-z0-9\-.]{1,64}")


@dataclass(frozen=True, slots=True)
class Listed:
    """One of our patients at a destination. ``candidates`` is None where the destination could not be asked."""

    patient: str
    state: State
    their_id: str | None
    how: str | None
    code: str | None
    by: str
    updated_at: datetime | None
    ours: dict[str, Any]
    waiting: list[str]
    candidates: list[dict[str, Any]] | None


@dataclass(slots=True)
class PatientDesk:
    """Safe to share between threads. Close it when done."""

    store: Store
    clinic: Clinic
    destinations: Sequence[Destination]
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ehrs: Ehrs = field(default_factory=Ehrs)

    def close(self) -> None:
        self.ehrs.close()

    def listed(self, destination: str, state: State, after: str = "", count: int = 10) -> dict[str, Any]:
        """A page by our id; ``next`` is what to go on after. Candidates are for those that wait."""
        ehr = self._ehr(destination)
        rows = self.store.patients.listed(destination, state, after, count + 1)
        found: list[Listed] = []
        for row in rows[:count]:  # one that could not be asked once is not waited for again and again
            asked = not found or found[-1].candidates is not None
            found.append(self._listed(ehr, row, asked))
        return {"patients": [asdict(one) for one in found], "next": found[-1].patient if len(rows) > count else None}

    def link(self, destination: str, patient: str, their_id: str, caller: str) -> dict[str, Any]:
        """A person says that this one there is ours. What waited for it is sent. Raises ServiceErrors."""
        ehr = self._ehr(destination)
        self._check_there(ehr, their_id)
        before = self.store.link(destination, "Patient", patient)
        row = self.store.patients.link(destination, patient, their_id, caller, self.clock())
        # What went to another record is sent again, so that it refers to this one.
        moved = before is not None and bool(before.their_id) and before.their_id != their_id
        if moved:
            self.store.patients.forget_sent(destination, patient, ACROSS_PATIENTS)
        states = ("held", "delivered", "conflict") if moved else ("held",)
        numbers = self.store.patients.sessions(destination, patient, states)
        for number in numbers:
            self.store.redeliver(destination, number, self.clock())
        log.info("patient linked", destination=destination, patient=patient, caller=caller, released=len(numbers))
        return {"patient": patient, "state": row.state, "their_id": their_id, "released": numbers}

    def unlink(self, destination: str, patient: str, caller: str) -> dict[str, Any]:
        """Nothing more of this patient goes there. What is there stays. Raises NotFound."""
        self._ehr(destination)
        row = self.store.patients.unlink(destination, patient, caller, self.clock())
        log.info("patient un-linked", destination=destination, patient=patient, caller=caller)
        return {"patient": patient, "state": row.state, "their_id": None, "released": []}

    def imported(self, destination: str, patient: str, referral: str | None = None) -> Draft:
        """What is known of a linked patient there, as a draft of a session record. Raises Conflict when not linked."""
        ehr = self._ehr(destination)
        ours = read_json(self.store.read("Patient", patient).content)
        their_id = self._their_id(destination, patient)
        return pull(ehr, self.clinic, ours, their_id, referral)

    def _ehr(self, destination: str) -> Ehr:
        found = next((one for one in self.destinations if one.name == destination), None)
        if found is None:
            raise NotFound("no such destination")
        return self.ehrs.get(found)

    def _their_id(self, destination: str, patient: str) -> str:
        row = self.store.patients.get(destination, patient)
        if row is not None and row.state != "held":
            found = row.their_id if row.state == "linked" else None
        else:
            known = self.store.link(destination, "Patient", patient)
            found = None if known is None else known.their_id
        if found is None:
            raise Conflict("this patient is not linked there")
        return found

    def _check_there(self, ehr: Ehr, their_id: str) -> None:
        if not ID.fullmatch(their_id):
            raise Rejected("this is no id of a patient there", "their_id", code="value")
        outcome = ehr.read("Patient", their_id)
        if isinstance(outcome, Refused) and outcome.status in (404, 410):
            raise Rejected("there is no such patient there", "their_id", code="business-rule")
        body = answered(outcome)
        if not isinstance(body, dict) or (body.get("resourceType"), body.get("id")) != ("Patient", their_id):
            raise Rejected("what is there under this id is no patient", "their_id", code="business-rule")
        if body.get("active") is False:
            raise Rejected("the record there is not active", "their_id", code="business-rule")

    def _listed(self, ehr: Ehr, row: PatientLink, asked: bool) -> Listed:
        content = self.store.read("Patient", row.patient).content
        ours = asdict(candidate(read_json(content)))
        waiting = self.store.patients.sessions(row.destination, row.patient)
        found = [] if row.state != "held" else self._candidates(ehr, row) if asked else None
        there = None if found is None else [asdict(one) for one in found]
        about = (row.patient, row.state, row.their_id, row.how, row.code, row.by, row.updated_at)
        return Listed(*about, ours, waiting, there)

    def _candidates(self, ehr: Ehr, row: PatientLink) -> list[Candidate] | None:
        """By each identifier, then by $match, then by name and birth date: each as far as the destination has it."""
        item = item_of(self.store.read("Patient", row.patient))
        ours = candidate(read_json(item.content))
        try:
            answers = [ehr.search("Patient", *pair) for pair in item.identifiers]
            answers.append(ehr.match(match_parameters(item.content)))
            if ours.family and ours.birth_date:
                answers.append(ehr.find("Patient", family=ours.family, birthdate=ours.birth_date))
        except ServiceError:
            return None
        if not any(isinstance(one, Accepted | Refused) for one in answers):
            return None
        found: dict[str, Candidate] = {}
        for answer in answers:
            for one in candidates_in(answer.body) if isinstance(answer, Accepted) else []:
                found[one.id] = one if one.grade or one.id not in found else found[one.id]
        return list(found.values())[:MOST_CANDIDATES]
