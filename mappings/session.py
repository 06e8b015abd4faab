"""InfusionSession: the one input model, and the door it comes through.

One document per session. The clinic's own session number is the idempotency key; a later document with the same number
is a new revision. Required: number, status, patient, start; everything else is optional and nothing is dropped.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from mappings.events import Concept, Event
from mappings.faults import issues_of
from mappings.issue import Issue
from mappings.quantities import (
    NONE,
    Concentration,
    Dose,
    Height,
    Key,
    Mass,
    Name,
    Positive,
    Record,
    Spellings,
    Text,
    Time,
    Weight,
    Whole,
    readable,
)
from mappings.timeline import check_timeline, infusion_events
from mappings.values import Day, Npi, PartialDay

Status = Literal["in-progress", "not-done", "stopped", "completed", "entered-in-error"]
Phase = Literal["induction", "maintenance", "booster"]


class Identifier(Record):
    """A patient identifier of another system than the clinic's medical record numbers."""

    system: Annotated[str, Field(pattern=r"^(https?://|urn:)\S+$", max_length=200), AfterValidator(readable)]
    value: Name


class Patient(Record):
    """``mrn`` is the clinic's medical record number; at least it or one identifier is needed.

    ``birth_date`` is as exact as it is known: ``1984-05-17``, ``1984-05`` or ``1984``.
    """

    mrn: Name | None = None
    identifiers: tuple[Identifier, ...] = ()
    family: Name
    given: tuple[Name, ...] = ()
    birth_date: PartialDay
    sex: Literal["male", "female", "other", "unknown"]
    phone: Name | None = None

    @model_validator(mode="after")
    def identified(self) -> Self:
        if self.mrn is None and not self.identifiers:
            raise PydanticCustomError("required", "a medical record number or another identifier is needed")
        return self


class Person(Record):
    """A professional: known by NPI, by the clinic's own id, or by name alone."""

    npi: Npi | None = None
    id: Key | None = None
    family: Name
    given: tuple[Name, ...] = ()


class StaffMember(Person):
    role: Literal["ordering", "administering", "monitoring", "witness"]


class Course(Record):
    """The series this session belongs to. ``number`` of ``planned`` infusions."""

    id: Key
    phase: Phase | None = None
    number: Annotated[Whole, Field(ge=1)] | None = None
    planned: Annotated[Whole, Field(ge=1)] | None = None


class Referral(Record):
    number: Key | None = None
    date: Day | None = None
    referrer: Person
    reason: Text | None = None


class Location(Record):
    id: Key | None = None
    name: Name


class Device(Record):
    """A pump that infused or a monitor that measured."""

    id: Key
    type: Literal["infusion-pump", "monitor"]
    name: Name | None = None
    manufacturer: Name | None = None
    model: Name | None = None
    serial: Name | None = None


class Test(Record):
    """A test before the infusion and its result in words."""

    time: Time | None = None
    result: Literal["negative", "positive", "not-done", "inconclusive"]


class Preparation(Record):
    """What was known and checked before the infusion."""

    weight: Weight | None = None
    weighed: Time | None = None
    height: Height | None = None
    asa_class: Annotated[Whole, Field(ge=1, le=6)] | None = None
    last_oral_intake: Time | None = None
    pregnancy_test: Test | None = None
    drug_screen: Test | None = None
    consent_given: Time | None = None
    escort: Text | None = None

    @model_validator(mode="after")
    def weighed_something(self) -> Self:
        if self.weighed is not None and self.weight is None and self.height is None:
            raise PydanticCustomError("required", "a time of weighing needs the weight")
        return self


class Medication(Record):
    """A drug product made ready for this session. ``label`` is how events refer to it; the only one needs none."""

    label: Key = "infusion"
    drug: Concept
    concentration: Concentration | None = None
    lot: Name | None = None
    expires: Day | None = None
    drawn_up: Mass | None = None
    wasted: Mass | None = None
    waste_witness: Name | None = None
    recorded_dose: Mass | None = None


class Order(Record):
    """What was ordered: a dose over a duration, with a ceiling."""

    medication: Key | None = None
    dose: Dose
    duration_minutes: Positive | None = None
    ceiling: Dose | None = None
    ordered: Time | None = None


class After(Record):
    instructions: Text | None = None
    next_visit: Day | None = None


class InfusionSession(Record):
    """One infusion session as the clinic recorded it."""

    number: Key
    status: Status
    status_reason: Text | None = None
    patient: Patient
    start: Time
    end: Time | None = None
    recorded: Time | None = None
    course: Course | None = None
    referral: Referral | None = None
    indications: tuple[Concept, ...] = ()
    location: Location | None = None
    staff: tuple[StaffMember, ...] = ()
    devices: tuple[Device, ...] = ()
    preparation: Preparation = Preparation()
    medications: tuple[Medication, ...] = ()
    order: Order | None = None
    events: tuple[Event, ...] = ()
    after: After = After()

    @property
    def published_events(self) -> list[Event]:
        """All but notes of a psychotherapy: nothing tells that there is one."""
        return [event for event in self.events if event.type != "note" or event.is_published]

    @model_validator(mode="after")
    def consistent(self) -> Self:
        """Times in order and references that meet; each fault names its place."""
        only = self.medications[0].label if len(self.medications) == 1 else None
        faults = [
            *self._faults_in_times(),
            *self._faults_in_labels(),
            *self._faults_in_infusion(),
            *check_timeline(self.events, only),
        ]
        if faults:
            raise PydanticCustomError("session", "inconsistent", {"faults": faults})
        return self

    def _faults_in_times(self) -> list[tuple[str, str, str]]:
        found = []
        if self.end is not None and self.end < self.start:
            found.append(("business-rule", "the session ends before it starts", "end"))
        if self.patient.birth_date > self.start.date().isoformat():
            found.append(("business-rule", "the patient is born after the session", "patient.birth_date"))
        if self.status == "stopped" and not self.status_reason:
            found.append(("required", "a stopped session says why", "status_reason"))
        if self.status == "not-done" and not self.status_reason:
            found.append(("required", "a session that was not done says why", "status_reason"))
        return found

    def _faults_in_infusion(self) -> list[tuple[str, str, str]]:
        """What ran, ran within the session; nothing runs in a session that was not done."""
        found = []
        for i, event in infusion_events(self.events):
            if self.status == "not-done":
                found.append(
                    ("business-rule", "nothing is infused in a session that was not done", f"events[{i}].type")
                )
            elif event.time < self.start:
                found.append(("business-rule", "infused before the session starts", f"events[{i}].time"))
            elif self.end is not None and event.time > self.end:
                found.append(("business-rule", "infused after the session ends", f"events[{i}].time"))
        return found

    def _faults_in_labels(self) -> list[tuple[str, str, str]]:
        labels = [medication.label for medication in self.medications]
        found = []
        if len(set(labels)) != len(labels):
            found.append(("value", "two medications share a label", "medications"))
        if len({device.id for device in self.devices}) != len(self.devices):
            found.append(("value", "two devices share an id", "devices"))
        used: list[tuple[str, Any]] = [
            (f"events[{i}].medication", event) for i, event in enumerate(self.events) if hasattr(event, "medication")
        ]
        if self.order is not None:
            used.append(("order.medication", self.order))
        for place, user in used:
            label = user.medication
            if label is None and len(labels) != 1:
                found.append(("required", "which of the medications is not said", place))
            elif label is not None and label not in labels:
                found.append(("value", "no medication has this label", place))
        return found


class InvalidSession(Exception):
    """Not a session: one issue per fault, each naming its place and no value."""

    def __init__(self, issues: tuple[Issue, ...]) -> None:
        self.issues = issues
        super().__init__(f"{len(issues)} faults")


def parse_session(data: Any, spellings: Spellings = NONE) -> InfusionSession:
    """Plain JSON values (Decimals for fractions), units as the clinic spells them → a session, or InvalidSession."""
    try:
        return InfusionSession.model_validate(data, context={"spellings": spellings})
    except ValidationError as error:
        details = error.errors(include_input=False, include_url=False)
        raise InvalidSession(tuple(issue for detail in details for issue in issues_of(detail))) from None
