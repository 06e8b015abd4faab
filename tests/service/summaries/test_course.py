"""Whether it helps: the scores side by side, their change, and the alarms that must not be overlooked."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from golden_sessions import fixture_sessions, session

from mappings import Clinic, InfusionSession
from mappings.clinic import Response
from service.summaries.facts import facts_of

SESSIONS = fixture_sessions()
RESPONSE = [found for name, found in SESSIONS.items() if name.startswith("08-")]
NO_RESPONSE = [found for name, found in SESSIONS.items() if name.startswith("09-")]
ITEM_NINE = "PHQ-9 item 9, thoughts of death or self-harm (0 to 3)"


def scored(day: int, *totals: int, item: int | None = None, **changes: Any) -> InfusionSession:
    """A session of course C with PHQ-9 totals; ``item`` answers the ninth question, the rest being 0."""
    time = f"2026-03-{day:02d}T10:00:00-06:00"
    scores: list[dict[str, Any]] = [
        {"type": "score", "time": time, "instrument": "phq9", "total": total} for total in totals
    ]
    if item is not None:
        scores.append({"type": "score", "time": time, "instrument": "phq9", "total": item, "items": [0] * 8 + [item]})
    given = {"number": f"C-{day}", "start": time, "end": None, "course": {"id": "C", "number": day}, "events": scores}
    return session(**(given | changes))


def screened(day: int, *answers: int, **changes: Any) -> InfusionSession:
    time = f"2026-03-{day:02d}T10:00:00-06:00"
    event = {"type": "score", "time": time, "instrument": "cssrs-screener", "items": list(answers)}
    return scored(day, events=[event], **changes)


def test_course_of_six_by_hand(show: Any) -> None:
    table = show(RESPONSE[-1], *RESPONSE[:-1]).table("Score, points")
    assert table[""][0] == "no. 1 2026-02-24"
    assert table["PHQ-9 total score"] == [
        "22",
        "19",
        "15",
        "12",
        "9",
        "5",
        "\u221217 (\u221277.3 %) response, no remission",
    ]
    assert table["MADRS total score"] == [
        "36",
        "31",
        "25",
        "19",
        "13",
        "8",
        "\u221228 (\u221277.8 %) response, remission",
    ]
    assert table[ITEM_NINE] == ["1", "1", "0", "0", "0", "0", ""]


def test_every_total_of_a_course_stands_under_its_session(show: Any) -> None:
    for course in (RESPONSE, NO_RESPONSE):
        table = show(course[-1], *course[:-1]).table("Score, points")
        for key, name in (("phq9", "PHQ-9 total score"), ("madrs", "MADRS total score")):
            totals = [str(e.total) for s in course for e in s.events if e.type == "score" and e.instrument == key]
            assert table[name][:-1] == totals


def test_a_page_looks_back_and_never_ahead(show: Any) -> None:
    table = show(RESPONSE[2], *reversed(RESPONSE)).table("Score, points")
    assert table["PHQ-9 total score"] == ["22", "19", "15", "\u22127 (\u221231.8 %) no response, no remission"]


def test_of_a_long_course_the_first_and_the_latest_are_shown(show: Any) -> None:
    course = [scored(day, 21 - day) for day in range(1, 13)]
    table = show(course[-1], *course[:-1]).table("Score, points")
    assert [head.split(" 20")[0] for head in table[""]] == [
        "no. 1", "\u2026 7 not shown", "no. 9", "no. 10", "no. 11", "no. 12", "change first to latest",
    ]  # fmt: skip
    assert table["PHQ-9 total score"] == [
        "20",
        "\u2026",
        "12",
        "11",
        "10",
        "9",
        "\u221211 (\u221255 %) response, no remission",
    ]


def test_without_a_course_nothing_is_said_of_response(show: Any) -> None:
    page = show(scored(2, 5, course=None), scored(1, 20, course=None))
    assert page.table("Score")["PHQ-9 total score"] == ["20", "5", "\u221215 (\u221275 %)"]
    assert "Response:" not in page.text


def test_response_is_what_the_clinic_says_it_is(clinic: Clinic) -> None:
    lenient = replace(clinic, response=Response(drop_percent=30, remission={"phq9": 10}))
    (trend,) = facts_of(scored(2, 10), [scored(1, 15)], lenient).trends
    assert trend.verdict == "response, remission"


def test_two_scores_of_one_session_both_stand(show: Any) -> None:
    assert show(scored(2, 9, 7), scored(1, 10)).table("Score")["PHQ-9 total score"] == [
        "10",
        "9, 7",
        "\u22123 (\u221230 %) no response, no remission",
    ]


def test_from_zero_there_is_no_percentage(show: Any) -> None:
    assert show(scored(2, 4), scored(1, 0)).table("Score")["PHQ-9 total score"] == ["0", "4", "+4"]


def test_void_sessions_and_other_courses_are_not_counted(show: Any) -> None:
    void = scored(1, 27, status="entered-in-error")
    other = scored(2, 26, number="D-2", course={"id": "D"})
    page = show(scored(4, 10), void, other, scored(3, 12))
    assert page.table("Score")["PHQ-9 total score"] == ["12", "10", "\u22122 (\u221216.7 %) no response, no remission"]
    assert "1 earlier session of this patient outside this course is not counted here." in page.text


@pytest.mark.parametrize("number", range(5))
def test_item_nine_above_zero_warns(number: int, show: Any) -> None:
    found = NO_RESPONSE[number]
    (answer,) = [e.items[8] for e in found.events if e.type == "score" and e.instrument == "phq9" and e.items]
    boxes = " ".join(show(found, *NO_RESPONSE[:number]).boxes)
    assert f"Warning. PHQ-9 item 9 (thoughts of death or self-harm): answered {answer} of 3" in boxes


def test_item_nine_of_zero_does_not_warn(show: Any) -> None:
    assert show(scored(2, item=0), scored(1, item=3)).boxes == []


def test_unanswered_item_nine_falls_back_on_the_latest_answer(show: Any) -> None:
    (box,) = show(scored(3, 9), scored(1, item=1), scored(2, item=2)).boxes
    assert "answered 2 of 3" in box
    assert "(not asked in this session; last answered 2026-03-02, session C-2)" in box


def test_alarm_crosses_courses(show: Any) -> None:
    """Thoughts of self-harm do not end with a course."""
    (box,) = show(scored(3, 9), scored(2, item=2, course={"id": "D"})).boxes
    assert "answered 2 of 3" in box


def test_positive_screener_warns_with_the_questions_answered_yes(show: Any) -> None:
    page = show(screened(1, 1, 1, 0, 0, 0, 0))
    (box,) = page.boxes
    assert "C-SSRS suicide screener positive: Wish to be dead; Non-specific active suicidal thoughts" in box
    assert page.table("Score")["C-SSRS suicide screener"] == ["positive", ""]


def test_negative_screener_is_shown_and_does_not_warn(show: Any) -> None:
    page = show(screened(2, 0, 0, 0, 0, 0, 0), screened(1, 1, 0, 0, 0, 0, 0))
    assert page.boxes == []
    assert page.table("Score")["C-SSRS suicide screener"] == ["positive", "negative", ""]


def test_fractions_of_points_are_exact(show: Any) -> None:
    time = "2026-03-02T10:00:00-06:00"
    half = {"type": "score", "time": time, "instrument": "pain-nrs", "total": Decimal("6.50")}
    table = show(scored(2, events=[half])).table("Score")
    assert list(table.values())[1] == ["6.5", "first score"]
