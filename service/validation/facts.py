"""What R4 says of each element: its type, whether it repeats, its required codes, its reference targets.

From ``r4_facts.json``, which tools/extract_r4_facts.py makes from the published definitions.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Fact:
    """``codes`` holds ``system|code`` of a required binding; ``targets`` the types a reference may point to."""

    type: str
    is_list: bool = False
    codes: frozenset[str] = frozenset()
    targets: frozenset[str] = frozenset()

    @property
    def bare_codes(self) -> frozenset[str]:
        return frozenset(code.rsplit("|", 1)[1] for code in self.codes)


@cache
def elements() -> dict[str, dict[str, Fact]]:
    """Type or backbone path → element name → Fact."""
    data: dict[str, Any] = json.loads((Path(__file__).parent / "r4_facts.json").read_text())["elements"]
    return {path: {name: _fact(fact) for name, fact in found.items()} for path, found in data.items()}


def _fact(fact: dict[str, Any]) -> Fact:
    codes, targets = frozenset(fact.get("codes", ())), frozenset(fact.get("targets", ()))
    return Fact(fact["type"], fact.get("list", False), codes, targets)


def fact_of(parent: str, name: str) -> Fact | None:
    """The fact about an element, also of ``_name``, which carries the extensions of a primitive."""
    found = elements().get(parent, {})
    if name.startswith("_"):
        plain = found.get(name[1:])
        return plain and Fact("Element", plain.is_list)
    return found.get(name)
