"""What R4 says of each element: its type, whether it repeats or must be there, required codes, reference targets.

From ``r4_facts.json``, which tools/extract_r4_facts.py makes from the published definitions.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from service.validation.primitives import CHECKS


@dataclass(frozen=True, slots=True)
class Fact:
    """One element.

    ``codes`` holds ``system|code`` of a required binding, ``bare_codes`` the codes alone; ``targets`` the types that a
    reference may point to; ``choice`` the element that this is one form of, such as value for valueString; ``simple``
    a quantity without comparator; ``language`` a code that is a tag of BCP 47.
    """

    type: str
    is_list: bool = False
    required: bool = False
    choice: str = ""
    codes: frozenset[str] = frozenset()
    bare_codes: frozenset[str] = frozenset()
    targets: frozenset[str] = frozenset()
    simple: bool = False
    language: bool = False

    @property
    def is_primitive(self) -> bool:
        return self.type in CHECKS


@cache
def _data() -> dict[str, Any]:
    data: dict[str, Any] = json.loads((Path(__file__).parent / "r4_facts.json").read_text())
    return data


@cache
def resource_types() -> frozenset[str]:
    """The name of every resource of R4, also of those whose elements are not known here."""
    return frozenset(_data()["resources"])


@cache
def elements() -> dict[str, dict[str, Fact]]:
    """Type or backbone path → element name → Fact."""
    return {path: {name: _fact(fact) for name, fact in found.items()} for path, found in _data()["elements"].items()}


def _fact(fact: dict[str, Any]) -> Fact:
    codes = frozenset(fact.get("codes", ()))
    return Fact(
        type=fact["type"],
        is_list=fact.get("list", False),
        required=bool(fact.get("min")),
        choice=fact.get("choice", ""),
        codes=codes,
        bare_codes=frozenset(code.rsplit("|", 1)[1] for code in codes),
        targets=frozenset(fact.get("targets", ())),
        simple=fact.get("simple", False),
        language=fact.get("language", False),
    )


NOTHING: Mapping[str, Fact] = {}


def fact_of(parent: str, name: str) -> Fact | None:
    """The fact about an element, also of ``_name``, which carries the extensions of a primitive."""
    found = elements().get(parent, NOTHING)
    if not name.startswith("_"):
        return found.get(name)
    plain = found.get(name[1:])
    return Fact("Element", plain.is_list) if plain is not None and plain.is_primitive else None


@cache
def demands(parent: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """What must be there: (name to tell, names of which one must be there)."""
    forms: dict[str, list[str]] = {}
    for name, fact in elements().get(parent, NOTHING).items():
        if fact.required:
            forms.setdefault(fact.choice or name, []).extend((name, f"_{name}"))
    return tuple((name, tuple(names)) for name, names in forms.items())


@cache
def choices(parent: str) -> Mapping[str, str]:
    """Name of a form, also with an underscore → the choice that it is a form of."""
    found = {name: fact.choice for name, fact in elements().get(parent, NOTHING).items() if fact.choice}
    return found | {f"_{name}": choice for name, choice in found.items()}
