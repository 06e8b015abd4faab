"""MIMIC's input rows become the events of an infusion, medication by medication.

A ``Continuous Med`` row is a stretch at one rate, a ``Drug Push`` row a bolus. Rows of one drug that follow each other
without a gap are one infusion whose rate changes; after ``Paused`` it resumes; after any other gap it starts anew.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from service.errors import Rejected
from service.importers.tables import Line

Event = dict[str, Any]
MILLIGRAMS = {"mg": Decimal(1), "mcg": Decimal("0.001"), "ug": Decimal("0.001"), "grams": Decimal(1000)}
UNITS = {"grams": "g"}


@dataclass(frozen=True, slots=True)
class Infusion:
    """One valid input row. ``rate`` is None for a bolus; ``amount_mg`` is what MIMIC says was given."""

    place: str
    drug: str
    start: datetime
    end: datetime
    amount: Decimal
    amount_unit: str
    amount_mg: Decimal
    rate: Decimal | None
    rate_unit: str
    status: str


@dataclass(frozen=True, slots=True)
class Lane:
    """Rows of one drug that do not overlap: one medication of the session. A second bag beside it is a second lane."""

    label: str
    drug: str
    infusions: tuple[Infusion, ...]
    boluses: tuple[Infusion, ...] = ()


def infusion_of(line: Line) -> Infusion:
    """Read one row. Raises Rejected for an order category, a unit or a time that is not understood."""
    category = line.text("ordercategorydescription")
    if category not in ("Continuous Med", "Drug Push"):
        raise Rejected(f"{line.place}: this order category is not read", code="not-supported")
    unit = line.text("amountuom")
    if unit not in MILLIGRAMS:
        raise Rejected(f"{line.place}: 'amountuom' is not a mass", code="not-supported")
    start, end = line.local_time("starttime"), line.local_time("endtime")
    if end < start:
        raise Rejected(f"{line.place}: ends before it starts", code="business-rule")
    amount = line.number("amount")
    return Infusion(
        place=line.place,
        drug=line.text("label") or f"MIMIC-III item {line.text('itemid')}",
        start=start,
        end=end,
        amount=amount,
        amount_unit=UNITS.get(unit, unit),
        amount_mg=amount * MILLIGRAMS[unit],
        rate=line.number("rate") if category == "Continuous Med" else None,
        rate_unit=line.text("rateuom"),
        status=line.text("statusdescription"),
    )


def on_lanes(infusions: Sequence[Infusion]) -> list[Lane]:
    """Sort rows into medications, in the order in which the drugs first appear."""
    by_start = sorted(infusions, key=lambda infusion: infusion.start)
    return [lane for drug in dict.fromkeys(i.drug for i in by_start) for lane in _lanes_of(drug, by_start)]


def _lanes_of(drug: str, by_start: Sequence[Infusion]) -> Iterator[Lane]:
    mine = [infusion for infusion in by_start if infusion.drug == drug]
    lanes: list[list[Infusion]] = []
    for infusion in (infusion for infusion in mine if infusion.rate is not None):
        free = next((lane for lane in lanes if lane[-1].end <= infusion.start), None)
        if free is None:
            lanes.append([infusion])
        else:
            free.append(infusion)
    boluses = tuple(infusion for infusion in mine if infusion.rate is None)
    for i, lane in enumerate(lanes or [[]]):
        yield Lane(_label(drug, i), drug, tuple(lane), boluses if i == 0 else ())


def _label(drug: str, lane: int) -> str:
    """``Fentanyl (Concentrate)`` → ``fentanyl-concentrate``; a second lane ends in ``-2``."""
    slug = re.sub(r"[^a-z0-9]+", "-", drug.lower()).strip("-")[:56] or "drug"
    return f"{slug}-{lane + 1}" if lane else slug


def medications_of(lanes: Sequence[Lane]) -> list[dict[str, Any]]:
    """The session's medications; the recorded dose is the sum of the amounts that MIMIC gives."""
    return [
        {
            "label": lane.label,
            "drug": {"text": lane.drug},
            "recorded_dose": {"value": sum(i.amount_mg for i in (*lane.infusions, *lane.boluses)), "unit": "mg"},
        }
        for lane in lanes
    ]


def infusion_events(lanes: Sequence[Lane]) -> Iterator[Event]:
    for lane in lanes:
        yield from _course(lane)
        for bolus in lane.boluses:
            dose = {"value": bolus.amount, "unit": bolus.amount_unit}
            yield _event("bolus", bolus.start, lane, dose=dose)


def _course(lane: Lane) -> Iterator[Event]:
    """Start, changes, pauses and stops of one lane."""
    before: Infusion | None = None
    for infusion in lane.infusions:
        rate = {"value": infusion.rate, "unit": infusion.rate_unit}
        kind, reason = "infusion-start", ""
        if before is not None and before.end == infusion.start:
            kind, reason = "rate-change", _reason(before)
        elif before is not None and before.status == "Paused":
            kind = "resume"
            yield _event("pause", before.end, lane, reason=_reason(before))
        elif before is not None:
            yield _event("infusion-stop", before.end, lane, reason=_reason(before))
        yield _event(kind, infusion.start, lane, rate=rate, **({"reason": reason} if kind == "rate-change" else {}))
        before = infusion
    if before is not None:
        yield _event("infusion-stop", before.end, lane, reason=_reason(before))


def _reason(infusion: Infusion) -> str:
    return f"MIMIC-III status: {infusion.status or 'none'}"


def _event(kind: str, time: datetime, lane: Lane, **parts: Any) -> Event:
    return {"type": kind, "time": zoned(time), **parts, "medication": lane.label}


def zoned(time: datetime) -> str:
    """A local time of unknown zone, written with ``+00:00``."""
    return time.isoformat() + "+00:00"
