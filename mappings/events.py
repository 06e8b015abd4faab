"""What happened during a session: typed events, each with its time.

Infusion events form one time line per medication: ``infusion-start``, then any of ``rate-change``, ``pause`` and
``resume``, and at most one ``infusion-stop``; then it may start again. A ``bolus`` may stand anywhere.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from mappings.quantities import (
    Dose,
    Given,
    Key,
    NotNegative,
    Number,
    Percent,
    Rate,
    Record,
    Temperature,
    Text,
    Time,
    Whole,
    YesNo,
    readable,
)


class Concept(Record):
    """What something is: a ``key`` of the terminology tables, an explicit coding, or words alone."""

    key: Key | None = None
    system: Annotated[str, Field(pattern=r"^(https?://|urn:)\S+$", max_length=200), AfterValidator(readable)] | None = (
        None
    )
    code: Annotated[str, Field(pattern=r"^\S+( \S+)*$", max_length=100), AfterValidator(readable)] | None = None
    display: Text | None = None
    text: Text | None = None

    @model_validator(mode="after")
    def says_something(self) -> Self:
        if (self.system is None) != (self.code is None):
            raise PydanticCustomError("concept", "a coding needs both system and code")
        if self.display is not None and self.code is None:
            raise PydanticCustomError("concept", "a display needs its coding")
        if self.key is None and self.code is None and self.text is None:
            raise PydanticCustomError("concept", "a key, a coding or a text is needed")
        return self


class InfusionStart(Record):
    type: Literal["infusion-start"]
    time: Time
    rate: Rate
    medication: Key | None = None


class RateChange(Record):
    type: Literal["rate-change"]
    time: Time
    rate: Rate
    reason: Text | None = None
    medication: Key | None = None


class Pause(Record):
    type: Literal["pause"]
    time: Time
    reason: Text | None = None
    medication: Key | None = None


class Resume(Record):
    """Without a rate the infusion goes on as before the pause."""

    type: Literal["resume"]
    time: Time
    rate: Rate | None = None
    reason: Text | None = None
    medication: Key | None = None


class InfusionStop(Record):
    """``aborted`` marks an infusion that ended before its time; the reason says why."""

    type: Literal["infusion-stop"]
    time: Time
    aborted: YesNo = False
    reason: Text | None = None
    medication: Key | None = None


class Bolus(Record):
    type: Literal["bolus"]
    time: Time
    dose: Dose
    reason: Text | None = None
    medication: Key | None = None


class VitalSigns(Record):
    """One set of readings: mmHg, beats and breaths per minute, percent, litres per minute."""

    type: Literal["vital-signs"]
    time: Time
    systolic: NotNegative | None = None
    diastolic: NotNegative | None = None
    mean: NotNegative | None = None
    heart_rate: NotNegative | None = None
    oxygen_saturation: Percent | None = None
    oxygen_flow: NotNegative | None = None
    inspired_oxygen: Percent | None = None
    respiratory_rate: NotNegative | None = None
    temperature: Temperature | None = None
    end_tidal_co2: NotNegative | None = None

    @model_validator(mode="after")
    def has_readings(self) -> Self:
        if all(value is None for name, value in self if name not in ("type", "time")):
            raise PydanticCustomError("readings", "at least one reading is needed")
        if (self.oxygen_flow is not None or self.inspired_oxygen is not None) and self.oxygen_saturation is None:
            raise PydanticCustomError("readings", "oxygen given is charted together with oxygen_saturation")
        if self.systolic is not None and self.diastolic is not None and self.systolic < self.diastolic:
            raise PydanticCustomError("readings", "systolic is below diastolic")
        return self


class Score(Record):
    """A questionnaire or rating: its total, its items in order (``null`` for one not answered), or both."""

    type: Literal["score"]
    time: Time
    instrument: Key
    total: Number | None = None
    items: Annotated[
        tuple[Annotated[Whole, Field(ge=0, le=100)] | None, ...] | None, BeforeValidator(lambda items: items or None)
    ] = None

    @model_validator(mode="after")
    def has_result(self) -> Self:
        if self.total is None and not self.items:
            raise PydanticCustomError("score", "a total or items are needed")
        return self


class Sedation(Record):
    """A level on a sedation scale such as ``moaas`` (0–5) or ``rass`` (-5–4)."""

    type: Literal["sedation"]
    time: Time
    scale: Key
    level: Annotated[Whole, Field(ge=-10, le=100)]


class Dissociation(Record):
    """How far away the patient felt, in the staff's words."""

    type: Literal["dissociation"]
    time: Time
    level: Literal["none", "mild", "moderate", "severe"]
    note: Text | None = None


class Reaction(Record):
    """Something the patient bore: what, how bad, what was done, how it ended."""

    type: Literal["reaction"]
    time: Time
    reaction: Concept
    severity: Literal["mild", "moderate", "severe", "life-threatening", "fatal"]
    action: Text | None = None
    infusion_stopped: YesNo = False
    end: Time | None = None
    outcome: Literal["resolved", "recovering", "ongoing", "resolvedWithSequelae", "fatal", "unknown"] | None = None

    @model_validator(mode="after")
    def ends_after_onset(self) -> Self:
        if self.end is not None and self.end < self.time:
            raise PydanticCustomError("order", "a reaction ends before it starts")
        return self


class OtherMedication(Record):
    """A drug given besides the infusion: before it (``premedication``) or to help (``rescue``)."""

    type: Literal["medication"]
    time: Time
    drug: Concept
    dose: Given
    route: Literal["intravenous", "intramuscular", "oral", "sublingual", "inhaled"] | None = None
    purpose: Literal["premedication", "rescue", "other"] = "other"
    reason: Text | None = None


class Note(Record):
    """``psychotherapy`` marks notes of a therapy: they stay in the record and never become FHIR."""

    type: Literal["note"]
    time: Time
    text: Text
    kind: Literal["clinical", "psychotherapy"] = "clinical"

    @property
    def is_published(self) -> bool:
        return self.kind == "clinical"


class Discharge(Record):
    type: Literal["discharge"]
    time: Time
    criteria_met: YesNo
    criteria: Text | None = None
    escort: Text | None = None


InfusionEvent = InfusionStart | RateChange | Pause | Resume | InfusionStop | Bolus
Event = Annotated[
    InfusionStart
    | RateChange
    | Pause
    | Resume
    | InfusionStop
    | Bolus
    | VitalSigns
    | Score
    | Sedation
    | Dissociation
    | Reaction
    | OtherMedication
    | Note
    | Discharge,
    Field(discriminator="type"),
]
