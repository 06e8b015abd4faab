"""The summary as a psychiatrist meets it: on a screen, on a phone, on paper."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import combinations
from typing import Any

import httpx
import pytest
from golden_sessions import at, fixture_sessions, record
from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser
NUMBERS = sorted({session.number for session in fixture_sessions().values()})
WIDTHS = (1280, 390)
# What would not fit: a long word, a word of markup, and words of another direction
HOSTILE = "<script>document.title='ran'</script>" + "W" * 150 + "\u202e\u05e9\u05dc\u05d5\u05dd"
Open = Callable[..., Any]

VIOLATIONS = (
    "window.violations = []; addEventListener('securitypolicyviolation', e => violations.push(e.violatedDirective))"
)
WORDS = """() => [...document.querySelectorAll('svg text')].map(text => {
  const box = text.getBoundingClientRect(), frame = text.ownerSVGElement.getBoundingClientRect();
  return [text.textContent, box.left - frame.left, box.top - frame.top, box.right - frame.left, box.bottom - frame.top,
          frame.width, frame.height];
})"""
# elements with words of their own that nobody could see
UNSEEN = """() => [...document.body.querySelectorAll('*')].filter(element =>
  !['TITLE', 'DESC'].includes(element.tagName.toUpperCase()) &&
  [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim()) &&
  (!element.checkVisibility({checkOpacity: true, checkVisibilityCSS: true}) || !element.getBoundingClientRect().width)
).map(element => element.outerHTML)"""
# what is cut off at the side without a way to scroll to it
CUT = """() => [...document.body.querySelectorAll('*')].filter(element => {
  const right = element.getBoundingClientRect().right;
  return right > innerWidth + 1 && !element.closest('.scroll');
}).map(element => element.outerHTML.slice(0, 200))"""


@pytest.fixture(scope="module")
def at_width(browser: Browser, url: str) -> Open:
    """A page of a session at a width, with everything that the browser complained about."""

    @contextmanager
    def opened(number: str, width: int) -> Iterator[tuple[Page, list[str]]]:
        context = browser.new_context(viewport={"width": width, "height": 900})
        context.add_init_script(VIOLATIONS)
        page, complaints = context.new_page(), list[str]()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("requestfailed", lambda request: complaints.append(request.url))
        page.on("request", lambda request: complaints.append(request.url) if not request.url.startswith(url) else None)
        answer = page.goto(f"{url}/summaries/sessions/{number}")
        assert answer
        assert answer.status == 200
        complaints += page.evaluate("violations")
        try:
            yield page, complaints
        finally:
            context.close()

    return opened


@pytest.fixture(scope="module")
def hostile(url: str) -> str:
    """The number of a session whose free text is as bad as it gets."""
    events = [
        *record()["events"],
        at(10, "reaction", reaction={"text": HOSTILE}, severity="mild", action=HOSTILE),
        at(50, "note", text=HOSTILE),
    ]
    patient = {"mrn": "HOSTILE", "family": HOSTILE, "birth_date": "1980", "sex": "female"}
    found = record(number="HOSTILE-1", patient=patient, events=events, status="stopped", status_reason=HOSTILE)
    answer = httpx.put(
        f"{url}/sessions/HOSTILE-1",
        content=json.dumps(found, default=float),
        headers={"Content-Type": "application/json"},
        timeout=30,
    )
    assert answer.status_code == 201, answer.text
    return "HOSTILE-1"


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("number", NUMBERS)
def test_page_is_quiet_whole_and_legible(number: str, width: int, at_width: Open) -> None:
    with at_width(number, width) as (page, complaints):
        assert complaints == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate(UNSEEN) == []
        assert page.evaluate(CUT) == []
        check_words_of_the_chart(page.evaluate(WORDS))


def check_words_of_the_chart(words: list[Any]) -> None:
    """None covers another, none is cut off. A line's box is taller than its letters: a fifth may overlap."""
    for said, left, top, right, bottom, width, height in words:
        assert left >= -0.5, said
        assert top >= -1, said
        assert right <= width + 0.5, said
        assert bottom <= height + 1, said
    for one, other in combinations(words, 2):
        slack = 0.2 * min(one[4] - one[2], other[4] - other[2])
        apart = one[3] <= other[1] or other[3] <= one[1] or one[4] - slack <= other[2] or other[4] - slack <= one[2]
        assert apart, f"{one[0]} covers {other[0]}"


@pytest.mark.parametrize("width", WIDTHS)
def test_hostile_words_do_not_run_and_do_not_burst_the_page(width: int, hostile: str, at_width: Open) -> None:
    with at_width(hostile, width) as (page, complaints):
        assert complaints == []
        assert page.title() == "Infusion session HOSTILE-1"
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate(CUT) == []


def test_policy_forbids_scripts_even_if_one_slipped_in(at_width: Open) -> None:
    """Proof that the test above would see a violation: a script put into the page does not run."""
    with at_width("SYN-S-0001", 1280) as (page, _):
        ran = page.evaluate(
            """() => {
              const script = document.createElement('script');
              script.textContent = "document.title = 'ran'";
              document.body.append(script);
              return new Promise(done => setTimeout(() => done([document.title, violations]), 100));
            }"""
        )
    assert ran[0] == "Infusion session SYN-S-0001"
    assert set(ran[1]) == {"script-src-elem"}  # by the header and by the policy in the page


@pytest.mark.parametrize("number", NUMBERS)
def test_prints_on_one_sheet(number: str, at_width: Open) -> None:
    """One page that says what was given, without colours or backgrounds."""
    with at_width(number, 1280) as (page, _):
        paper = page.pdf(prefer_css_page_size=True, print_background=False)
    assert len(re.findall(rb"/Type\s*/Page\b", paper)) == 1
    (size,) = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", paper)
    assert [round(float(side)) for side in size] == [595, 842]


def test_chart_is_as_wide_as_the_page_and_legible_on_a_phone(at_width: Open) -> None:
    for width in WIDTHS:
        with at_width("SYN-S-0001", width) as (page, _):
            sizes = page.evaluate(
                "[...document.querySelectorAll('svg text')].map(t => 11 * t.getScreenCTM().a)"  # 11: font-size of the chart
            )
        assert min(sizes) >= 8


def test_dose_and_warnings_are_seen_without_scrolling(at_width: Open) -> None:
    for number in NUMBERS:
        with at_width(number, 1280) as (page, _):
            assert page.locator(".dose").first.bounding_box()["y"] < 450
            assert all(box.bounding_box()["y"] < 300 for box in page.locator(".box").all())


def test_reads_as_a_document(at_width: Open) -> None:
    """What a screen reader is told: headings in order, the chart as one named picture, tables with headings."""
    with at_width("SYN-S-0001", 1280) as (page, _):
        assert page.get_by_role("heading", level=1).all_inner_texts() == ["Infusion session SYN-S-0001"]
        assert page.get_by_role("heading", level=2).all_inner_texts() == [
            "What was given",
            "How the patient bore it",
            "Whether it helps",
        ]
        chart = page.get_by_role("img", name="Infusion rate, boluses, vital signs and reactions over the session")
        assert chart.count() == 1
        assert page.get_by_role("row", name=re.compile("^Systolic pressure")).count() == 1
        assert page.get_by_role("rowheader", name="Nausea").count() == 1
