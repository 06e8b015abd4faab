"""The sandbox's Patient/$match: by how much of the demographics agrees.

https://hl7.org/fhir/R4/patient-operation-match.html
"""

from __future__ import annotations

from typing import Any

from service.sandbox.records import Fault, Records, Resource

GRADE = "http://hl7.org/fhir/StructureDefinition/match-grade"
GRADES = {3: ("certain", 0.99), 2: ("probable", 0.8), 1: ("possible", 0.4)}


def match(records: Records, parameters: Resource) -> Resource:
    """The best first. Family name, birth date and sex agree: certain; two of them: probable; one: possible."""
    asked = {p.get("name"): p for p in parameters.get("parameter", []) if isinstance(p, dict)}
    patient = asked.get("resource", {}).get("resource")
    if not isinstance(patient, dict) or patient.get("resourceType") != "Patient":
        raise Fault(400, "required", "a Patient is needed")
    only_certain = asked.get("onlyCertainMatches", {}).get("valueBoolean") is True
    most = asked.get("count", {}).get("valueInteger", 20)
    with records.lock:
        graded = [(_agreeing(patient, other), other) for other in records.all("Patient")]
    found = sorted((one for one in graded if one[0] > (2 if only_certain else 0)), key=lambda one: -one[0])
    entries = [_entry(count, resource) for count, resource in found[:most]]
    return {"resourceType": "Bundle", "type": "searchset", "total": len(entries), "entry": entries}


def _agreeing(ours: Resource, theirs: Resource) -> int:
    return sum(a is not None and a == b for a, b in zip(_facts(ours), _facts(theirs), strict=True))


def _facts(patient: Resource) -> tuple[Any, ...]:
    names = patient.get("name") or [{}]
    return (names[0].get("family"), patient.get("birthDate"), patient.get("gender"))


def _entry(count: int, resource: Resource) -> dict[str, Any]:
    grade, score = GRADES[count]
    search = {"extension": [{"url": GRADE, "valueCode": grade}], "mode": "match", "score": score}
    return {"resource": resource, "search": search}
