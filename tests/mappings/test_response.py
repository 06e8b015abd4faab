"""Whether a course helps: change from the first score, response and remission, as arithmetic and as Observations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from golden_sessions import ROOT, fixture_sessions, record, session
from hypothesis import given
from hypothesis import strategies as st

from mappings import InfusionSession, load_clinic, map_session
from mappings.clinic import Response
from mappings.context import SessionContext
from mappings.response import Change, changes, counted, told_to_later, totals
from service.validation import Validator

CLINIC = load_clinic()
EXAMPLE = load_clinic(ROOT / "fixtures" / "clinics" / "example.toml")
SESSIONS = fixture_sessions()
RESPONSE = [found for name, found in SESSIONS.items() if name.startswith("08-")]
NO_RESPONSE = [found for name, found in SESSIONS.items() if name.startswith("09-")]


def score(day: int, total: Any, instrument: str = "phq9", hour: int = 10) -> dict[str, Any]:
    return {"type": "score", "time": f"2026-03-{day:02d}T{hour}:00:00-06:00", "instrument": instrument, "total": total}


def scored(day: int, *totals: Any, instrument: str = "phq9", **changes: Any) -> InfusionSession:
    """A session of course C with totals, an hour apart."""
    events = [score(day, total, instrument, 10 + hour) for hour, total in enumerate(totals)]
    start = f"2026-03-{day:02d}T09:00:00-06:00"
    found = {"number": f"C-{day}", "start": start, "end": None, "course": {"id": "C"}, "events": events}
    return session(**(found | changes))


def changed(given: InfusionSession, earlier: Sequence[InfusionSession], clinic: Any) -> Iterator[Change]:
    return changes(SessionContext.of(given, clinic, earlier))


def latest(given: InfusionSession, *earlier: InfusionSession, clinic: Any = CLINIC) -> Change:
    return list(changed(given, earlier, clinic))[-1]


def verdict(first: Any, last: Any, instrument: str = "phq9", clinic: Any = CLINIC) -> tuple[Any, ...]:
    (found,) = changed(scored(2, last, instrument=instrument), [scored(1, first, instrument=instrument)], clinic)
    return found.points, found.percent, found.response, found.remission


# Arithmetic


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        (20, 10, (-10, -50, True, False)),
        (20, 11, (-9, -45, False, False)),
        (21, 11, (-10, Decimal("-47.6"), False, False)),
        (20, 4, (-16, -80, True, True)),
        (20, 5, (-15, -75, True, False)),
        (20, 24, (4, 20, False, False)),
        (5, 4, (-1, -20, False, True)),
        (4, 2, (-2, -50, True, None)),
        (0, 3, (3, None, None, None)),
        (Decimal("20.5"), Decimal("10.25"), (Decimal("-10.25"), -50, True, False)),
    ],
)
def test_by_hand(first: Any, last: Any, expected: tuple[Any, ...]) -> None:
    """At least half better responds; PHQ-9 of 4 or less is remission."""
    assert verdict(first, last) == expected


def test_without_a_threshold_nothing_is_said_of_remission() -> None:
    assert verdict(40, 10, "pcl5") == (-30, -75, True, None)


def test_higher_may_be_better() -> None:
    assert verdict(2, 3, "sleep-and-energy", EXAMPLE) == (1, 50, True, False)
    assert verdict(4, 8, "sleep-and-energy", EXAMPLE) == (4, 100, True, True)
    assert verdict(4, 2, "sleep-and-energy", EXAMPLE) == (-2, -50, False, False)


def test_thresholds_are_the_clinics() -> None:
    lenient = replace(CLINIC, response=Response(drop_percent=25, remission={"phq9": 15}))
    assert verdict(20, 15, clinic=lenient) == (-5, -25, True, True)


@given(
    st.decimals(min_value="0.01", max_value="200", places=2),
    st.decimals(min_value="0", max_value="200", places=2),
    st.integers(1, 100),
)
def test_response_is_exact_whatever_the_percentage_shown(first: Decimal, last: Decimal, percent: int) -> None:
    clinic = replace(CLINIC, response=Response(drop_percent=percent, remission={}))
    points, shown, response, _ = verdict(first, last, clinic=clinic)
    share = Fraction(last - first) * 100 / Fraction(first)
    assert points == last - first
    assert abs(Fraction(shown) - share) <= Fraction(1, 20)
    assert response == (share <= -percent)


# Which sessions count


def test_the_first_score_of_the_course_is_the_baseline() -> None:
    found = latest(scored(4, 6), scored(3, 9), scored(1, 20), scored(2, 15))
    assert (found.first.session, found.first.total, found.latest.total) == ("C-1", 20, 6)


def test_a_first_score_has_no_change() -> None:
    assert list(changed(scored(1, 20), [], CLINIC)) == []


def test_a_later_score_of_the_same_session_has_one() -> None:
    (found,) = changed(scored(1, 20, 12), [], CLINIC)
    assert (found.first.total, found.latest.total) == (20, 12)


def test_each_instrument_has_its_own_first() -> None:
    both = scored(2, 10, events=[score(2, 10), score(2, 30, "madrs")])
    third = scored(3, 5, events=[score(3, 5), score(3, 12, "madrs")])
    found = {c.latest.instrument: c.first.total for c in changed(third, [scored(1, 20), both], CLINIC)}
    assert found == {"phq9": 20, "madrs": 30}


@pytest.mark.parametrize(
    "other",
    [
        scored(1, 27, status="entered-in-error"),
        scored(1, 27, course={"id": "D"}),
        scored(1, 27, course=None),
        scored(1, 27, patient=record()["patient"] | {"mrn": "OTHER"}),
        scored(9, 27),
        scored(1, 27, instrument="cadss"),
        scored(1, 27, number="C-4"),
    ],
    ids=["in error", "other course", "no course", "other patient", "later", "of the session alone", "itself"],
)
def test_what_does_not_count(other: InfusionSession) -> None:
    assert latest(scored(4, 10), other, scored(3, 15)).first.total == 15


def test_without_a_course_there_is_no_baseline() -> None:
    assert list(changed(scored(2, 10, course=None), [scored(1, 20, course=None)], CLINIC)) == []


def test_sessions_that_start_at_once_are_ordered_by_number() -> None:
    one, two = scored(1, 20, number="A"), scored(1, 10, number="B")
    assert counted(two, [one, two], CLINIC) == [one]
    assert counted(one, [one, two], CLINIC) == []


def test_a_screener_and_scales_of_one_session_are_no_measures_of_a_course() -> None:
    for instrument in ("cssrs-screener", "cadss", "aldrete"):
        assert totals(scored(1, 5, instrument=instrument), CLINIC) == []
    assert [t.total for t in totals(scored(1, 5, instrument="cadss"), CLINIC, "session")] == [5]


courses = st.lists(st.integers(0, 27), min_size=1, max_size=8)


@given(courses, st.randoms(use_true_random=False))
def test_the_order_in_which_earlier_sessions_are_given_does_not_matter(course: list[int], dice: Any) -> None:
    sessions = [scored(day, total) for day, total in enumerate(course, start=1)]
    shuffled = list(sessions)
    dice.shuffle(shuffled)
    assert list(changed(sessions[-1], shuffled, CLINIC)) == list(changed(sessions[-1], sessions[:-1], CLINIC))


@given(courses, st.integers(0, 7), st.integers(0, 27))
def test_what_is_told_to_later_ones_is_all_that_they_build_on(course: list[int], which: int, total: int) -> None:
    """As long as it stays the same, no later session says anything else."""
    sessions = [scored(day, points) for day, points in enumerate(course, start=1)]
    which %= len(sessions)
    corrected = scored(which + 1, total, end="2026-03-30T09:00:00-06:00", status_reason="corrected")
    others = [corrected if place == which else found for place, found in enumerate(sessions)]
    if told_to_later(corrected, CLINIC) == told_to_later(sessions[which], CLINIC):
        for later in sessions[which + 1 :]:
            assert list(changed(later, others, CLINIC)) == list(changed(later, sessions, CLINIC))


def test_a_session_in_error_tells_nothing() -> None:
    assert told_to_later(scored(1, 20, status="entered-in-error"), CLINIC) == ()
    assert told_to_later(scored(1, 20), CLINIC) != ()


# As Observations


def observations(given: InfusionSession, earlier: Sequence[InfusionSession], clinic: Any = CLINIC) -> dict[Any, Any]:
    """By local code and instrument."""
    found = {}
    for r in map_session(given, clinic, earlier):
        code = r["code"].get("coding", [{}])[0].get("code") if r["resourceType"] == "Observation" else None
        if code in ("score-change", "response", "remission"):
            found[code, r["component"][0]["valueCodeableConcept"]["text"]] = r
    return found


def names(given: InfusionSession, clinic: Any = CLINIC) -> dict[str, dict[str, Any]]:
    return {f"{r['resourceType']}/{r['id']}": r for r in map_session(given, clinic)}


def test_of_the_last_session_of_the_response_by_hand() -> None:
    """PHQ-9 22 → 5 and MADRS 36 → 8, read off the files by a person."""
    found = observations(RESPONSE[-1], RESPONSE)
    said = {key: (r.get("valueQuantity") or {}).get("value", r.get("valueBoolean")) for key, r in found.items()}
    phq9, madrs = "PHQ-9 total score", "MADRS total score"
    assert said.items() >= {
        ("score-change", phq9): -17, ("response", phq9): True, ("remission", phq9): False,
        ("score-change", madrs): -28, ("response", madrs): True, ("remission", madrs): True,
    }.items()  # fmt: skip
    change = found["score-change", phq9]
    assert [part["valueQuantity"]["value"] for part in change["component"][1:]] == [22, Decimal("-77.3")]


def test_of_the_course_without_a_response() -> None:
    found = observations(NO_RESPONSE[-1], NO_RESPONSE)
    assert {r["valueBoolean"] for (code, _), r in found.items() if code != "score-change"} == {False}


@pytest.mark.parametrize("course", [RESPONSE, NO_RESPONSE], ids=["response", "no response"])
def test_they_are_derived_from_both_totals(course: list[InfusionSession]) -> None:
    every = {name: r for one in course for name, r in names(one).items()}
    for place, one in enumerate(course):
        found = observations(one, course[:place])
        assert bool(found) == (place > 0)
        for (code, _), r in found.items():
            first, last = (every[source["reference"]] for source in r["derivedFrom"])
            assert first["code"] == last["code"] == r["component"][0]["valueCodeableConcept"]
            assert last["effectiveDateTime"] == r["effectiveDateTime"]
            if code == "score-change":
                change = last["valueQuantity"]["value"] - first["valueQuantity"]["value"]
                assert r["valueQuantity"]["value"] == change


def test_no_reference_leads_to_a_later_session() -> None:
    known: set[str] = set()
    for place, one in enumerate(RESPONSE):
        known |= set(names(one))
        for r in observations(one, RESPONSE).values():
            assert {source["reference"] for source in r["derivedFrom"]} <= known, place


def test_they_are_no_scores() -> None:
    for r in observations(RESPONSE[-1], RESPONSE).values():
        assert [c["system"] for c in r["code"]["coding"]] == [CLINIC.systems.local_codes]
        assert [c["code"] for c in r["category"][0]["coding"]] == ["therapy"]


@pytest.mark.parametrize("clinic", [CLINIC, EXAMPLE], ids=["default", "example"])
def test_they_are_valid_and_say_what_counts(clinic: Any) -> None:
    found = observations(RESPONSE[-1], RESPONSE, clinic)
    validator = Validator()
    assert [issue for r in found.values() for issue in validator.validate(r)] == []
    for (code, _), r in found.items():
        if code == "response":
            least = r["component"][1]["valueQuantity"]
            assert (least["comparator"], least["value"]) == (">=", clinic.response.drop_percent)


def test_a_threshold_that_is_met_from_below_says_so() -> None:
    one, two = (scored(day, total, instrument="sleep-and-energy") for day, total in ((1, 2), (2, 8)))
    found = observations(two, [one], EXAMPLE)
    threshold = found["remission", "Sleep and energy, total (our own form)"]["component"][1]["valueQuantity"]
    assert (threshold["comparator"], threshold["value"]) == (">=", 8)


def test_a_course_changes_nothing_else_of_a_session() -> None:
    """But what names everything that the session yields."""
    naming = ("Composition", "Provenance")
    with_course = {(r["resourceType"], r["id"]): r for r in map_session(RESPONSE[2], CLINIC, RESPONSE)}
    alone = {(r["resourceType"], r["id"]): r for r in map_session(RESPONSE[2], CLINIC)}
    assert all(with_course[name] == resource for name, resource in alone.items() if name[0] not in naming)
    assert set(with_course) > set(alone)


def test_a_session_in_error_takes_its_changes_back_too() -> None:
    wrong = RESPONSE[2].model_copy(update={"status": "entered-in-error"})
    right, taken_back = observations(RESPONSE[2], RESPONSE), observations(wrong, RESPONSE)
    assert [r["id"] for r in right.values()] == [r["id"] for r in taken_back.values()]
    assert {r["status"] for r in taken_back.values()} == {"entered-in-error"}
