"""Explain tells the truth: no element without a rule, no rule without an element, no field that is not named."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from itertools import chain
from typing import Any, get_args

import pytest
from golden_sessions import ROOT, at, fixture_sessions, record
from pydantic import BaseModel

from mappings import RESOURCES, load_clinic, parse_session
from mappings.explain import Explained, explain_session, rules
from mappings.session import InfusionSession

CLINIC = load_clinic()
EXAMPLE = load_clinic(ROOT / "fixtures" / "clinics" / "example.toml")
SESSIONS = fixture_sessions()
# Marks what must stay in the clinic's record
NEVER_MAPPED = {"events.kind"}


def explained(session: InfusionSession) -> list[Explained]:
    return explain_session(session, CLINIC, RESOURCES)


@pytest.mark.parametrize("name", SESSIONS)
def test_every_element_of_a_fixture_has_a_rule(name: str) -> None:
    assert [one for one in explained(SESSIONS[name]) if not one.rule] == []


@pytest.mark.parametrize("name", SESSIONS)
def test_every_element_has_a_rule_in_its_course_and_in_another_clinic(name: str) -> None:
    found = explain_session(SESSIONS[name], EXAMPLE, RESOURCES, tuple(SESSIONS.values()))
    assert [one for one in found if not one.rule] == []
    assert {one.element for one in found} >= {"language"}


@pytest.mark.parametrize("name", SESSIONS)
def test_every_code_names_its_row(name: str) -> None:
    """A concept given as a key stands in a table: explain says in which row."""
    wanted = {f"indication.{i.key}" for i in SESSIONS[name].indications if i.key}
    assert wanted <= {row for one in explained(SESSIONS[name]) for row in one.row.split(", ")}


def fields_of(model: type[BaseModel], place: str = "") -> Iterator[str]:
    """Every field of the record as ``events.rate``, without places in lists."""
    for name, field in model.model_fields.items():
        inner = list(_models(field.annotation))
        if inner:
            for one in inner:
                yield from fields_of(one, f"{place}{name}.")
        else:
            yield f"{place}{name}"


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models(part)


STARTS = ("events", "staff", "devices", "medications", "indications", "referral.referrer")


def fields_named() -> Iterator[tuple[str, set[str]]]:
    """Of each field that a rule names the fields it may be: what stands below a place, below any kind of place."""
    for kinds in rules().values():
        for rule in chain.from_iterable(kinds.values()):
            for field in re.findall(r"[^ ,]+", re.sub(r"\[\d+\]| else", "", rule.source)):
                below = re.fullmatch(r"(?:earlier)?\.(.*)", field)
                ways = {f"{start}.{below[1]}".removesuffix(".") for start in STARTS} if below else {field}
                yield field, ways


def test_every_field_of_the_record_is_named_by_a_rule() -> None:
    named = {way for field, ways in fields_named() if field != "." for way in ways}
    fields = set(fields_of(InfusionSession)) - NEVER_MAPPED
    assert {field for field in fields if not any(field == n or field.startswith(f"{n}.") for n in named)} == set()


def test_every_rule_names_fields_that_exist() -> None:
    fields = set(fields_of(InfusionSession))
    known = {".".join(field.split(".")[:size]) for field in fields for size in range(1, field.count(".") + 2)}
    assert [field for field, ways in fields_named() if not known & ways] == []


# A record field, another value for it, and the element that explain says comes from it
CHANGES = [
    ("patient.family", "Synthetic-Other", "Patient", "name"),
    ("patient.sex", "male", "Patient", "gender"),
    ("preparation.weight.value", Decimal("81.0"), "Observation", "valueQuantity"),
    ("order.dose.value", Decimal("0.60"), "MedicationRequest", "dosageInstruction[0].doseAndRate"),
    ("events[0].systolic", 121, "Observation", "component[0]"),
    ("events[0].heart_rate", 71, "Observation", "valueQuantity"),
    ("events[1].rate.value", Decimal("0.80"), "Observation", "component[3]"),
    ("events[1].rate.value", Decimal("0.80"), "MedicationAdministration", "dosage.dose"),
    ("events[2].oxygen_saturation", 96, "Observation", "valueQuantity"),
    ("status", "in-progress", "Procedure", "status"),
    ("medications[0].concentration.value", 20, "Medication", "ingredient[0]"),
    ("staff[0].family", "Synthetic-Another", "Practitioner", "name[0]"),
]


@pytest.mark.parametrize(("field", "value", "kind", "element"), CHANGES)
def test_a_changed_field_changes_the_element_that_names_it(field: str, value: Any, kind: str, element: str) -> None:
    before, after = record(), record()
    target: Any = after
    *path, last = re.findall(r"\w+", field)
    for part in path:
        target = target[int(part)] if part.isdigit() else target[part]
    target[last] = value
    changed = _values(before, kind, element) ^ _values(after, kind, element)
    assert changed, "explain names a field that changes nothing"
    sources = {
        source
        for one in explained(parse_session(before))
        if one.resource.startswith(f"{kind}/") and (one.element == element or one.element.startswith(f"{element}["))
        for source in one.source.split(", ")
    }
    assert any(field == source or field.startswith(f"{source}.") for source in sources)


def _values(data: dict[str, Any], kind: str, element: str) -> set[str]:
    from mappings import map_session

    found = set()
    for resource in map_session(parse_session(data), CLINIC):
        value: Any = resource
        try:
            for name, place in re.findall(r"(\w+)|\[(\d+)\]", element):
                value = value[name] if name else value[int(place)]
        except (KeyError, IndexError, TypeError):
            continue
        if resource["resourceType"] == kind:
            found.add(repr(value))
    return found


def test_text_alone_has_no_row() -> None:
    data = record(events=[at(0, "reaction", reaction={"text": "Felt odd"}, severity="mild")])
    rows = [
        one for one in explained(parse_session(data)) if one.element == "code" and one.source == "events[0].reaction"
    ]
    assert [one.row for one in rows] == [""]
