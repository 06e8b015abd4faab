"""What a narrative may hold, and that recognising our own form never takes what the XML way refuses."""

from __future__ import annotations

import html
import time
from typing import Any

import pytest
from conformance.corpus.mutants import samples
from damaged import damaged
from hypothesis import given, settings
from hypothesis import strategies as st

from service.validation import full_judgement
from service.validation.narrative import PARAGRAPHS, _fault, is_plain

FLAG = next(sample.resource for sample in samples() if sample.type == "Flag")
DIV = '<div xmlns="http://www.w3.org/1999/xhtml">{}</div>'

BAD = (
    "<script>x</script>",
    '<p onclick="x">a</p>',
    '<a href="javascript:x">a</a>',
    '<a href="JavaScript:x">a</a>',
    '<a href="vbscript:x">a</a>',
    '<a href="data:text/html,x">a</a>',
    '<a href="">a</a>',
    '<img src="http://x/y.png"/>',
    "",
    " ",
    "<p></p>",
    "<iframe>x</iframe>",
    "<p>a",
    "a & b",
    "a ]]> b",
    "&nbsp;",
    '<b style="background:url(x)">a</b>',
    '<b style="width:expression(x)">a</b>',
    '<p cellpadding="1">a</p>',
    "<td>a</td>",
    "<tr><td>a</td></tr>",
    "<table><td>a</td></table>",
    "<ul><p>a</p></ul>",
    "<ul>a<li>b</li></ul>",
    "<li>a</li>",
    "<p><p>a</p></p>",
    "<p><ul><li>a</li></ul></p>",
    "<h1><table><tr><td>a</td></tr></table></h1>",
    "<b><b>a</b></b>",
    "<br>a</br>",
    "<?php x ?>a",
    '<a href="#nowhere">a</a>',
    '<img src="#nowhere" alt="a"/>',
)
GOOD = (
    "a",
    "<p>a</p>",
    "<p>5 &lt; 6 &amp; 7</p><p>b</p>",
    "<ul><li>a</li><li>b</li></ul>",
    "<p>a</p>\n <ul>\n <li>b</li>\n</ul>",
    "<table><thead><tr><th>a</th></tr></thead><tbody><tr><td colspan='2'>b</td></tr></tbody></table>",
    '<p class="a" style="color: red">x <b>y</b> <i>z</i></p>',
    '<a href="https://x.example/y?z#a">a</a> <a href="mailto:a@x.example">b</a> <a href="Patient/1">c</a>',
    '<a href="#b">a</a><p id="b">b</p>',
    '<a href="#b">a</a><a name="b">b</a>',
    '<img src="data:image/png;base64,iVBORw0KGgo=" alt="a"/>',
    "<!-- a --><p>b</p>",
    "<dl><dt>a</dt><dd>b</dd></dl>",
    '<p xml:lang="en" lang="en">a</p>',
)
NOT_ONE_DIV = (
    "a",
    "<p>a</p>",
    "<div>a</div>",
    DIV.format("a") + "b",
    DIV.format("a") * 2,
    "<!DOCTYPE div>" + DIV.format("a"),
    '<!DOCTYPE a [<!ENTITY x "y">]>' + DIV.format("&x;"),
    DIV.format("a").replace("xhtml", "html"),
)


def judged(div: str) -> list[str]:
    resource = damaged(FLAG, ("text", {"status": "generated", "div": div}))
    return [place for issue in full_judgement(resource) for place in issue.expression]


@pytest.mark.parametrize("inside", BAD)
def test_what_runs_or_loads_or_is_out_of_place_is_refused(inside: str) -> None:
    assert judged(DIV.format(inside)) == ["Flag.text.div"]


@pytest.mark.parametrize("div", NOT_ONE_DIV)
def test_what_is_not_one_div_of_xhtml_is_refused(div: str) -> None:
    assert judged(div) == ["Flag.text.div"]


@pytest.mark.parametrize("inside", GOOD)
def test_simple_formatting_is_taken(inside: str) -> None:
    assert judged(DIV.format(inside)) == []


def test_a_link_may_lead_to_an_element_of_the_resource() -> None:
    linking = damaged(FLAG, ("text.div", DIV.format('<a href="#e1">a</a>')))
    assert full_judgement(linking) != []
    assert full_judgement(damaged(linking, ("code.id", "e1"))) == []


TEXTS = st.text(alphabet=st.sampled_from(list("ab <>&\"'\t\n\r]é😀\u00a0\ufffe\x01\x85;#x")), max_size=12)
PIECES = [*"ab <>&;/p]", "<p>", "</p>", "&amp;", "<li>", "]]>", "\x0b", "\uffff"]
RAW = st.lists(st.sampled_from(PIECES), max_size=12).map("".join)


def _blocks(texts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    some = st.lists(texts, min_size=1, max_size=3)
    paragraph = texts.map(lambda text: f"<p>{text}</p>")
    items = some.map(lambda found: "<ul>" + "".join(f"<li>{text}</li>" for text in found) + "</ul>")
    rows = some.map(lambda found: "".join(f"<tr><th>{text}</th><td>{text}</td></tr>" for text in found))
    tables = rows.map(lambda row: f"<table>{row}</table>") | rows.map(
        lambda row: f"<table><tbody>{row}</tbody></table>"
    )
    return st.lists(paragraph | items | tables, max_size=3).map(lambda found: DIV.format("".join(found)))


@settings(max_examples=400, deadline=None)
@given(div=_blocks(TEXTS.map(html.escape)) | _blocks(RAW))
def test_what_is_recognised_at_once_is_valid(div: str) -> None:
    if is_plain(div):
        assert _fault(div) is None


@settings(max_examples=200, deadline=None)
@given(div=_blocks(st.text(alphabet=st.sampled_from(list("ab <>&\"'\té")), min_size=1, max_size=12).map(html.escape)))
def test_what_we_write_is_recognised_at_once(div: str) -> None:
    assert is_plain(div) == (_fault(div) is None)


PARTS_OF_PARAGRAPHS = ["<p>", "</p>", "a", " ", "<", ">", "&", "&amp;", "é"]


@given(st.lists(st.sampled_from(PARTS_OF_PARAGRAPHS), max_size=12).map("".join))
def test_what_is_seen_at_a_glance_is_plain(inside: str) -> None:
    assert PARAGRAPHS.fullmatch(DIV.format(inside)) is None or is_plain(DIV.format(inside))


@pytest.mark.parametrize(
    "inside", ["<p>a</p><p><", "<p>a</p><p> </p>", "<p>a</p><p></p>", "<p>a</p>b", "<p>a<p>b</p></p>"]
)
def test_one_paragraph_does_not_vouch_for_another(inside: str) -> None:
    assert PARAGRAPHS.fullmatch(DIV.format(inside)) is None


@pytest.mark.parametrize("inside", ["<p>" + "a " * 50_000, "<p>a</p>" * 5_000 + "<p>", "<ul>" + "<li>&amp;</li>" * 5_000, "<table>" + "<tr><td>a</td></tr>" * 5_000])  # fmt: skip
def test_recognising_takes_no_longer_than_reading(inside: str) -> None:
    started = time.perf_counter()
    assert not is_plain(DIV.format(inside))
    assert time.perf_counter() - started < 1


def test_a_narrative_of_the_wrong_json_type_is_refused() -> None:
    value: Any
    for value in (3, None, {"div": "a"}, ["a"]):
        assert full_judgement(damaged(FLAG, ("text.div", value)))
