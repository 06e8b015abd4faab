"""A narrative is safe whatever the words in it."""

from __future__ import annotations

from mappings.narrative import narrative
from service.validation.narrative import narrative_fault

WORDS = "A & B < C > D \"quoted\" 'too' <script>alert(1)</script>"


def test_marks_are_escaped() -> None:
    div = narrative(WORDS, "Second")["div"]
    assert narrative_fault(div) is None
    assert "<script" not in div
    assert "A &amp; B &lt; C &gt; D &quot;quoted&quot;" in div
    assert div.endswith("<p>Second</p></div>")


def test_it_says_that_it_was_generated() -> None:
    assert narrative("Words")["status"] == "generated"
