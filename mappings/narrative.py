"""Narratives: a resource in one line that people can read, made from its own elements and from nothing else.

So it never says more than the resource, and one that is entered in error says that first. Free text is cut at a space;
numbers never are.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache, lru_cache
from typing import Any

from mappings.datatypes import Element, Fixed
from mappings.resource import Resource
from mappings.words import UNSEEN, amount, number, span, time, unit

XHTML = "http://www.w3.org/1999/xhtml"
ESCAPED: dict[int, str | None] = {
    **UNSEEN,
    **{ord(mark): name for mark, name in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;"))},
}
DIV = f'<div xmlns="{XHTML}">'
HEAD = ("resourceType", "id", "meta", "language")
LONGEST = 200  # characters of a free text
Reader = Callable[[Any], str]
Fact = tuple[str, Reader]  # the name of an element, and how it is read
# States that go without saying
PLAIN = frozenset({"final", "current"})


def narrative(*paragraphs: str) -> Element:
    """A generated narrative of plain paragraphs; what holds nothing to read is left out."""
    blocks = "".join([f"<p>{escaped(text)}</p>" for text in paragraphs if text and not text.isspace()])
    return {"status": "generated", "div": f"{DIV}{blocks}</div>"}


def escaped(text: str) -> str:
    # Most texts hold nothing to escape, which is quicker to see than to do
    plain = text.isprintable() and "&" not in text and "<" not in text and ">" not in text and '"' not in text
    return text if plain else text.translate(ESCAPED)


def narrated(resource: Resource, in_error: bool = False) -> Resource:
    """The resource with its narrative behind ``meta``; what a mapping wrote itself stands while the resource does.

    One that keeps a place for it (``text`` is None) gets it there, without being copied.
    """
    if type(resource) is Fixed:  # it has it
        return resource
    written = None if in_error else resource.get("text")
    text = written or describe(resource, in_error)
    if "text" in resource:
        resource["text"] = text
        return resource
    head = {name: resource[name] for name in HEAD if name in resource}
    return {**head, "text": text, **resource}


def describe(resource: Resource, in_error: bool = False) -> Element:
    """``Heart rate: 72 /min, 2026-02-25 09:20 -06:00``"""
    if in_error:  # said first: its status goes without saying
        return narrative("Entered in error", _line({n: value for n, value in resource.items() if n != "status"}))
    return {"status": "generated", "div": f"{DIV}<p>{escaped(_line(resource))}</p></div>"}


def _line(resource: Resource) -> str:
    """Its kind, its name, its facts; an Observation's name says what it is without the kind."""
    names, facts = _told(tuple(resource))
    name, said = "", []
    for element, read in names:
        if name := read(resource[element]):
            break
    for element, read in facts:  # quicker than a comprehension, and every resource comes by
        if text := read(resource[element]):
            said.append(text)
    kind, told = resource["resourceType"], ", ".join(said)
    if kind == "Observation" and name:
        return f"{name}: {told}" if told else name
    return f"{_kind(kind)}: {name}{', ' if name and told else ''}{told}"


@lru_cache(maxsize=4096)
def _told(parts: tuple[str, ...]) -> tuple[list[Fact], list[Fact]]:
    """What may name a resource with these parts, and what is told of it: found once for all that have the same."""
    return [name for name in NAMES if name[0] in parts], [fact for fact in FACTS if fact[0] in parts]


@cache
def _kind(resource_type: str) -> str:
    """``MedicationAdministration`` → ``Medication administration``"""
    return re.sub("(?<=[a-z])([A-Z])", lambda match: f" {match[0].lower()}", resource_type)


# readers of elements: one data type each


def _text(value: Any) -> str:
    if not isinstance(value, str):
        return ""
    return value if len(value) <= LONGEST else f"{value[:LONGEST].rsplit(None, 1)[0]} …"


def _concept(value: Any) -> str:
    """CodeableConcepts, one or several, in their words; a code of FHIR's own as it stands."""
    if type(value) is Fixed:
        return _fixed_concept(value)
    if isinstance(value, list):
        return "; ".join([text for text in map(_concept, value) if text])
    return value if isinstance(value, str) else _words(value)


@lru_cache(maxsize=4096)
def _fixed_concept(value: Fixed) -> str:
    """The codes of a clinic stand in every session."""
    return _words(value)


def _words(value: Element) -> str:
    if "text" in value:
        return _text(value["text"])
    if not value.get("coding"):
        return ""
    coding = value["coding"][0]
    return _text(coding.get("display") or coding.get("code"))


def _display(value: Any) -> str:
    return _text(value.get("display"))


def _quantity(value: Any) -> str:
    """Points of a scale go without their unit."""
    if "value" not in value:
        return ""
    found, of = number(value["value"]), value.get("unit")
    if of and of != "{score}":
        found = f"{found} {unit(of)}"
    return f"{value['comparator']} {found}" if "comparator" in value else found


def _yes_no(value: Any) -> str:
    return "yes" if value else "no"


def _period(value: Any) -> str:
    return span(value.get("start"), value.get("end"))


def _named(value: Any) -> str:
    """A name as text, or HumanNames and deviceNames, of which the first is said."""
    if isinstance(value, str):
        return _text(value)
    first = value[0]
    return _text(first.get("text") or first.get("name") or first.get("family"))


def _parts(value: Any) -> str:
    """Components, each with its name and value."""
    return ", ".join([_part(part) for part in value if "code" in part])


def _part(component: Element) -> str:
    name, said = _concept(component["code"]), []
    for part, value in component.items():
        if part in READERS and (text := READERS[part](value)):
            said.append(text)
    return f"{name} {', '.join(said)}" if said else name


def _answers(value: Any) -> str:
    given = sum("answer" in item for item in value)
    return f"{given} answer{'s'[: given != 1]}"


def _ingredients(value: Any) -> str:
    return ", ".join([text for text in (_strength(part.get("strength", {})) for part in value) if text])


def _strength(ratio: Any) -> str:
    """``50 mg/mL``: ``1`` of a denominator goes without saying."""
    above, below = ratio.get("numerator", {}), ratio.get("denominator", {})
    if "value" not in above or "value" not in below:
        return ""
    of = below.get("unit", "")
    return f"{_quantity(above)}/{of if below['value'] == 1 else _quantity(below)}"


def _batch(value: Any) -> str:
    lot, expires = value.get("lotNumber"), value.get("expirationDate")
    return ", ".join([f"{word} {_text(text)}" for word, text in (("lot", lot), ("expires", expires)) if text])


def _dosage(value: Any) -> str:
    """What was given: dose, rate and route."""
    dose, rate = _quantity(value.get("dose", {})), _quantity(value.get("rateQuantity", {}))
    found = " at ".join([text for text in (dose, rate) if text])
    return ", ".join([text for text in (found, _concept(value.get("route", {}))) if text])


def _instructions(value: Any) -> str:
    """What was ordered: dose, duration, the most to be given, and route."""
    return "; ".join([text for text in map(_instruction, value) if text])


def _instruction(value: Any) -> str:
    doses = [_quantity(part.get("doseQuantity", {})) for part in value.get("doseAndRate", ())]
    repeat, most = value.get("timing", {}).get("repeat", {}), _quantity(value.get("maxDosePerAdministration", {}))
    minutes = f"over {amount(repeat['duration'], repeat.get('durationUnit', ''))}" if "duration" in repeat else ""
    parts = (" ".join([*doses, minutes]).strip(), most and f"at most {most}", _concept(value.get("route", {})))
    return ", ".join([text for text in parts if text])


def _status(value: Any) -> str:
    return "" if value in PLAIN or not isinstance(value, str) else value.replace("-", " ")


# The first of these that says something is the name of a resource
NAMES: tuple[Fact, ...] = (
    ("title", _text),
    ("code", _concept),
    ("medicationReference", _display),
    ("medicationCodeableConcept", _concept),
    ("name", _named),
    ("deviceName", _named),
    ("description", _text),
    ("event", _concept),
    ("type", _concept),
)
# What is said of a resource, in this order
FACTS: tuple[Fact, ...] = (
    ("practitioner", _display),
    ("valueQuantity", _quantity),
    ("valueCodeableConcept", _concept),
    ("valueString", _text),
    ("valueBoolean", _yes_no),
    ("valueDateTime", time),
    ("valueInteger", str),
    ("valuePeriod", _period),
    ("dataAbsentReason", _concept),
    ("component", _parts),
    ("item", _answers),
    ("gender", _text),
    ("birthDate", lambda value: f"born {value}"),
    ("ingredient", _ingredients),
    ("batch", _batch),
    ("dosage", _dosage),
    ("dosageInstruction", _instructions),
    ("detail", _text),
    ("severity", _concept),
    ("seriousness", _concept),
    ("outcome", _concept),
    ("onsetDateTime", lambda value: f"since {time(value)}"),
    ("performedPeriod", _period),
    ("effectivePeriod", _period),
    ("effectiveDateTime", time),
    ("period", _period),
    ("authoredOn", time),
    ("authored", time),
    ("date", time),
    ("identifiedDateTime", time),
    ("target", lambda value: f"of {len(value)} resources"),
    ("recorded", lambda value: f"recorded {time(value)}"),
    ("clinicalStatus", _concept),
    ("status", _status),
    ("statusReason", _concept),
)
READERS = dict(FACTS)
