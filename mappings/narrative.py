"""The narrative of a resource: what a person reads of it where nothing else can be shown."""

from __future__ import annotations

from html import escape

from mappings.datatypes import Element


def narrative(*paragraphs: str) -> Element:
    """Paragraphs of plain words; marks that XHTML would read as its own are escaped."""
    words = "".join(f"<p>{escape(paragraph)}</p>" for paragraph in paragraphs)
    return {"status": "generated", "div": f'<div xmlns="http://www.w3.org/1999/xhtml">{words}</div>'}
