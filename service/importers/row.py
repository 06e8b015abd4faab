"""What every importer yields: one session as plain JSON values, or the reasons why there is none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from service.errors import Issue


@dataclass(frozen=True, slots=True)
class Row:
    """``place`` names file and line, never a patient. ``data`` is a session document, or None when refused.

    ``issues`` of a refused row say why; those of a row with data are information about what was left out.
    """

    place: str
    data: dict[str, Any] | None
    issues: tuple[Issue, ...] = ()


def refused(place: str, code: str, text: str) -> Row:
    return Row(place, None, (Issue("error", code, text),))


def remark(text: str) -> Issue:
    """Something the reader of the summary should know, and nobody has to act on."""
    return Issue("information", "informational", text)
