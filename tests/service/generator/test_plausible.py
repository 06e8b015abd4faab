"""Plausible sessions look like a clinic's days: doses, pressure, scores, accounts, and what goes wrong, in proportion."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from itertools import groupby, islice, pairwise
from random import Random
from statistics import mean

import pytest

from mappings import Clinic, InfusionSession, check_session, parse_session
from mappings.events import InfusionStop, OtherMedication, Pause, RateChange, Reaction, Resume, Score, VitalSigns
from mappings.infusion import Segment, dose_per_kg, segments
from service.generator import courses, sessions


def infused(session: InfusionSession, label: str = "ketamine") -> list[Segment]:
    """The stretches of one infusion that ended."""
    return [s for s in segments(session) if s.medication == label and s.kind == "infusion" and s.end]


def completed(plausible: list[InfusionSession]) -> Iterator[InfusionSession]:
    return (session for session in plausible if session.status == "completed" and infused(session))


def test_ketamine_doses_are_those_of_clinics(plausible: list[InfusionSession]) -> None:
    given = [dose for session in completed(plausible) if (dose := dose_per_kg(session, "ketamine")) is not None]
    assert all(Decimal("0.3") < dose < Decimal("3") for dose in given)
    assert mean(Decimal("0.48") < dose < Decimal("0.52") for dose in given) > 0.4


def test_an_aborted_infusion_gave_less_than_was_ordered(plausible: list[InfusionSession]) -> None:
    stopped = [session for session in plausible if session.status == "stopped" and infused(session)]
    assert stopped
    for session in stopped:
        stop = next(e for e in session.events if isinstance(e, InfusionStop) and e.aborted)
        assert stop.reason
        assert any(isinstance(e, Reaction) and e.infusion_stopped for e in session.events)
    helped = [any(isinstance(e, OtherMedication) and e.purpose == "rescue" for e in s.events) for s in stopped]
    assert mean(helped) > 0.3


def test_pressure_rises_with_the_infusion_and_falls_after_it(plausible: list[InfusionSession]) -> None:
    rises, falls = [], []
    for session in completed(plausible):
        start, stop = infused(session)[0].start, infused(session)[-1].end
        assert stop is not None
        readings = [(e.time, e.systolic) for e in session.events if isinstance(e, VitalSigns) and e.systolic]
        before = mean(float(value) for time, value in readings if time <= start)
        peak = max(float(value) for time, value in readings if start < time <= stop + timedelta(minutes=1))
        rises.append(peak - before)
        falls.append(peak - float(readings[-1][1]))
    assert 10 < mean(rises) < 35
    assert mean(rise > 0 for rise in rises) > 0.97
    assert mean(falls) > 5


def test_the_rate_is_lowered_when_pressure_is_high(plausible: list[InfusionSession]) -> None:
    found = 0
    for session in plausible:
        for event in session.events:
            if isinstance(event, RateChange) and event.reason and "above" in event.reason:
                before = [
                    e for e in session.events if isinstance(e, VitalSigns) and e.time <= event.time and e.systolic
                ]
                assert max(e.systolic for e in before if e.systolic is not None) > 140
                found += 1
    assert found > 5


def test_vital_signs_come_every_fifteen_minutes_or_oftener_while_it_runs(plausible: list[InfusionSession]) -> None:
    for session in completed(plausible):
        start, stop = infused(session)[0].start, infused(session)[-1].end
        assert stop is not None
        times = [e.time for e in session.events if isinstance(e, VitalSigns) and start < e.time < stop]
        assert max(b - a for a, b in pairwise([start, *times, stop])) <= timedelta(minutes=15)


def test_pauses_are_followed_by_a_resumption_or_a_stop(plausible: list[InfusionSession]) -> None:
    paused = [s for s in completed(plausible) if any(isinstance(e, Pause) for e in s.events)]
    assert paused
    assert all(any(isinstance(e, Resume) for e in session.events) for session in paused)


@pytest.mark.parametrize(
    ("remark", "least", "most"),
    [("recorded dose", 0.002, 0.05), ("less what was wasted", 0.002, 0.05), ("ceiling", 0.002, 0.05)],
)
def test_accounts_balance_except_now_and_then(remarks: list[str], remark: str, least: float, most: float) -> None:
    assert least < mean(remark in text for text in remarks) < most


@pytest.fixture(scope="module")
def remarks(plausible: list[InfusionSession], clinic: Clinic) -> list[str]:
    """Of each session, all remarks in one text."""
    return ["\n".join(issue.text for issue in check_session(session, clinic)) for session in plausible]


def test_some_sessions_cross_midnight_and_some_courses_a_change_of_clocks(plausible: list[InfusionSession]) -> None:
    assert any(s.end and s.end.date() > s.start.date() for s in plausible)
    assert len({session.start.utcoffset() for session in plausible}) > 6
    in_courses = [{s.start.utcoffset() for s in course} for course in by_course(plausible)]
    assert any(len(offsets) == 2 for offsets in in_courses)


def test_a_night_when_the_clocks_change_has_two_offsets(clinic: Clinic) -> None:
    """Seldom: looked for in a stream of its own, which is cheaper to make than to read."""
    found = (
        document
        for document in islice(sessions(Random(2), "2", clinic.tables), 9000)
        if len({document["start"][-6:], document.get("end", document["start"])[-6:]}) == 2
    )
    session = parse_session(next(found))
    assert session.end is not None
    assert session.end - session.start > timedelta(hours=2)


def by_course(plausible: list[InfusionSession]) -> list[list[InfusionSession]]:
    known = [session for session in plausible if session.course]
    return [list(group) for _, group in groupby(known, key=lambda session: session.course and session.course.id)]


@pytest.fixture(scope="module")
def inductions(clinic: Clinic) -> list[list[InfusionSession]]:
    found = islice(courses(Random(3), "3", clinic.tables), 120)
    return [[parse_session(document) for document in course] for course in found]


def test_a_course_is_of_one_patient_and_moves_on_in_time(inductions: list[list[InfusionSession]]) -> None:
    for course in inductions:
        assert len({session.patient.model_dump_json() for session in course}) == 1
        assert len({session.course.id for session in course if session.course}) == 1
        assert all(a.start < b.start for a, b in pairwise(course))
        assert course[-1].start - course[0].start <= timedelta(days=29)
        assert 1 <= len(course) <= 8
        assert all(not s.after.next_visit or s.after.next_visit > s.start.date() for s in course)


def test_scores_fall_in_most_courses_and_stay_in_some(inductions: list[list[InfusionSession]]) -> None:
    drops = []
    for course in inductions:
        totals = [total for session in course if (total := phq9(session)) is not None]
        if len(totals) > 3 and totals[0] >= 8:
            drops.append(1 - totals[-1] / totals[0])
    assert 0.3 < mean(drop >= 0.5 for drop in drops) < 0.8
    assert 0.08 < mean(drop < 0.25 for drop in drops) < 0.5


def phq9(session: InfusionSession) -> float | None:
    for event in session.events:
        if isinstance(event, Score) and event.instrument == "phq9" and event.items and None not in event.items:
            return sum(item or 0 for item in event.items)
    return None


def test_item_nine_and_the_screener_speak_of_the_same_patients(plausible: list[InfusionSession]) -> None:
    answers: dict[bool, list[int]] = defaultdict(list)
    for session in plausible:
        sheets = {e.instrument: e.items for e in session.events if isinstance(e, Score) and e.items}
        nine, screener = sheets.get("phq9"), sheets.get("cssrs-screener")
        if nine and screener and nine[8] is not None:
            answers[nine[8] > 0].append(screener[0] or 0)
    assert mean(answers[True]) > 0.8
    assert mean(answers[False]) < 0.3


def test_nothing_follows_a_death(clinic: Clinic) -> None:
    """Nor is one who died discharged."""
    for course in islice(courses(Random(3), "3", clinic.tables), 700):
        for place, document in enumerate(course):
            if any(event.get("severity") == "fatal" for event in document["events"]):
                assert place == len(course) - 1
                assert "after" not in document
                assert "discharge" not in {event["type"] for event in document["events"]}
                return
    raise AssertionError("none in so many")
