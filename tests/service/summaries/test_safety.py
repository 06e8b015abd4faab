"""Hostile words stay words; the page runs nothing, loads nothing, and reads aloud."""

from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree

import pytest
from golden_sessions import ROOT, at, fixture_sessions, record, session

from service.summaries.words import tame

SESSIONS = fixture_sessions()
HOSTILE = "<script>alert('x')</script><img src=\"http://evil.test/a\" onerror='b'>&amp;{{ 7*7 }}]]>"
REVERSED = "\u202e\u2067\u2069"  # override, isolate, end of isolate
STYLE = (ROOT / "service" / "summaries" / "templates" / "style.css").read_text()
EVENT_HANDLER = re.compile(r"on[a-z]+")


def hostile(words: str) -> Any:
    """A session with the words in every place that takes free text."""
    person = {"family": words, "given": [words]}
    events = [
        at(0, "vital-signs", systolic=120),
        at(5, "infusion-start", rate={"value": 1, "unit": "mg/kg/hr"}),
        at(10, "rate-change", rate={"value": 2, "unit": "mg/kg/hr"}, reason=words),
        at(12, "pause", reason=words),
        at(14, "resume", reason=words),
        at(15, "bolus", dose={"value": 5, "unit": "mg"}, reason=words),
        at(20, "infusion-stop", aborted=True, reason=words),
        at(21, "reaction", reaction={"text": words}, severity="mild", action=words),
        at(22, "dissociation", level="mild", note=words),
        at(23, "medication", drug={"text": words}, dose={"value": 1, "unit": "mg"}, reason=words),
        at(24, "note", text=f"{words}\nsecond line"),
        at(25, "discharge", criteria_met=True, criteria=words, escort=words),
    ]
    return session(
        **record(
            status="stopped",
            status_reason=words,
            patient={"mrn": words, "birth_date": "1980", "sex": "female", **person},
            location={"name": words},
            referral={"referrer": person},
            staff=[{"role": "ordering", **person}, {"role": "administering", **person}],
            indications=[{"text": words}],
            medications=[{"drug": {"text": words}, "concentration": {"value": 10, "unit": "mg/mL"}}],
            events=events,
            after={"instructions": words},
        )
    )


def test_hostile_words_are_shown_as_words(show: Any) -> None:
    page = show(hostile(HOSTILE))
    assert page.root.all("script") + page.root.all("img") == []
    assert page.text.count("<script>alert('x')</script>") >= 20
    assert "49" not in page.text
    assert page.text.count("{{ 7*7 }}") >= 20


@pytest.mark.parametrize("name", [*SESSIONS, "hostile"])
def test_nothing_runs_and_nothing_is_loaded(name: str, show: Any) -> None:
    page = show(hostile(HOSTILE) if name == "hostile" else SESSIONS[name])
    elements = page.root.all()
    allowed = {"html", "head", "meta", "link", "title", "style", "body", "header", "main", "section", "footer", "div",
               "h1", "h2", "p", "bdi", "strong", "small", "br", "figure", "table", "thead", "tbody", "tr", "th", "td",
               "svg", "desc", "path", "text", "rect", "circle"}  # fmt: skip
    assert {element.tag for element in elements} <= allowed
    for element in elements:
        assert not any(EVENT_HANDLER.fullmatch(name) for name in element.attributes)
        assert not {"src", "srcset", "style", "action", "xlink:href"} & set(element.attributes)
    assert [e.attributes["href"] for e in elements if "href" in e.attributes] == ["data:,"]


def test_style_loads_nothing() -> None:
    assert "url(" not in STYLE
    assert "@import" not in STYLE


def test_override_characters_are_left_out_and_scripts_from_the_right_stay(show: Any) -> None:
    page = show(hostile(f"{REVERSED}\u05e9\u05dc\u05d5\u05dd"))
    assert not set(page.html) & set(REVERSED)
    assert page.text.count("\u05e9\u05dc\u05d5\u05dd") >= 20
    apart = {element.text for element in page.root.all("bdi")}
    assert "\u05e9\u05dc\u05d5\u05dd \u05e9\u05dc\u05d5\u05dd" in apart


def test_tame_keeps_lines() -> None:
    assert tame("a\tb\nc\u202ed\x00e\u0085") == "a\tb\ncde"


def test_policy_is_in_the_page_for_a_saved_copy(show: Any) -> None:
    (policy,) = [m for m in show(session()).root.all("meta") if m.attributes.get("http-equiv")]
    assert (policy.attributes["content"] or "").startswith(
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    )


@pytest.mark.parametrize("name", SESSIONS)
def test_reads_aloud(name: str, show: Any) -> None:
    page = show(SESSIONS[name])
    assert page.html.startswith("<!doctype html>")
    assert page.root.all("html")[0].attributes["lang"] == "en"
    assert len(page.root.all("h1")) == len(page.root.all("main")) == 1
    for table in page.root.all("table"):
        (head,) = table.all("thead")
        assert {cell.attributes.get("scope") for cell in head.all("th")} == {"col"}
        rows = table.all("tbody")[0].all("tr")
        assert all(len(row.all("th", scope="row")) == 1 for row in rows)
        width = len(head.all("th")) + len(head.all("td"))
        assert {len(row.all("th")) + len(row.all("td")) for row in rows} == {width}


@pytest.mark.parametrize("name", [name for name in SESSIONS if not name.startswith("10-")])
def test_chart_has_a_title_and_a_description(name: str, show: Any) -> None:
    page = show(SESSIONS[name])
    (svg,) = page.root.all("svg")
    assert svg.attributes["role"] == "img"
    for purpose, tag in (("aria-labelledby", "title"), ("aria-describedby", "desc")):
        (named,) = page.root.all(tag, id=str(svg.attributes[purpose]))
        assert "".join(str(part) for part in named.parts).strip()
    svg_text = page.html[page.html.index("<svg") : page.html.index("</svg>") + 6]
    ElementTree.fromstring(svg_text)


def luminance(colour: str) -> float:
    """Of #rgb or #rrggbb, as WCAG 2.2 defines it."""
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_words_stand_out_from_every_background() -> None:
    words = [luminance(c) for c in re.findall(r"[; {]color: (#[0-9a-f]+)", STYLE)]
    grounds = [luminance(c) for c in re.findall(r"background: (#[0-9a-f]+)", STYLE)]
    bars = [luminance(c) for c in re.findall(r"\.rate \{ fill: (#[0-9a-f]+)", STYLE)]
    assert len(words) >= 2
    assert len(grounds) >= 2
    assert bars
    assert min((ground + 0.05) / (word + 0.05) for word in words for ground in grounds + bars) >= 7
