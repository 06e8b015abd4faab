"""Why every element is there: the record field, the rule and the terminology row that each comes from.

The rules are data: ``explained/<type>.toml`` says of each kind of resource which element comes from which field.
docs/mapping.md is made from the same files, and tests hold them to the mapping: no element without a rule, no rule
without an element, and a field that is changed changes the element that names it.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from mappings.clinic import Clinic
from mappings.context import SessionContext
from mappings.making import publish
from mappings.origin import Origin
from mappings.reading.words import Words
from mappings.resource import Resource, ResourceMapping
from mappings.session import InfusionSession
from mappings.sources import fields, origin_of

EXPLAINED = Path(__file__).parent / "explained"
EVERY = "every"  # the file of what all resources have
IN_ERROR = "in-error"  # the kind of rules for what a session yields that was entered in error


@dataclass(frozen=True, slots=True)
class Rule:
    """``element`` is a path below the resource and covers what is below it.

    ``source`` names record fields (``mappings/sources.py`` says how); empty where no field says it. ``table`` is the
    terminology table that its codes come from.
    """

    element: str
    source: str
    rule: str
    table: str = ""


@dataclass(frozen=True, slots=True)
class Explained:
    """One element of one resource, such as ``component[1].valueQuantity``. ``source``: fields that the record holds."""

    resource: str
    element: str
    source: str
    rule: str
    row: str = ""


@cache
def rules() -> Mapping[str, Mapping[str, tuple[Rule, ...]]]:
    """Type → kind → rules; the kind ``""`` holds for all kinds of a type."""
    found = {}
    for path in sorted(EXPLAINED.glob("*.toml")):
        kinds = tomllib.loads(path.read_text(encoding="utf-8"))
        found[path.stem] = {kind: tuple(_rules(table)) for kind, table in kinds.items()}
    return found


def _rules(table: Mapping[str, Any]) -> Iterator[Rule]:
    for element, said in table.items():
        for one in said if isinstance(said, list) else [said]:
            yield Rule(element, one.get("from", ""), one["rule"], one.get("table", ""))


def rules_of(type_: str, kind: str) -> tuple[Rule, ...]:
    """The rules of a kind of resource, the most particular first."""
    of_type = rules().get(type_, {})
    return (*of_type.get(kind, ()), *of_type.get("all", ()), *rules()[EVERY]["all"])


def rules_in_error(mapping: ResourceMapping) -> tuple[Rule, ...]:
    """Of what says that a resource was entered in error."""
    found = (*rules().get(mapping.type, {}).get(IN_ERROR, ()), *rules()[EVERY][IN_ERROR])
    return tuple(rule for rule in found if rule.element in dict(mapping.retracted))


def explain_session(
    session: InfusionSession,
    clinic: Clinic,
    resources: tuple[ResourceMapping, ...],
    earlier: Sequence[InfusionSession] = (),
) -> list[Explained]:
    """Every element of every resource that is published of the session, in document order."""
    context = SessionContext.of(session, clinic, earlier)
    words = Words.of(clinic)
    found = []
    for id_, (mapping, resource) in publish(context, resources).items():
        origin = origin_of(context, id_)
        first = rules_in_error(mapping) if session.status == "entered-in-error" else ()
        chosen = (*first, *rules_of(mapping.type, origin.kind))
        found += [
            Explained(f"{mapping.type}/{id_}", place, *_said(rule, origin, session), _row(resource, place, rule, words))
            for place, rule in _explained(resource, chosen, words)
        ]
    return found


def _explained(resource: Resource, found: tuple[Rule, ...], words: Words) -> Iterator[tuple[str, Rule | None]]:
    """Leaves under one rule are said once, at the element that the rule names."""
    said: set[str] = set()
    for path in leaves(resource):
        rule = rule_for(path, resource, found, words)
        place = path if rule is None else _cut(path, rule.element.count(".") + 1)
        if place not in said:
            said.add(place)
            yield place, rule


def _said(rule: Rule | None, origin: Origin, session: InfusionSession) -> tuple[str, str]:
    if rule is None:
        return "", ""
    return ", ".join(fields(rule.source, origin.place, session)), rule.rule


def _row(resource: Resource, place: str, rule: Rule | None, words: Words) -> str:
    return "" if rule is None else ", ".join(_rows(_at(resource, place), rule, words))


def leaves(value: Any, path: str = "") -> Iterator[str]:
    """The path of every leaf: ``component[1].valueQuantity.value``."""
    if isinstance(value, dict):
        for name, child in value.items():
            yield from leaves(child, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for i, child in enumerate(value):
            yield from leaves(child, f"{path}[{i}]")
    else:
        yield path


def rule_for(path: str, resource: Resource, found: tuple[Rule, ...], words: Words) -> Rule | None:
    """The rule of the longest path that leads here; of equals, the first."""
    plain = _without_places(path, resource, words)
    leading = [rule for rule in found if plain == rule.element or plain.startswith(f"{rule.element}.")]
    return max(leading, key=lambda rule: len(rule.element), default=None)


def _without_places(path: str, resource: Resource, words: Words) -> str:
    """``component[1].valueQuantity`` → ``component:infusion-rate.valueQuantity``; other elements lose their place."""
    part = re.match(r"component\[(\d+)\]", path)
    if part is not None:
        code = resource["component"][int(part[1])]["code"]
        key = words.key("finding", code) or words.key("vital", code) or words.key("derived", code)
        path = path.replace(part[0], f"component:{key}", 1)
    return re.sub(r"\[\d+\]", "", path)


def _cut(path: str, size: int) -> str:
    return ".".join(path.split(".")[:size])


def _at(value: Any, path: str) -> Any:
    for name, place in re.findall(r"(\w+)|\[(\d+)\]", path):
        value = value[name] if name else value[int(place)]
    return value


def _rows(value: Any, rule: Rule, words: Words) -> Iterator[str]:
    """The terminology rows of the concepts in an element, out of the tables that the rule names."""
    if isinstance(value, list):
        for child in value:
            yield from _rows(child, rule, words)
    elif isinstance(value, dict):
        for table in rule.table.split() if "coding" in value else ():
            key = words.concept(table, value).get("key")
            if key is not None:
                yield f"{table}.{key}"
        for child in value.values():
            yield from _rows(child, rule, words)
