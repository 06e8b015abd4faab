"""What holds for every session there can be: nothing is lost, doses are exact, ids stand still."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import chain, islice
from random import Random

import pytest
from facts import facts_of
from hypothesis import HealthCheck, given, settings
from mapped_sessions import NOT_US_CORE
from strategies import sessions, tables, wild_sessions

from mappings import InfusionSession, Resource, load_clinic, map_session, parse_session
from mappings.events import Bolus, InfusionStart, Pause, RateChange, Resume
from mappings.quantities import Quantity
from mappings.reading import read_session
from mappings.timeline import STATEFUL
from service import generator
from service.fhirjson import encode, read_json

CLINIC = load_clinic()
MANY = 3_000
FEW = settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))

MASS = {"mg": Fraction(1), "ug": Fraction(1, 1000), "g": Fraction(1000)}
TIME = {"min": 60, "h": 3600}
WEIGHT = {"kg": Fraction(1), "g": Fraction(1, 1000), "[lb_av]": Fraction(45359237, 100_000_000)}


def check_nothing_is_lost(session: InfusionSession) -> None:
    """Through the bytes that are stored and served, and by a reader of US Core types alone."""
    resources = [read_json(encode(resource)) for resource in map_session(session, CLINIC)]
    shown = [resource for resource in resources if resource["resourceType"] not in NOT_US_CORE]
    assert facts_of(read_session(shown, CLINIC), CLINIC) == facts_of(session, CLINIC)


def check_ids_stand_still(session: InfusionSession) -> None:
    first, second = ([encode(resource) for resource in map_session(session, each)] for each in (CLINIC, load_clinic()))
    assert first == second
    names = [(r["resourceType"], r["id"]) for r in map_session(session, CLINIC)]
    assert len(set(names)) == len(names)


def check_the_doses_add_up(session: InfusionSession) -> None:
    """The administrations of a drug add up to rate × time + boluses, to the nanogram; the total says the same."""
    resources = map_session(session, CLINIC)
    for medication in session.medications:
        true = true_dose(session, medication.label)
        if true is None:
            continue
        given_ = [dose for label, dose in administered(resources) if label == medication.label]
        assert abs(Fraction(sum(given_, Decimal(0))) - true) <= Fraction(1, 2_000_000)
        total = [dose for label, dose in totals(resources) if label == medication.label]
        assert total == [sum(given_, Decimal(0))]


def administered(resources: list[Resource]) -> Iterator[tuple[str, Decimal]]:
    """(label, mg) of each administration whose mg are known; the twin it points to tells the label."""
    twins = {r["id"]: r for r in resources if r["resourceType"] == "Observation"}
    for resource in resources:
        if resource["resourceType"] != "MedicationAdministration" or "medicationReference" not in resource:
            continue
        pointed = [twins[ref["reference"].partition("/")[2]] for ref in resource.get("supportingInformation", [])]
        labels = [component_of(twin, "medication-label") for twin in pointed]
        label = next((found for found in labels if found), None)
        dose = resource["dosage"].get("dose", {})
        if label is not None and dose.get("code") == "mg":
            yield label, resource["dosage"]["dose"]["value"]


def totals(resources: list[Resource]) -> Iterator[tuple[str, Decimal]]:
    context_total = {c["code"] for c in CLINIC.code("finding", "total-dose")["coding"]}
    for resource in (r for r in resources if r["resourceType"] == "Observation"):
        if {coding["code"] for coding in resource["code"].get("coding", [])} & context_total:
            yield component_of(resource, "medication-label") or "", resource["valueQuantity"]["value"]


def component_of(resource: Resource, name: str) -> str | None:
    code = CLINIC.code("finding", name)
    return next((part["valueString"] for part in resource.get("component", []) if part["code"] == code), None)


def true_dose(session: InfusionSession, label: str) -> Fraction | None:
    """Integrated anew from the events, second by second as it were; None where something is missing for it."""
    weight = session.preparation.weight
    kilograms = None if weight is None else Fraction(weight.value) * WEIGHT[weight.unit]
    product = next(m for m in session.medications if m.label == label)
    only = len(session.medications) == 1
    total, speed, since = Fraction(0), None, None
    events = [
        e for e in session.events if isinstance(e, (*STATEFUL, Bolus)) and (e.medication or (only and label)) == label
    ]
    if not events:
        return None
    last: Quantity | None = None
    for event in sorted(events, key=lambda e: e.time):
        if isinstance(event, Bolus):
            dose = mass(event.dose, kilograms)
            if dose is None:
                return None
            total += dose
            continue
        if since is not None:
            if speed is None:
                return None
            total += speed * seconds(since, event.time)
        since = None
        if isinstance(event, InfusionStart | RateChange | Resume):
            last = event.rate or last
            assert last is not None
            since, speed = event.time, per_second(last, kilograms, product.concentration)
    if since is not None:
        if session.end is None or session.end < since or speed is None:
            return None
        total += speed * seconds(since, session.end)
    return total


def mass(amount: Quantity, kilograms: Fraction | None) -> Fraction | None:
    unit, _, by_weight = amount.unit.partition("/")
    if by_weight and kilograms is None:
        return None
    return Fraction(amount.value) * MASS[unit] * (kilograms if by_weight and kilograms is not None else 1)


def per_second(rate: Quantity, kilograms: Fraction | None, strength: Quantity | None) -> Fraction | None:
    unit, *per = rate.unit.split("/")
    speed = Fraction(rate.value) / TIME[per[-1]]
    if unit == "mL":
        return None if strength is None else speed * Fraction(strength.value) * MASS[strength.unit.partition("/")[0]]
    if "kg" in per:
        return None if kilograms is None else speed * MASS[unit] * kilograms
    return speed * MASS[unit]


def seconds(start: datetime, end: datetime) -> Fraction:
    return Fraction((end - start) // timedelta(microseconds=1), 1_000_000)


@FEW
@given(wild_sessions())
def test_nothing_is_lost(session: InfusionSession) -> None:
    check_nothing_is_lost(session)


@FEW
@given(sessions())
def test_the_doses_add_up(session: InfusionSession) -> None:
    check_the_doses_add_up(session)


@pytest.mark.slow
def test_all_of_it_holds_for_thousands() -> None:
    """Plausible ones and wild ones, of a seed: what Hypothesis does not reach within a few seconds."""
    plausible = islice(generator.sessions(Random(20261125), "P", tables()), MANY // 3)
    wild = islice(generator.wild_sessions(Random(20261125), "W", tables()), MANY * 2 // 3)
    seen: dict[str, int] = defaultdict(int)
    for document in chain(plausible, wild):
        session = parse_session(document)
        check_nothing_is_lost(session)
        check_ids_stand_still(session) if seen["sessions"] % 20 == 0 else None
        check_the_doses_add_up(session)
        seen["sessions"] += 1
    assert seen["sessions"] == MANY


def test_a_pause_is_no_dose() -> None:
    """The oracle itself: 60 mg/h for half an hour, a pause, half an hour: 60 mg."""
    from golden_sessions import at
    from golden_sessions import session as plain

    rate = {"value": 60, "unit": "mg/h"}
    events = [at(0, "infusion-start", rate=rate), at(30, "pause"), at(40, "resume"), at(70, "infusion-stop")]
    session = plain(events=events)
    assert isinstance(session.events[1], Pause)
    assert true_dose(session, "infusion") == 60
    check_the_doses_add_up(session)
