"""Who there may be our patient: demographics for a person to compare, and what $match is asked. Pure.

https://hl7.org/fhir/R4/patient-operation-match.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from service.fhirjson import encode, read_json
from service.sync.matching import entries

GRADE = "http://hl7.org/fhir/StructureDefinition/match-grade"
GRADES = ("certain", "probable", "possible", "certainly-not")
MOST = 10
# What $match is told of our patient: who it is, and nothing of where the resource hangs
TOLD = ("resourceType", "identifier", "name", "telecom", "gender", "birthDate", "address")


@dataclass(frozen=True, slots=True)
class Candidate:
    """One record there, or ours. ``grade`` is what $match said, if it was asked."""

    id: str
    family: str | None
    given: tuple[str, ...]
    birth_date: str | None
    sex: str | None
    identifiers: tuple[tuple[str, str], ...]
    grade: str | None = None


def candidate(patient: dict[str, Any], grade: str | None = None) -> Candidate:
    """Whatever the server put there: what is not as FHIR says is left out."""
    name = next(iter(_objects(patient.get("name"))), {})
    given = name.get("given")
    return Candidate(
        str(patient.get("id")),
        _text(name.get("family")),
        tuple(one for one in given if isinstance(one, str)) if isinstance(given, list) else (),
        _text(patient.get("birthDate")),
        _text(patient.get("gender")),
        tuple(
            (system, value)
            for one in _objects(patient.get("identifier"))
            if (system := _text(one.get("system"))) and (value := _text(one.get("value")))
        ),
        grade,
    )


def candidates_in(bundle: Any) -> list[Candidate]:
    """The Patients of a searchset, with their grades."""
    found = [(entry.get("resource"), _grade(entry.get("search"))) for entry in entries(bundle)]
    patients = [(r, g) for r, g in found if isinstance(r, dict) and r.get("resourceType") == "Patient"]
    return [candidate(r, g) for r, g in patients if isinstance(r.get("id"), str)]


def match_parameters(content: bytes) -> bytes:
    """What $match is asked: every grade, since one that is nearly certain is a reason not to create another."""
    patient = read_json(content)
    parameters = [
        {"name": "resource", "resource": {name: patient[name] for name in TOLD if name in patient}},
        {"name": "count", "valueInteger": MOST},
        {"name": "onlyCertainMatches", "valueBoolean": False},
    ]
    return encode({"resourceType": "Parameters", "parameter": parameters})


def contradicts(content: bytes, theirs: Candidate) -> bool:
    """Another birth date, or another value in a system of identifiers that both have."""
    ours = candidate(read_json(content))
    if ours.birth_date and theirs.birth_date:
        shorter = min(len(ours.birth_date), len(theirs.birth_date))
        if ours.birth_date[:shorter] != theirs.birth_date[:shorter]:
            return True
    shared = {system for system, _ in ours.identifiers} & {system for system, _ in theirs.identifiers}
    return any(not _of(ours, system) & _of(theirs, system) for system in shared)


def _of(one: Candidate, system: str) -> set[str]:
    return {value for name, value in one.identifiers if name == system}


def _grade(search: Any) -> str | None:
    extensions = _objects(search.get("extension")) if isinstance(search, dict) else []
    codes = [one.get("valueCode") for one in extensions if one.get("url") == GRADE]
    return next((code for code in codes if code in GRADES), None)


def _objects(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None
