"""A case: one patient with what stays the same over all sessions. Visits: when the sessions of a case take place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from service.generator.concepts import Tables, concept
from service.generator.dice import Dice
from service.generator.patients import Body, body, patient
from service.generator.people import referrer
from service.generator.products import KETAMINE, strength
from service.generator.protocols import Protocol, protocol_for
from service.generator.scores import SCREENER, Illness, illness
from service.generator.units import Document
from service.generator.vitals import Monitor, monitor
from service.generator.zones import ZONES, Clock, Zone, changes

FIRST_DAY, DAYS = datetime(2024, 1, 2), 1000  # noqa: DTZ001 - local time, the zone comes with the case
KINDS = {"induction": 45, "maintenance": 18, "booster": 12, "alone": 25}
REASONS = ("Two adequate antidepressant trials without remission", "Did not tolerate three antidepressants", None)
PAIN_REASONS = ("Poor response to oral treatment", "Opioids to be reduced", None)
COMORBID = ("anxiety-generalized", "ptsd", "suicidal-ideation", "fibromyalgia")
# Besides PHQ-9, MADRS and the screener; by the beginning of the indication's key
SCALES: Mapping[str, str] = {"ptsd": "pcl5", "ocd": "ybocs", "anxiety": "gad7", "bipolar": "qids-sr16", "": ""}
# Asked at other times, or already on the list
NOT_BEFORE = frozenset({"phq9", "madrs", SCREENER, "pain-nrs", "cadss", "aldrete", "padss", "moaas", "rass"})
OVERNIGHT = 0.12


@dataclass(frozen=True, slots=True)
class Case:
    """``name`` is unique; numbers, record number and course ids are made of it."""

    name: str
    tables: Tables
    zone: Zone
    first: datetime
    patient: Document
    body: Body
    protocol: Protocol
    dose: Decimal
    minutes: int
    every: int
    strength: Document | None
    indications: tuple[Document, ...]
    referral: Document | None
    illness: Illness
    scales: tuple[str, ...]
    monitor: Monitor

    @property
    def speed(self) -> float:
        """The planned speed in shares of 0.75 mg/kg/h; a placebo has none."""
        if self.protocol.kind == "placebo":
            return 0.02
        return float(self.dose) * 60 / self.minutes / 0.75


@dataclass(frozen=True, slots=True)
class Visit:
    """``way`` runs from 0 at the first to 1 at the last visit; ``following`` is in how many days the next one is."""

    number: str
    local: datetime
    way: float
    course: Document | None
    following: int | None


def case(dice: Dice, name: str, tables: Tables) -> Case:
    indication = dice.pick(tuple(tables["indication"]))
    protocol, zone = protocol_for(dice, indication), dice.weighed(ZONES)
    first = _first(dice, zone, protocol)
    person = patient(dice, name, first.year)
    return Case(
        name=name,
        tables=tables,
        zone=zone,
        first=first,
        patient=person,
        body=body(dice, person["sex"]),
        protocol=protocol,
        dose=Decimal(dice.weighed(protocol.doses)),
        minutes=dice.weighed(protocol.minutes),
        every=dice.weighed(protocol.every),
        strength=strength(dice.weighed(KETAMINE), dice),
        indications=tuple(_indications(dice, tables, indication)),
        referral=_referral(dice, name, first, protocol) if dice.chance(0.75) else None,
        illness=illness(dice),
        scales=tuple(_scales(dice, tables, indication, protocol)),
        monitor=monitor(dice, protocol.kind in ("higher", "pain")),
    )


def _first(dice: Dice, zone: Zone, protocol: Protocol) -> datetime:
    """By day, on a workday; pain protocols now and then overnight, and seldom in a night when the clocks change."""
    day = FIRST_DAY + timedelta(days=dice.below(DAYS))
    if protocol.kind == "pain" and dice.chance(OVERNIGHT):
        if zone.rule and dice.chance(0.2):
            change = dice.pick(changes(zone.rule, zone.winter, day.year)) + timedelta(minutes=zone.winter)
            return change.replace(hour=22, minute=30) - timedelta(days=1)
        return day + timedelta(hours=19, minutes=dice.below(20) * 15)
    while day.weekday() > 4:
        day += timedelta(days=1)
    return day + timedelta(hours=8, minutes=dice.below(32) * 15)


def _indications(dice: Dice, tables: Tables, key: str) -> Iterator[Document]:
    if not dice.chance(0.98):
        return
    yield concept(dice, tables, "indication", key)
    other = dice.pick(COMORBID)
    if dice.chance(0.15) and other != key:
        yield {"key": other}


def _referral(dice: Dice, name: str, first: datetime, protocol: Protocol) -> Document:
    found: Document = {"referrer": referrer(dice)}
    if dice.chance(0.85):
        found["number"] = f"SYN-R-{name}"
    if dice.chance(0.9):
        found["date"] = (first - timedelta(days=dice.whole(3, 60))).date().isoformat()
    reason = dice.pick(PAIN_REASONS if protocol.kind == "pain" else REASONS)
    return {**found, "reason": reason} if reason else found


def _scales(dice: Dice, tables: Tables, indication: str, protocol: Protocol) -> Iterator[str]:
    """What is asked before each infusion."""
    if protocol.kind == "pain":
        yield "pain-nrs"
        return
    yield "phq9"
    if dice.chance(0.7):
        yield SCREENER
    if dice.chance(0.5):
        yield "madrs"
    extra = next(scale for begin, scale in SCALES.items() if indication.startswith(begin))
    if extra:
        yield extra
    elif dice.chance(0.2):
        yield dice.pick(tuple(key for key in tables["instrument"] if key not in NOT_BEFORE))


def visits(dice: Dice, case: Case, kind: str) -> list[Visit]:
    """All visits of one course, or the one visit of somebody without a course."""
    planned, gaps, phase = _planned(dice, kind)
    came = dice.whole(2, planned) if planned > 2 and dice.chance(0.12) else planned
    found, local = [], case.first
    for place in range(came):
        gap = dice.whole(*gaps)
        course = {"id": f"SYN-C-{case.name}", **_place(dice, phase, place + 1, planned)} if phase else None
        number = f"GEN-{case.name}-{place + 1:02d}"
        way = place / (planned - 1) if planned > 1 else 0.0
        found.append(Visit(number, local, way, course, gap if place + 1 < planned else None))
        local += timedelta(days=gap, minutes=dice.whole(-2, 2) * 15)
    return found


def _planned(dice: Dice, kind: str) -> tuple[int, tuple[int, int], str]:
    if kind == "induction":
        planned = dice.whole(4, 8)
        return planned, (3, 4) if planned == 4 else (2, 4), "induction"
    if kind == "maintenance":
        return dice.whole(1, 4), (14, 42), "maintenance"
    if kind == "booster":
        return dice.whole(1, 2), (5, 10), "booster"
    return 1, (1, 1), ""


def _place(dice: Dice, phase: str, number: int, planned: int) -> Document:
    """Some say only to which course a session belongs; maintenance is seldom planned to its end."""
    if dice.chance(0.03):
        return {}
    known = {"phase": phase, "number": number}
    return known if phase == "maintenance" and dice.chance(0.7) else {**known, "planned": planned}


def clock(case: Case, visit: Visit) -> Clock:
    return Clock.of(case.zone, visit.local)
