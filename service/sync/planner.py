"""From what a destination can do to how a session is written there. Pure.

What it cannot hold is left out with the reason; nothing is dropped without a word. The plan is what the sender executes
and what a person is shown before.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from service.fhirjson import read_json
from service.sync.profile import PARTIAL, How, Profile, Way, profile_of

__all__ = ["How", "Item", "Plan", "Profile", "Way", "plan_for", "profile_of"]

Reach = Literal["full", "partial", "document", "nothing"]
REFERENCE = re.compile(rb'"reference":"([A-Z][A-Za-z]+/[A-Za-z0-9\-.]{1,64})"')
NO_IDENTIFIER = "it has no identifier to be found by, and the destination takes no ids of ours"
NO_CONTENT = "nothing of the session itself can be held there: no observation, no procedure, no document"
BY_DOCUMENT = "what is left out is in the document"
NO_DOCUMENT = "the session yields no document that could carry what is left out"
NOT_EVEN_A_DOCUMENT = "no document carries what is left out"


@dataclass(frozen=True, slots=True)
class Item:
    """One resource of a session: its bytes without our stamp, and their hash."""

    resource_type: str
    id: str
    content: bytes
    content_hash: str
    name: str = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", f"{self.resource_type}/{self.id}")

    @property
    def identifiers(self) -> list[tuple[str, str]]:
        """As (system, value)."""
        found = read_json(self.content).get("identifier")
        every = found if isinstance(found, list) else [found]  # some types have one, most a list
        pairs = [(one.get("system"), one.get("value")) for one in every if isinstance(one, dict)]
        return [(system, value) for system, value in pairs if system and value]

    @property
    def own_identifier(self) -> tuple[str, str] | None:
        """The one whose value is our logical id."""
        return next((pair for pair in self.identifiers if pair[1] == self.id), None)

    @property
    def refers_to(self) -> list[str]:
        """Names of what it refers to."""
        return [name.decode() for name in REFERENCE.findall(self.content)]


@dataclass(frozen=True, slots=True)
class Plan:
    """What is sent and how, in this order; and what this destination cannot hold, with the reason by name."""

    way: Way
    items: tuple[tuple[Item, How], ...]
    left_out: tuple[Item, ...]
    why: Mapping[str, str] = field(default_factory=dict)
    max_entries: int | None = None
    max_conditional_entries: int | None = None

    @property
    def types_left_out(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(item.resource_type for item in self.left_out))

    @property
    def reach(self) -> Reach:
        types = {item.resource_type for item, _ in self.items}
        if not self.left_out or all(self.why.get(item.name) == NO_IDENTIFIER for item in self.left_out):
            return "full"
        return reach_of(types)

    @property
    def note(self) -> str:
        """Where what is left out is, in words."""
        if self.reach == "full":
            return ""
        if self.reach == "nothing":
            return NO_CONTENT
        if any(item.resource_type == "DocumentReference" for item, _ in self.items):
            return BY_DOCUMENT
        return NOT_EVEN_A_DOCUMENT if "DocumentReference" in self.types_left_out else NO_DOCUMENT


def reach_of(types: set[str]) -> Reach:
    """How much of a session fits into these types, where not all of it does."""
    if types & {"Observation", "Procedure"}:
        return "partial"
    return "document" if "DocumentReference" in types else "nothing"


def plan_for(profile: Profile, items: Sequence[Item]) -> Plan:
    """Referenced before referring. Without an identifier only our own id can find a resource again."""
    chosen: list[tuple[Item, How]] = []
    left_out: list[Item] = []
    why: dict[str, str] = {}
    for item in in_order(items):
        how = profile.types.get(item.resource_type)
        if how is None:
            why[item.name] = profile.why_not(item.resource_type)
        elif how != "own-id" and item.own_identifier is None:
            why[item.name] = NO_IDENTIFIER
        else:
            chosen.append((item, how))
            continue
        left_out.append(item)
    if _is_empty(chosen, left_out):
        why = {**{item.name: NO_CONTENT for item, _ in chosen}, **why}
        chosen, left_out = [], list(in_order(items))
    return Plan(profile.way, tuple(chosen), tuple(left_out), why, profile.max_entries, profile.max_conditional_entries)


def _is_empty(chosen: Sequence[tuple[Item, How]], left_out: Sequence[Item]) -> bool:
    """All that a session says is left out: its patient and its clinic alone would say nothing."""
    said = any(item.resource_type in PARTIAL for item, _ in chosen)
    return not said and any(item.resource_type in PARTIAL for item in left_out)


def in_order(items: Sequence[Item]) -> list[Item]:
    """Referenced before referring, and otherwise as they were; a circle stays as it was."""
    by_name = {item.name: item for item in items}
    found: dict[str, Item] = {}
    begun: set[str] = set()

    def visit(item: Item) -> None:
        begun.add(item.name)
        for name in item.refers_to:
            if name in by_name and name not in begun:
                visit(by_name[name])
        found[item.name] = item

    for item in items:
        if item.name not in begun:
            visit(item)
    return list(found.values())
