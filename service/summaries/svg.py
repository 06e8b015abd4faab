"""SVG elements as text. Every attribute and every word is escaped here and nowhere else."""

from __future__ import annotations

from html import escape

from service.summaries.words import tame

Attribute = str | float | int


def element(tag: str, body: str = "", /, **attributes: Attribute) -> str:
    """``body`` is SVG already; ``stroke_width`` becomes ``stroke-width`` and ``class_`` ``class``."""
    written = "".join(f' {_name(name)}="{escape(_value(value))}"' for name, value in attributes.items())
    return f"<{tag}{written}>{body}</{tag}>" if body else f"<{tag}{written}/>"


def words(tag: str, said: str, /, **attributes: Attribute) -> str:
    """An element with plain text in it."""
    return element(tag, escape(tame(said)), **attributes)


def text(x: float, y: float, said: str, anchor: str = "start", **attributes: Attribute) -> str:
    return words("text", said, x=x, y=y, text_anchor=anchor, **attributes)


def line(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    return element("path", class_=kind, d=f"M{_value(x1)} {_value(y1)}L{_value(x2)} {_value(y2)}")


def mark(kind: str, x: float, y: float, said: str = "", size: float = 1) -> str:
    """A sign of one reading, shaped so that series are told apart without colour; ``said`` shows on pointing at it."""
    body, half = words("title", said) if said else "", 3 * size
    if kind == "circle":
        return element("circle", body, class_="mark hollow", cx=x, cy=y, r=half)
    if kind == "square":
        left, top = round(x - half, 1), round(y - half, 1)
        return element("rect", body, class_="mark", x=left, y=top, width=2 * half, height=2 * half)
    tip = -half if kind == "up" else half
    base = f"M{_value(round(x - half, 1))} {_value(round(y - tip, 1))}H{_value(round(x + half, 1))}"
    return element("path", body, class_="mark", d=f"{base}L{_value(x)} {_value(round(y + tip, 1))}Z")


def _name(name: str) -> str:
    return name.rstrip("_").replace("_", "-")


def _value(value: Attribute) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
