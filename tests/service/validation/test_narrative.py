"""Narratives that are judged at a glance are judged as the parser would judge them."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from service.validation.narrative import PARAGRAPHS, _parsed

BEGIN = '<div xmlns="http://www.w3.org/1999/xhtml">'
pieces = st.sampled_from(
    ["<p>", "</p>", "a", " ", "&amp;", "&", "&lt;", "&quot;", "&nbsp;", "<b>", "\n", "\x00", "\ufffe"]
)
texts = st.lists(pieces | st.text(max_size=3), max_size=8).map("".join)


@given(st.lists(texts.map(lambda text: f"<p>{text}</p>") | texts, max_size=4).map("".join))
@example("<p>Heart rate: 72 /min</p>")
@example("<p> </p>")
@example("<p>a</p><p></p>")
@example("")
def test_what_passes_at_a_glance_passes_the_parser(inner: str) -> None:
    text = f"{BEGIN}{inner}</div>"
    if PARAGRAPHS.fullmatch(text):
        assert _parsed(text) is None


def test_the_usual_narrative_passes_at_a_glance() -> None:
    assert PARAGRAPHS.fullmatch(f"{BEGIN}<p>Entered in error</p><p>Pressure &gt; 180 &amp; more: \u0645</p></div>")
