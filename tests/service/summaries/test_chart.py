"""The chart of any session stays within its frame, and marks do not cover one another."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import combinations, pairwise
from typing import Any
from xml.etree import ElementTree

import pytest
from golden_sessions import fixture_sessions, session
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mappings import InfusionSession, load_clinic
from service.summaries.chart import LEFT, RIGHT, WIDTH, chart

CLINIC = load_clinic()
SESSIONS = fixture_sessions()
START = datetime.fromisoformat("2026-03-02T10:00:00-06:00")
SVG_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?")
RATES = st.sampled_from(["mg/kg/hr", "mcg/kg/min", "mg/hr", "mL/hr"])
VALUES = st.decimals(0, 10**6, places=2)
READINGS = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(("systolic", "heart_rate"), VALUES) | {"oxygen_saturation": st.decimals(0, 100, places=1)}
).filter(bool)  # fmt: skip


def at(minute: int, type_: str, **parts: Any) -> dict[str, Any]:
    return {"type": type_, "time": (START + timedelta(minutes=minute)).isoformat(), **parts}


@st.composite
def sessions(draw: st.DrawFn) -> InfusionSession:
    """Minutes to weeks long, with any rates, readings, boluses and reactions."""
    length = draw(st.sampled_from([1, 45, 300, 3000, 40_000]))
    minutes = st.integers(0, length)
    moments = sorted(draw(st.lists(minutes, min_size=2, max_size=8, unique=True)))
    rates = [{"value": draw(VALUES), "unit": draw(RATES)} for _ in moments[:-1]]
    kinds = ["infusion-start"] + ["rate-change"] * len(rates)
    events = [at(m, kind, rate=rate) for m, kind, rate in zip(moments, kinds, rates, strict=False)]
    events += [at(moments[-1], "infusion-stop")] if draw(st.booleans()) else []
    events += [at(m, "vital-signs", **draw(READINGS)) for m in draw(st.lists(minutes, max_size=5))]
    events += [at(m, "bolus", dose={"value": draw(VALUES), "unit": "mg"}) for m in draw(st.lists(minutes, max_size=6))]
    for minute in draw(st.lists(minutes, max_size=12)):
        lasting = draw(st.none() | st.integers(0, 2 * length))
        end = {} if lasting is None else {"end": at(minute + lasting, "")["time"]}
        events.append(at(minute, "reaction", reaction={"text": "x"}, severity="mild", **end))
    return session(end=None, events=events)


def drawn(found: InfusionSession) -> ElementTree.Element:
    return ElementTree.fromstring(chart(found, CLINIC))


def height(svg: ElementTree.Element) -> float:
    return float(svg.attrib["viewBox"].split()[3])


def corners(path: str) -> list[tuple[float, float]]:
    """Every point that a path of ours (M, L, H, V, Z) goes through."""
    x = y = 0.0
    found = []
    for command, given_ in re.findall(r"([MLHV])([^MLHVZ]*)", path):
        numbers = [float(number) for number in SVG_NUMBER.findall(given_)]
        x = numbers[0] if command in "MLH" else x
        y = numbers[-1] if command in "MLV" else y
        found.append((x, y))
    return found


def badges(svg: ElementTree.Element) -> list[tuple[float, float, float]]:
    """Left, right and top of each reaction's mark."""
    found = [r for r in svg.iter("rect") if r.attrib["class"] == "badge"]
    return [
        (float(r.attrib["x"]), float(r.attrib["x"]) + float(r.attrib["width"]), float(r.attrib["y"])) for r in found
    ]


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(found=sessions())
def test_everything_is_within_the_frame(found: InfusionSession) -> None:
    svg = drawn(found)
    below = height(svg)
    for path in svg.iter("path"):
        marks = 4.1 if path.attrib["class"] in ("mark", "mark hollow") else 0
        for x, y in corners(path.attrib["d"]):
            assert LEFT - marks <= x <= WIDTH - RIGHT + marks
            assert 0 <= y <= below
    for text in svg.iter("text"):
        assert 0 <= float(text.attrib["x"]) <= WIDTH
        assert 0 < float(text.attrib["y"]) < below


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(found=sessions())
def test_marks_of_reactions_cover_neither_one_another_nor_a_bar(found: InfusionSession) -> None:
    svg = drawn(found)
    marks = badges(svg)
    assert all(LEFT <= left < right <= WIDTH - RIGHT for left, right, _ in marks)
    for one, other in combinations(marks, 2):
        assert one[2] != other[2] or one[1] < other[0] or other[1] < one[0]
    paths = [corners(p.attrib["d"]) for p in svg.iter("path") if p.attrib["class"] == "lasting"]
    bars = [(path[0][0], path[1][0], path[0][1] - 8) for path in paths if path[0][1] == path[1][1]]
    for left, _, top in marks:  # its own bar starts at or after its left edge
        assert not any(top == y and start < left < end for start, end, y in bars)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(found=sessions())
def test_time_runs_to_the_right_and_values_upwards(found: InfusionSession) -> None:
    svg = drawn(found)
    for line in (p for p in svg.iter("path") if p.attrib["class"].startswith("line") and "L" in p.attrib["d"]):
        xs = [x for x, _ in corners(line.attrib["d"])]
        assert xs == sorted(xs)
    clock = [t for t in svg.iter("text") if re.fullmatch(r"\d\d:\d\d", t.text or "")]
    places = [float(text.attrib["x"]) for text in clock]
    assert places == sorted(places)
    assert all(b - a >= 40 for a, b in pairwise(places))


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(found=sessions())
def test_bolus_labels_leave_one_another_room(found: InfusionSession) -> None:
    tags = [t for t in drawn(found).iter("text") if t.attrib.get("class") == "tag"]
    boxes = []
    for tag in tags:
        width, x = 6 * len(tag.text or ""), float(tag.attrib["x"])
        left = x - width if tag.attrib["text-anchor"] == "end" else x
        boxes.append((left, left + width, tag.attrib["y"]))
    for one, other in combinations(boxes, 2):
        assert one[2] != other[2] or one[1] <= other[0] or other[1] <= one[0]


@pytest.mark.parametrize("name", [name for name in SESSIONS if not name.startswith("10-")])
def test_every_charted_reading_has_a_mark(name: str) -> None:
    svg = drawn(SESSIONS[name])
    said = [title.text or "" for title in svg.iter("title")]
    for event in SESSIONS[name].events:
        if event.type != "vital-signs":
            continue
        for field, words in (("systolic", "systolic"), ("oxygen_saturation", "SpO\u2082")):
            if (value := getattr(event, field)) is not None:
                assert any(text.startswith(f"{event.time:%H:%M}: {words} {value.normalize():f} ") for text in said)


def test_rate_is_as_high_as_it_is_and_a_pause_is_a_gap() -> None:
    steps = [corners(p.attrib["d"]) for p in drawn(SESSIONS["04-pause"]).iter("path") if p.attrib["class"] == "step"]
    assert len(steps) == 2
    assert steps[0][1][1] == steps[1][1][1]
    assert steps[0][-1][0] < steps[1][0][0]


def test_halved_rate_is_half_as_high() -> None:
    svg = drawn(SESSIONS["03-rate-lowered-for-pressure"])
    heights = [
        path[0][1] - path[1][1]
        for path in (corners(p.attrib["d"]) for p in svg.iter("path") if p.attrib["class"] == "step")
    ]
    assert heights[1] == pytest.approx(heights[0] / 2, abs=0.2)
    assert heights[2] == heights[0]


def test_rates_in_two_units_share_one_lane_when_they_can() -> None:
    rates = [{"value": Decimal("0.75"), "unit": "mg/kg/hr"}, {"value": 6, "unit": "mL/hr"}]
    events = [at(0, "infusion-start", rate=rates[0]), at(20, "rate-change", rate=rates[1]), at(40, "infusion-stop")]
    svg = drawn(session(events=events))
    assert "Ketamine injectable solution: rate, mg/h" in [text.text for text in svg.iter("text")]
    first, second = [corners(p.attrib["d"]) for p in svg.iter("path") if p.attrib["class"] == "step"]
    assert first[1][1] == second[1][1]  # 0.75 mg/kg/h × 80 kg = 6 mL/h × 10 mg/mL = 60 mg/h


def test_reactions_outside_the_readings_widen_the_axis() -> None:
    found = [at(m, "reaction", reaction={"text": "x"}, severity="mild") for m in (0, 90)]
    readings = [at(m, "vital-signs", systolic=120) for m in (30, 60)]
    svg = drawn(session(events=[*readings, *found]))
    assert [(left, right) for left, right, _ in badges(svg)] == [(LEFT, LEFT + 21), (WIDTH - RIGHT - 21, WIDTH - RIGHT)]
    *_, line = [
        corners(p.attrib["d"]) for p in svg.iter("path") if p.attrib["class"] == "line" and "L" in p.attrib["d"]
    ]
    assert LEFT + 200 < line[0][0] < line[1][0] < WIDTH - RIGHT - 200


def test_reaction_that_outlasts_the_chart_has_an_arrow() -> None:
    def bars(minutes: int) -> int:
        reaction = at(10, "reaction", reaction={"text": "x"}, severity="mild", end=at(minutes, "")["time"])
        svg = drawn(session(events=[at(0, "vital-signs", systolic=120), at(60, "vital-signs", systolic=120), reaction]))
        return sum(p.attrib["class"] == "lasting" for p in svg.iter("path"))

    assert (bars(60), bars(61)) == (1, 2)


def test_description_says_rates_boluses_extremes_and_reactions() -> None:
    (described,) = drawn(SESSIONS["02-pain-4-hours-boluses"]).iter("desc")
    said = (described.text or "").replace("\u00a0", " ")
    assert "08:30 to 09:30 at 0.2 mg/kg/h; 09:30 to 11:30 at 0.3 mg/kg/h" in said
    assert "Bolus of Ketamine injectable solution at 10:05: 10 mg" in said
    assert "Systolic pressure: lowest 134 mmHg at 13:15, highest 148 mmHg at 11:15" in said
    assert "R1 at 10:18: Blurring of visual image, mild" in said


def test_nothing_charted_is_no_chart() -> None:
    assert chart(SESSIONS["10-minimal"], CLINIC) == ""
