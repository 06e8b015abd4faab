"""Narratives: what runs, what loads, what is no XHTML, what says nothing."""

from __future__ import annotations

from random import Random
from typing import Any

from conformance.corpus.kind import kind
from conformance.corpus.places import Resource

DIV = '<div xmlns="http://www.w3.org/1999/xhtml">{}</div>'


def narrative(name: str, *divs: Any, harmless: bool = False, whole: bool = False) -> None:
    """A kind that writes one of ``divs`` into the narrative: its inside, or as a whole."""

    @kind(name, harmless=harmless)
    def _(resource: Resource, chance: Random) -> bool:
        div = chance.choice(divs)
        resource["text"] = {"status": "generated", "div": div if whole else DIV.format(div)}
        return True


narrative(
    "a narrative with a script",
    "<script>x</script>",
    "<p>a<script src='http://x.example/x.js'/></p>",
    "<SCRIPT>x</SCRIPT>",
)
narrative(
    "a narrative with an event",
    '<p onclick="x()">a</p>',
    '<b onload="x()">a</b>',
    '<a href="#a" onmouseover="x()">a</a>',
)
narrative("a narrative with a link that runs", '<a href="javascript:x()">a</a>', '<a href="JavaScript:x()">a</a>', '<a href="data:text/html,x">a</a>', '<a href="vbscript:x">a</a>')  # fmt: skip
narrative("a narrative with elements that XHTML forbids here", "<iframe>x</iframe>", "<form><p>a</p></form>", "<input/>a", "<object>a</object>", "<embed/>a", "<link/>a", "<style>b</style>a", "<marquee>a</marquee>", "<h7>a</h7>", "<video>a</video>")  # fmt: skip
narrative("a narrative with attributes that XHTML forbids here", '<p colour="blue">a</p>', '<p srcdoc="x">a</p>', '<p formaction="x">a</p>', '<p data-x="x">a</p>', '<p contenteditable="true">a</p>')  # fmt: skip
narrative(
    "a narrative with head and body", "<body><p>a</p></body>", "<html><p>a</p></html>", "<head><title>a</title></head>"
)
narrative("a narrative that is not well-formed", "<p>a", "<p>a</b></p>", "a & b", "<p a=b>c</p>", "a < b", "<p>a</p></div><div>", "&#x0;")  # fmt: skip
narrative("a narrative with an entity nobody declared", "a &banana; b", "&copyright;")
narrative("a narrative that says nothing", "", " ", "<p></p>", "<p> </p>", "<br/>", "\n", "<ul><li/></ul>")
narrative("a narrative without a div", "a note", "<p>a note</p>", '<p xmlns="http://www.w3.org/1999/xhtml">a</p>', '<span xmlns="http://www.w3.org/1999/xhtml">a</span>', whole=True)  # fmt: skip
narrative("a narrative without its namespace", "<div>a note</div>", "<div><p>a note</p></div>", whole=True)
narrative(
    "a narrative of another namespace",
    '<div xmlns="http://www.w3.org/1999/html">a</div>',
    '<div xmlns="urn:x">a</div>',
    whole=True,
)
narrative("a narrative that is no text", 3, {"div": "a"}, ["a"], None, True, "", " ", whole=True)
narrative(
    "a narrative that is more than a div",
    DIV.format("a") + "b",
    DIV.format("a") + DIV.format("b"),
    "b" + DIV.format("a"),
    "<!DOCTYPE div>" + DIV.format("a"),
    DIV.format("<?php x ?>a"),
    '<!DOCTYPE a [<!ENTITY x "y">]>' + DIV.format("&x;"),
    whole=True,
)
narrative("a narrative with cells outside a table", "<td>a</td>", "<tr><td>a</td></tr>", "<ul><li>a</li><p>b</p></ul>")
narrative("a narrative with items outside a list", "<li>a</li>", "<dt>a</dt>", "<ul>a</ul>")
narrative(
    "a narrative with blocks in a paragraph",
    "<p><p>a</p></p>",
    "<p><ul><li>a</li></ul></p>",
    "<b><table><tr><td>a</td></tr></table></b>",
)
narrative(
    "a narrative written over lines",
    "\n  <p>a</p>\n  <ul>\n    <li>b</li>\n  </ul>\n",
    "\n<table>\n <tr>\n  <td>a</td>\n </tr>\n</table>",
    harmless=True,
)
narrative(
    "a narrative that loads from elsewhere",
    '<img src="http://x.example/y.png" alt="a"/>a',
    '<img src="https://x.example/y.png" alt="a"/>',
    '<p style="background:url(http://x.example/y.png)">a</p>',
    '<p style="width:expression(x())">a</p>',
)
narrative("a link to nowhere", '<a href="">a</a>', '<a href="#nowhere">a</a>', "<a>a</a>", '<a name="x">a</a>')

narrative("a narrative of lists and tables", "<ul><li>a</li><li>b</li></ul>", "<table><thead><tr><th>a</th></tr></thead><tbody><tr><td>b</td></tr></tbody></table>", "<dl><dt>a</dt><dd>b</dd></dl>", "<ol><li>a<ul><li>b</li></ul></li></ol>", harmless=True)  # fmt: skip
narrative(
    "a narrative with entities",
    "5 &lt; 6 &amp; 7 &gt; 2",
    "&#8805; 3",
    "&#x2265; 3",
    "&quot;a&quot; &apos;b&apos;",
    harmless=True,
)
narrative("a narrative with HTML's entities", "a&nbsp;b", "&eacute;t&eacute;", "5 &le; 6", harmless=True)
narrative("a narrative with links", '<a href="https://demo-clinic.example/x">a</a>', '<a href="Patient/p1">a</a>', '<a id="x">a</a>', '<a href="mailto:desk@demo-clinic.example">a</a>', '<a href="tel:5550100">a</a>', harmless=True)  # fmt: skip
narrative("a narrative with styles", '<p style="color: red">a</p>', '<p class="a b" title="c">a</p>', '<span style="font-weight:bold" lang="en">a</span>', '<p xml:lang="en">a</p>', '<table><tr><td colspan="2">a</td></tr></table>', harmless=True)  # fmt: skip
narrative("a narrative with a comment", "<!-- a --><p>b</p>", harmless=True)
narrative("a narrative with an image of its own", '<img src="data:image/png;base64,iVBORw0KGgo=" alt="a"/>', '<p>a<img src="#a1" alt="a"/></p>', harmless=True)  # fmt: skip
narrative("a plain narrative in other words", "<p>a</p><p>b</p>", "<b>a</b><br/><i>c</i>", "<p>a<br/>b</p>", "<h1>a</h1><p>b</p>", "<pre>a\n b</pre>", "<hr/><p>a</p>", "plain", "<blockquote><p>a</p></blockquote>", harmless=True)  # fmt: skip
narrative("a narrative with attributes of its div", '<div xmlns="http://www.w3.org/1999/xhtml" lang="en" xml:lang="en"><p>a</p></div>', '<div xmlns="http://www.w3.org/1999/xhtml" class="x"><p>a</p></div>', "<div xmlns='http://www.w3.org/1999/xhtml'><p>a</p></div>", '<h:div xmlns:h="http://www.w3.org/1999/xhtml"><h:p>a</h:p></h:div>', harmless=True, whole=True)  # fmt: skip


@kind("a narrative with a wrong status")
def _(resource: Resource, chance: Random) -> bool:
    resource["text"]["status"] = chance.choice(["final", "Generated", "", " "])
    return True


@kind("a narrative without status or div")
def _(resource: Resource, chance: Random) -> bool:
    del resource["text"][chance.choice(["status", "div"])]
    return True


@kind("a narrative with an unknown element")
def _(resource: Resource, chance: Random) -> bool:
    resource["text"][chance.choice(["colour", "text", "modifierExtension"])] = "x"
    return True
