"""What was given: dose in mg and mg/kg beside what was ordered, and each step of the infusion with its reason."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal

from mappings import Clinic, InfusionSession
from mappings.events import Bolus, InfusionStop, Pause, Resume
from mappings.infusion import (
    END_ASSUMED,
    Segment,
    dose_per_kg,
    milligrams,
    plain,
    rounded,
    segments,
    total_dose_mg,
    weight_kg,
)
from mappings.quantities import Dose, Mass, Quantity, Rate
from mappings.session import Medication, Order
from mappings.timeline import infusion_events

Kind = Literal["infusion", "bolus", "pause", "stop"]


@dataclass(frozen=True, slots=True)
class Step:
    """A stretch at one rate, a bolus, a pause, or a stop that has something to say. ``why``: the charted reason."""

    kind: Kind
    start: datetime
    end: datetime | None
    rate: Rate | None = None
    bolus: Dose | None = None
    dose_mg: Decimal | None = None
    why: str | None = None


@dataclass(frozen=True, slots=True)
class Ordered:
    """What was ordered, as written and in mg and mg/kg where the weight is known.

    ``percent_given`` is None beside both an infusion and boluses: the order does not say whether it means both.
    """

    dose: Dose
    mg: Decimal | None
    per_kg: Decimal | None
    minutes: Decimal | None
    ceiling: Dose | None
    percent_given: Decimal | None


@dataclass(frozen=True, slots=True)
class Given:
    """One medication of the session. Doses in mg; ``minutes`` is the time the infusion ran, pauses left out.

    A dose is None where a part of it cannot be known; ``minutes`` is None where no infusion was charted or one has
    no end.
    """

    drug: str
    total_mg: Decimal | None
    per_kg: Decimal | None
    infused_mg: Decimal | None
    boluses_mg: Decimal | None
    boluses: int
    minutes: Decimal | None
    paused_minutes: Decimal
    recorded: Mass | None
    steps: tuple[Step, ...]
    ordered: Ordered | None

    @property
    def runs(self) -> tuple[Step, ...]:
        return tuple(step for step in self.steps if step.kind == "infusion")

    @property
    def charted(self) -> bool:
        return any(step.kind in ("infusion", "bolus") for step in self.steps)

    @property
    def steady(self) -> Step | None:
        """The only step, when it is an infusion at one rate with nothing to explain."""
        first = self.steps[0] if len(self.steps) == 1 else None
        return first if first and first.kind == "infusion" and not first.why else None

    @property
    def open_ended(self) -> bool:
        return any(step.end is None for step in self.runs)


def given(session: InfusionSession, clinic: Clinic) -> Iterator[Given]:
    """One entry per medication, in the order the record lists them."""
    found = segments(session)
    for medication in session.medications:
        yield _given(session, clinic, medication, [s for s in found if s.medication == medication.label])


def _given(session: InfusionSession, clinic: Clinic, medication: Medication, parts: list[Segment]) -> Given:
    runs = [part for part in parts if part.kind == "infusion"]
    boluses = [part for part in parts if part.kind == "bolus"]
    steps = _steps(session, medication, parts)
    total = total_dose_mg(session, medication.label)
    return Given(
        drug=clinic.display("drug", medication.drug),
        total_mg=total,
        per_kg=dose_per_kg(session, medication.label),
        infused_mg=_sum(runs),
        boluses_mg=_sum(boluses),
        boluses=len(boluses),
        minutes=_minutes([(part.start, part.end) for part in runs]),
        paused_minutes=_minutes([(s.start, s.end) for s in steps if s.kind == "pause" and s.end]) or Decimal(0),
        recorded=medication.recorded_dose,
        steps=steps,
        ordered=_ordered(session, medication, None if runs and boluses else total),
    )


def _steps(session: InfusionSession, medication: Medication, parts: list[Segment]) -> tuple[Step, ...]:
    """In time order; at one time a bolus stands before the rate that starts with it."""
    found = [_step(session, part) for part in parts] + list(_interruptions(session, medication))
    rank = {"stop": 0, "pause": 1, "bolus": 2, "infusion": 3}
    return tuple(sorted(found, key=lambda step: (step.start, rank[step.kind])))


def _step(session: InfusionSession, part: Segment) -> Step:
    event = session.events[part.place]
    bolus = event.dose if isinstance(event, Bolus) else None
    why = "; ".join(filter(None, [part.reason, END_ASSUMED if part.is_end_assumed else None])) or None
    return Step(part.kind, part.start, part.end, part.rate, bolus, part.dose_mg, why)


def _interruptions(session: InfusionSession, medication: Medication) -> Iterator[Step]:
    """Pauses with their end, and stops that came early or have a reason; read from the events, where both stand."""
    events = [event for _, event in infusion_events(session.events) if _is_for(event, session, medication)]
    for place, event in enumerate(events):
        if isinstance(event, Pause):
            end = next((e.time for e in events[place + 1 :] if isinstance(e, Resume | InfusionStop)), None)
            yield Step("pause", event.time, end, why=event.reason)
        elif isinstance(event, InfusionStop) and (event.aborted or event.reason):
            early = "stopped early" if event.aborted else "stopped"
            yield Step("stop", event.time, event.time, why=f"{early}: {event.reason}" if event.reason else early)


def _is_for(event: Any, session: InfusionSession, medication: Medication) -> bool:
    return event.medication == medication.label or (event.medication is None and len(session.medications) == 1)


def _ordered(session: InfusionSession, medication: Medication, total: Decimal | None) -> Ordered | None:
    order = session.order
    if order is None or order.medication not in (None, medication.label):
        return None
    weight = weight_kg(session)
    exact = milligrams(order.dose, weight)
    percent = plain(rounded(Fraction(total) * 100 / exact, Decimal("0.1"))) if exact and total is not None else None
    mg = None if exact is None else plain(rounded(exact))
    return Ordered(order.dose, mg, _per_kg(order, exact, weight), order.duration_minutes, order.ceiling, percent)


def _per_kg(order: Order, exact: Fraction | None, weight: Fraction | None) -> Decimal | None:
    """As written where the order is by weight, which needs no weight; else computed, to three decimals."""
    if order.dose.unit == "mg/kg":
        return order.dose.value
    return None if exact is None or weight is None else plain(rounded(exact / weight, Decimal("0.001")))


def _sum(parts: list[Segment]) -> Decimal | None:
    doses = [part.dose_mg for part in parts]
    return None if not doses or None in doses else plain(sum((d for d in doses if d is not None), Decimal(0)))


def _minutes(spans: list[tuple[datetime, datetime | None]]) -> Decimal | None:
    """The sum of the spans in minutes to two decimals; None for no span, or one without an end."""
    ends = [(start, end) for start, end in spans if end is not None]
    if not ends or len(ends) < len(spans):
        return None
    total = sum((end - start for start, end in ends), timedelta())
    return plain(rounded(Fraction(total // timedelta(microseconds=1), 60_000_000), Decimal("0.01")))


def weight_words(session: InfusionSession) -> tuple[Quantity | None, Decimal | None]:
    """The weight as charted, and in kg to three decimals where it was charted in another unit."""
    weight, kilograms = session.preparation.weight, weight_kg(session)
    if weight is None or kilograms is None or weight.unit == "kg":
        return weight, None
    return weight, plain(rounded(kilograms, Decimal("0.001")))
