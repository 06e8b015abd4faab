"""The page of a session as a reader finds it: its words, its tables, its elements."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

import pytest

from mappings import Clinic, InfusionSession, load_clinic
from service.summaries import summary_page

UNREAD = {"style", "title", "desc"}  # not among the words on the page
ALONE = {"meta", "link", "br"}


@dataclass
class Element:
    tag: str
    attributes: dict[str, str | None]
    parent: Element | None = None
    parts: list[Element | str] = field(default_factory=list)

    def all(self, tag: str = "", **attributes: str) -> list[Element]:
        """Every element below this one with the tag and the attributes."""
        found: list[Element] = []
        for part in self.parts:
            if isinstance(part, Element):
                same = all(part.attributes.get(name.strip("_")) == value for name, value in attributes.items())
                found += [part] if same and tag in ("", part.tag) else []
                found += part.all(tag, **attributes)
        return found

    @property
    def text(self) -> str:
        """Its words with single spaces; no-break spaces count as spaces."""
        return re.sub(r"\s+", " ", self._raw()).strip()

    def _raw(self) -> str:
        said = [part if isinstance(part, str) else "" if part.tag in UNREAD else part._raw() for part in self.parts]
        return f" {''.join(said)} " if self.tag in ("td", "th", "p", "br", "text", "h1", "h2") else "".join(said)


@dataclass
class Page:
    html: str
    root: Element

    @property
    def text(self) -> str:
        return self.root.text

    def table(self, first: str) -> dict[str, list[str]]:
        """Row heading → cells, of the table whose first heading begins with ``first``; heading row as ``""``."""
        for table in self.root.all("table"):
            rows = [[cell.text for cell in row.all() if cell.tag in ("td", "th")] for row in table.all("tr")]
            if rows[0][0].startswith(first):
                return {"": rows[0][1:]} | {row[0]: row[1:] for row in rows[1:]}
        raise AssertionError(f"no table {first}")

    @property
    def boxes(self) -> list[str]:
        """The texts of the framed remarks at the top."""
        return [e.text for e in self.root.all("div") if (e.attributes.get("class") or "").split()[:1] == ["box"]]

    @property
    def doses(self) -> list[str]:
        return [e.text for e in self.root.all("p", class_="dose")]


class Reader(HTMLParser):
    """Well-formed pages only: an element left open is a mistake of ours."""

    def __init__(self) -> None:
        super().__init__()
        self.at = Element("", {})

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, dict(attrs), self.at)
        self.at.parts.append(element)
        if tag not in ALONE:
            self.at = element

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.at.parts.append(Element(tag, dict(attrs), self.at))

    def handle_endtag(self, tag: str) -> None:
        assert self.at.tag == tag, f"</{tag}> where <{self.at.tag}> is open"
        assert self.at.parent is not None
        self.at = self.at.parent

    def handle_data(self, data: str) -> None:
        self.at.parts.append(data)


def read(html: str) -> Page:
    reader = Reader()
    reader.feed(html)
    reader.close()
    assert reader.at.tag == "", f"<{reader.at.tag}> is never closed"
    return Page(html, reader.at)


@pytest.fixture(scope="session")
def clinic() -> Clinic:
    return load_clinic()


Show = Callable[..., Page]


@pytest.fixture(scope="session")
def show(clinic: Clinic) -> Show:
    """A session, the patient's earlier ones, and its revision → the page."""

    def shown(session: InfusionSession, *earlier: InfusionSession, **options: Any) -> Page:
        return read(summary_page(session, earlier, clinic, **options))

    return shown
