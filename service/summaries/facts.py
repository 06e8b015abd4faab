"""What a referring psychiatrist wants to know of a session, worked out from the record. Pure.

What was given, how the patient bore it, whether it helps.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from mappings import Clinic, InfusionSession
from mappings.events import Dissociation, OtherMedication, Reaction, Score, Sedation, VitalSigns
from mappings.infusion import Segment, dose_per_kg, plain, segments, total_dose_mg
from mappings.observations.scores import total_of

# field of the record → (words, unit)
VITALS = {
    "systolic": ("Systolic pressure", "mmHg"),
    "diastolic": ("Diastolic pressure", "mmHg"),
    "heart_rate": ("Heart rate", "/min"),
    "oxygen_saturation": ("Oxygen saturation", "%"),
    "respiratory_rate": ("Respiratory rate", "/min"),
}
LOW_IS_WORSE = frozenset({"oxygen_saturation", "respiratory_rate"})


@dataclass(frozen=True, slots=True)
class Given:
    """One medication of the session: total in mg and mg/kg where they can be known, minutes the infusion ran."""

    drug: str
    total_mg: Decimal | None
    per_kg: Decimal | None
    minutes: Decimal
    steps: tuple[Segment, ...]


@dataclass(frozen=True, slots=True)
class Course:
    """A vital sign over the session: before the infusion, at its worst, and at the end."""

    name: str
    unit: str
    baseline: Decimal
    worst: Decimal
    worst_at: datetime
    last: Decimal


@dataclass(frozen=True, slots=True)
class Trend:
    """An instrument over the course of infusions: (session number, time, total), and the change from the first."""

    name: str
    totals: tuple[tuple[str, datetime, Decimal], ...]

    @property
    def change(self) -> Decimal:
        return self.totals[-1][2] - self.totals[0][2]

    @property
    def percent(self) -> int | None:
        first = self.totals[0][2]
        return round(self.change * 100 / first) if first and len(self.totals) > 1 else None


@dataclass(frozen=True, slots=True)
class SummaryFacts:
    session: InfusionSession
    revision: int
    indications: tuple[str, ...]
    given: tuple[Given, ...]
    vitals: tuple[Course, ...]
    reactions: tuple[tuple[str, Reaction], ...]
    levels: tuple[tuple[str, str, datetime], ...]
    others: tuple[tuple[str, OtherMedication], ...]
    trends: tuple[Trend, ...]
    warnings: tuple[str, ...]


def facts_of(
    session: InfusionSession, earlier: Sequence[InfusionSession], clinic: Clinic, revision: int
) -> SummaryFacts:
    """``earlier`` are the other sessions of the same patient that started before, in order."""
    events = session.events
    return SummaryFacts(
        session=session,
        revision=revision,
        indications=tuple(clinic.display("indication", i) for i in session.indications),
        given=tuple(_given(session, clinic)),
        vitals=tuple(_vitals(session)),
        reactions=tuple((clinic.display("reaction", e.reaction), e) for e in events if isinstance(e, Reaction)),
        levels=tuple(_levels(session, clinic)),
        others=tuple((clinic.display("drug", e.drug), e) for e in events if isinstance(e, OtherMedication)),
        trends=tuple(_trends([*earlier, session], clinic)),
        warnings=tuple(_warnings(session)),
    )


def _given(session: InfusionSession, clinic: Clinic) -> Iterator[Given]:
    found = segments(session)
    for medication in session.medications:
        steps = tuple(s for s in found if s.medication == medication.label)
        seconds = sum(int(((s.end or s.start) - s.start).total_seconds()) for s in steps)
        label = medication.label
        yield Given(
            clinic.display("drug", medication.drug),
            total_dose_mg(session, label),
            dose_per_kg(session, label),
            plain((Decimal(seconds) / 60).quantize(Decimal("0.1"))),
            steps,
        )


def _vitals(session: InfusionSession) -> Iterator[Course]:
    readings = sorted((e for e in session.events if isinstance(e, VitalSigns)), key=lambda e: e.time)
    for field, (name, unit) in VITALS.items():
        charted = [(e.time, getattr(e, field)) for e in readings if getattr(e, field) is not None]
        if charted:
            pick = min if field in LOW_IS_WORSE else max
            worst_at, worst = pick(charted, key=lambda pair: pair[1])
            yield Course(name, unit, charted[0][1], worst, worst_at, charted[-1][1])


def _levels(session: InfusionSession, clinic: Clinic) -> Iterator[tuple[str, str, datetime]]:
    for event in session.events:
        if isinstance(event, Dissociation):
            yield "Dissociation", event.level, event.time
        elif isinstance(event, Sedation):
            yield clinic.row("instrument", event.scale).text, str(event.level), event.time


def _trends(sessions: Iterable[InfusionSession], clinic: Clinic) -> Iterator[Trend]:
    """Only instruments with a total, each in order of time over all sessions."""
    found: dict[str, list[tuple[str, datetime, Decimal]]] = {}
    for session in sessions:
        for event in session.events:
            if isinstance(event, Score):
                total = total_of(event, clinic.row("instrument", event.instrument))
                if total is not None:
                    found.setdefault(event.instrument, []).append((session.number, event.time, total))
    for instrument, totals in found.items():
        in_order = tuple(sorted(totals, key=lambda entry: entry[1]))
        yield Trend(clinic.row("instrument", instrument).text, in_order)


def _warnings(session: InfusionSession) -> Iterator[str]:
    """What must not be overlooked: item 9 of the PHQ-9 above 0, a positive C-SSRS screener."""
    for event in session.events:
        if not isinstance(event, Score) or not event.items:
            continue
        if event.instrument == "phq9" and len(event.items) == 9 and (event.items[8] or 0) > 0:
            yield f"PHQ-9 item 9 (thoughts of death or self-harm) was answered {event.items[8]} of 3."
        if event.instrument == "cssrs-screener" and any(event.items):
            yield "The C-SSRS screener is positive."
