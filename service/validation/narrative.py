"""txt-1 and txt-2: a narrative holds simple formatting and something to read; nothing in it runs or loads."""

from __future__ import annotations

import re
from xml.etree import ElementTree

XHTML = "{http://www.w3.org/1999/xhtml}"
ELEMENTS = frozenset(
    {
        "a", "abbr", "acronym", "b", "big", "blockquote", "br", "caption", "cite", "code", "col", "colgroup", "dd",
        "dfn", "div", "dl", "dt", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "li", "ol", "p", "pre",
        "q", "samp", "small", "span", "strong", "sub", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr",
        "tt", "ul", "var",
    }
)  # fmt: skip
ATTRIBUTES = frozenset(
    {
        "abbr", "align", "alt", "axis", "border", "cellhalign", "cellpadding", "cellspacing", "cellvalign", "char",
        "charoff", "charset", "cite", "class", "colspan", "compact", "dir", "frame", "headers", "height", "href",
        "hspace", "id", "lang", "longdesc", "name", "nowrap", "rel", "rev", "rowspan", "rules", "scope", "shape",
        "span", "src", "start", "style", "summary", "tabindex", "title", "type", "valign", "value", "vspace", "width",
    }
)  # fmt: skip
_TEXT = "[^<>&\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]*"
_PARAGRAPH = f"<p>{_TEXT}(?:&(?:amp|lt|gt|quot);{_TEXT})*</p>"
# Paragraphs of escaped text and nothing else, the first beginning with a letter: right at a glance, without a parser
PARAGRAPHS = re.compile(rf'<div xmlns="http://www\.w3\.org/1999/xhtml">(?=<p>[A-Za-z])(?:{_PARAGRAPH})+</div>')
LINK = re.compile(r"#|https?://|[\w./-]*$")
IMAGE = re.compile(r"#|data:image/")


def narrative_fault(text: str) -> tuple[str, str] | None:
    """IssueType and text, or None."""
    return None if PARAGRAPHS.fullmatch(text) else _parsed(text)


def _parsed(text: str) -> tuple[str, str] | None:
    if "<!" in text or "<?" in text:
        return ("invariant", "txt-1: no doctype, comment or processing instruction in a narrative")
    try:
        root = ElementTree.fromstring(text)  # noqa: S314
    except ElementTree.ParseError:
        return ("invariant", "txt-1: the narrative is not well-formed")
    if root.tag != f"{XHTML}div":
        return ("invariant", "txt-1: the narrative is a div of XHTML")
    if not all(_allowed(element) for element in root.iter()):
        return ("invariant", "txt-1: the narrative holds more than simple formatting")
    if not "".join(root.itertext()).strip() and root.find(f".//{XHTML}img") is None:
        return ("invariant", "txt-2: the narrative has nothing to read")
    return None


def _allowed(element: ElementTree.Element) -> bool:
    if not isinstance(element.tag, str) or not element.tag.startswith(XHTML):
        return False
    if element.tag.removeprefix(XHTML) not in ELEMENTS:
        return False
    return all(_allowed_attribute(name, value) for name, value in element.attrib.items())


def _allowed_attribute(name: str, value: str) -> bool:
    if name not in ATTRIBUTES and not name.startswith("{http://www.w3.org/XML/1998/namespace}"):
        return False
    if name == "href":
        return LINK.match(value) is not None and not value.lower().lstrip().startswith(("javascript:", "data:"))
    if name == "src":
        return IMAGE.match(value) is not None
    return "url(" not in value.lower() and "expression(" not in value.lower() if name == "style" else True
