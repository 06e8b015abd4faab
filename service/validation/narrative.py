"""txt-1 and txt-2: a narrative holds simple formatting and something to read; nothing in it runs or loads.

What our own mappings write is recognised by one expression; anything else is read as XML and judged element by element.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from xml.etree import ElementTree

from service.validation.xhtml import XHTML, is_allowed, is_in_place

# <div> with <p>, <ul> and <table>, their text escaped, without attributes; each block has something to read
_PLAIN = r"[^<>&\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]*"
_TEXT = rf"{_PLAIN}(?:&(?:amp|lt|gt|quot|apos|\#39|\#x27|\#34);{_PLAIN})*"
_CELLS = rf"(?:<t[dh]>{_TEXT}</t[dh]>)+"
OURS = re.compile(
    r'<div xmlns="http://www\.w3\.org/1999/xhtml">(?:'
    rf"<p>{_TEXT}</p>"
    rf"|<ul>(?:<li>{_TEXT}</li>)+</ul>"
    rf"|<table>(?:<tr>{_CELLS}</tr>)+</table>"
    rf"|<table>(?:<thead>(?:<tr>{_CELLS}</tr>)+</thead>)?(?:<tbody>(?:<tr>{_CELLS}</tr>)+</tbody>)+</table>"
    r")+</div>"
)
READABLE = re.compile(r">[^<]*?[^<\s]")
# The most frequent of ours: paragraphs of ASCII with nothing escaped, each with more than spaces. They are plain
PARAGRAPHS = re.compile(r'<div xmlns="http://www\.w3\.org/1999/xhtml">(?:<p>(?! *<)[ -%\'-;=?-~]++</p>)+</div>')


def is_plain(text: str) -> bool:
    """Whether a narrative has the form that we write and something to read: then it is valid."""
    return OURS.fullmatch(text) is not None and READABLE.search(text) is not None


def narrative_fault(text: str) -> tuple[str, str] | None:
    """IssueType and text, or None."""
    return None if is_plain(text) else _fault(text)


def _fault(text: str) -> tuple[str, str] | None:
    if any(mark in text for mark in ("<!DOCTYPE", "<!ENTITY", "<?")):
        return ("invariant", "txt-1: no doctype or processing instruction in a narrative")
    try:
        root = ElementTree.fromstring(text)  # noqa: S314
    except ElementTree.ParseError:
        return ("invariant", "txt-1: the narrative is not well-formed")
    return next((("invariant", said) for holds, said in RULES if not holds(root)), None)


def _is_readable(root: ElementTree.Element) -> bool:
    return bool("".join(root.itertext()).strip()) or root.find(f".//{XHTML}img") is not None


RULES: tuple[tuple[Callable[[ElementTree.Element], bool], str], ...] = (
    (lambda root: root.tag == f"{XHTML}div", "txt-1: the narrative is a div of XHTML"),
    (lambda root: all(map(is_allowed, root.iter())), "txt-1: the narrative holds more than simple formatting"),
    (is_in_place, "txt-1: the narrative has elements where they may not stand"),
    (_is_readable, "txt-2: the narrative has nothing to read"),
)


def has_inner_links(text: str) -> bool:
    return '"#' in text or "'#" in text


def inner_links(text: str) -> Iterator[str]:
    """What links and images of a valid narrative point to inside the resource."""
    if has_inner_links(text):
        for element in ElementTree.fromstring(text).iter():  # noqa: S314
            for value in (element.get("href", ""), element.get("src", "")):
                if value.startswith("#") and len(value) > 1:
                    yield value[1:]


def inner_marks(text: str) -> Iterator[str]:
    """What a valid narrative lets links point to."""
    for element in ElementTree.fromstring(text).iter():  # noqa: S314
        yield from filter(None, (element.get("id"), element.get("name")))
