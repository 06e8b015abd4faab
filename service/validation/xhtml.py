"""The elements and attributes that R4 allows in a narrative, and which may stand where: those of HTML 4.0's chapters
on text, lists and tables, links, images. What would run, or load from elsewhere, is left out."""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element

XHTML = "{http://www.w3.org/1999/xhtml}"
ELEMENTS = frozenset(
    {
        "a", "abbr", "acronym", "address", "area", "b", "bdo", "big", "blockquote", "br", "caption", "cite", "code",
        "col", "colgroup", "dd", "dfn", "div", "dl", "dt", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img",
        "kbd", "li", "map", "ol", "p", "pre", "q", "samp", "small", "span", "strong", "sub", "sup", "table", "tbody",
        "td", "tfoot", "th", "thead", "tr", "tt", "ul", "var",
    }
)  # fmt: skip
# Attributes of XML itself
XML = "{http://www.w3.org/XML/1998/namespace}"
ANYWHERE = frozenset(
    {
        "abbr", "accesskey", "align", "axis", "char", "charoff", "class", "colspan", "dir", "headers", "id", "lang",
        "rowspan", "scope", "span", "style", "tabindex", "title", "valign", "width", f"{XML}lang", f"{XML}space",
    }
)  # fmt: skip
ONLY_AT = {
    "a": frozenset({"charset", "coords", "href", "hreflang", "name", "rel", "rev", "shape", "type"}),
    "area": frozenset({"alt", "coords", "href", "nohref", "shape"}),
    "blockquote": frozenset({"cite"}),
    "img": frozenset({"alt", "border", "height", "ismap", "longdesc", "src", "usemap"}),
    "map": frozenset({"name"}),
    "pre": frozenset({"space"}),
    "q": frozenset({"cite"}),
    "table": frozenset({"border", "cellpadding", "cellspacing", "frame", "rules", "summary"}),
    "td": frozenset({"nowrap"}),
}
LINK = re.compile(r"#.*|(https?|mailto|tel|ftp):\S+|[\w./?=&%~+-]+")
IMAGE = re.compile(r"#.+|data:image/\S+")

IN_TABLE = frozenset({"table"})
IN_BODY = frozenset({"table", "thead", "tfoot", "tbody"})
PARENTS = {
    "tr": IN_BODY,
    "tbody": IN_TABLE,
    "thead": IN_TABLE,
    "tfoot": IN_TABLE,
    "caption": IN_TABLE,
    "colgroup": IN_TABLE,
    "col": frozenset({"colgroup", "table"}),
    "th": frozenset({"tr"}),
    "td": frozenset({"tr"}),
    "li": frozenset({"ul", "ol"}),
    "dd": frozenset({"dl"}),
    "dt": frozenset({"dl"}),
}
CHILDREN = {
    "table": frozenset({"tbody", "tr", "caption", "thead", "tfoot", "col", "colgroup"}),
    "tr": frozenset({"td", "th"}),
    "tbody": frozenset({"tr"}),
    "thead": frozenset({"tr"}),
    "tfoot": frozenset({"tr"}),
    "ul": frozenset({"li"}),
    "ol": frozenset({"li"}),
    "dl": frozenset({"dd", "dt"}),
    "map": frozenset({"area"}),
    "area": frozenset[str](),
    "br": frozenset[str](),
    "img": frozenset[str](),
    "hr": frozenset[str](),
}
# In what is text, no blocks; in a paragraph none of any kind; and no phrase within the same phrase
BLOCKS = frozenset({"div", "pre", "table", "ul", "ol"})
IN_NO_PARAGRAPH = BLOCKS | {"p", "blockquote"}
PHRASES = frozenset(
    {
        "a", "abbr", "acronym", "b", "bdo", "big", "cite", "code", "dfn", "em", "i", "kbd", "q", "samp", "small",
        "strong", "sub", "sup", "tt", "var",
    }
)  # fmt: skip
OF_TEXT = PHRASES | {"address", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "span", "caption", "dd", "dt"}


def is_allowed(element: Element) -> bool:
    """Whether an element of a narrative, and each of its attributes, is harmless formatting."""
    if not element.tag.startswith(XHTML) or _name(element) not in ELEMENTS:
        return False
    return all(_is_allowed_attribute(_name(element), name, value) for name, value in element.attrib.items())


def _is_allowed_attribute(element: str, name: str, value: str) -> bool:
    if name not in ANYWHERE and name not in ONLY_AT.get(element, ()):
        return False
    if name == "href":
        return LINK.fullmatch(value) is not None
    if name == "src":
        return IMAGE.fullmatch(value) is not None
    return "url(" not in value.lower() and "expression(" not in value.lower() if name == "style" else True


def is_in_place(element: Element) -> bool:
    """Whether every element below stands where HTML lets it."""
    return all(_stands(child, element) and is_in_place(child) for child in element)


def _stands(child: Element, parent: Element) -> bool:
    name = _name(child)
    if _name(parent) not in PARENTS.get(name, (_name(parent),)):
        return False
    if name in CHILDREN and not _has_only(child, CHILDREN[name]):
        return False
    inside = {_name(below) for below in child.iter() if below is not child}
    if name == "p":
        return not inside & IN_NO_PARAGRAPH
    return not (name in OF_TEXT and inside & BLOCKS) and not (name in PHRASES and name in inside)


def _has_only(element: Element, names: frozenset[str]) -> bool:
    """These children, and no text beside them."""
    texts = (element.text, *(child.tail for child in element))
    return all(_name(child) in names for child in element) and not any(text and text.strip() for text in texts)


def _name(element: Element) -> str:
    return str(element.tag).removeprefix(XHTML)
