"""The facts of a session in one normal form, so that two records can be asked whether they say the same.

What is not a fact: the order of events that happened at one time, how readings of one time are grouped into sets; a label that the only medication need not be given; a rate that goes on as before a pause; a time
of weighing that is the session's start; whether a concept is given as a key or as the codings and words of its row;
metres for centimetres. Notes of a therapy never leave the record. Digits and offsets are facts: 0.50 is not 0.5 here.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from mappings.checks import concepts
from mappings.clinic import Clinic
from mappings.events import Note, Resume, VitalSigns
from mappings.session import InfusionSession
from mappings.timeline import STATEFUL

TOGETHER = (("systolic", "diastolic", "mean"), ("oxygen_saturation", "oxygen_flow", "inspired_oxygen"))


def facts_of(session: InfusionSession, clinic: Clinic) -> dict[str, Any]:
    """Plain values: numbers and times as text, events as a sorted list and a time line per medication."""
    only = session.medications[0].label if len(session.medications) == 1 else None
    found = _plain(session.model_dump(exclude={"events"}))
    if session.order is not None and session.order.medication is None:
        found["order"]["medication"] = session.medications[0].label
    if session.preparation.weighed and session.preparation.weighed.isoformat() == session.start.isoformat():
        found["preparation"]["weighed"] = None
    height = session.preparation.height
    if height is not None and height.unit == "m":
        found["preparation"]["height"] = {"value": _centimetres(height.value), "unit": "cm"}
    for place, table, concept in concepts(session):
        if place.startswith(("indications", "medications")):
            _put(found, place, clinic.concept(table, concept))
    found["lines"], found["events"] = _events(session, only, clinic)
    return found


def _centimetres(metres: Decimal) -> str:
    """The point two digits to the right."""
    whole, _, fraction = f"{metres:f}".partition(".")
    return str(Decimal(f"{whole}{fraction[:2]:0<2}.{fraction[2:]}".removesuffix(".")))


def _events(session: InfusionSession, only: str | None, clinic: Clinic) -> tuple[dict[str, list[Any]], list[str]]:
    said = {place: clinic.concept(table, concept) for place, table, concept in concepts(session)}
    lines: dict[str, list[Any]] = {}
    others: list[str] = []
    rates: dict[str, Any] = {}
    for i, event in enumerate(session.events):
        plain = _plain(event.model_dump())
        for field in ("reaction", "drug"):
            if field in plain:
                plain[field] = said[f"events[{i}].{field}"]
        if "medication" in plain:
            plain["medication"] = plain["medication"] or only
        if isinstance(event, STATEFUL):
            label = plain["medication"]
            if isinstance(event, Resume):
                plain["rate"] = plain["rate"] or rates[label]
            rates[label] = plain.get("rate") or rates.get(label)
            lines.setdefault(label, []).append(plain)
        elif isinstance(event, VitalSigns):
            others += _readings(plain)
        elif not (isinstance(event, Note) and event.kind == "psychotherapy"):
            others.append(repr(plain))
    return lines, sorted(others)


def _readings(plain: dict[str, Any]) -> list[str]:
    """What belongs together stays together: the parts of a blood pressure, and oxygen with what it led to."""
    groups = [*TOGETHER, *((name,) for name in plain if name not in ("type", "time", *TOGETHER[0], *TOGETHER[1]))]
    some = [{name: plain[name] for name in group if plain[name] is not None} for group in groups]
    return [f"{plain['time']} {found!r}" for found in some if found]


def _put(found: Any, place: str, value: Any) -> None:
    """``medications[0].drug`` in plain values."""
    *path, last = [
        int(part) if part.isdigit() else part for part in place.replace("]", "").replace("[", ".").split(".")
    ]
    for part in path:
        found = found[part]
    found[last] = value


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value
