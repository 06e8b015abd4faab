"""Before the infusion: what was checked, which products were made ready, what was ordered."""

from __future__ import annotations

from typing import Any

from mappings.reading.graph import Graph
from mappings.reading.words import Words, amount, components
from mappings.resource import Resource


def preparation(graph: Graph, words: Words) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for resource in graph.observations:
        found.update(_body(graph, words, resource))
        found.update(_checked(words, resource))
    return found


def _body(graph: Graph, words: Words, resource: Resource) -> dict[str, Any]:
    """Weight and height; a weight as of the session's start was weighed at a time nobody wrote down."""
    name = words.key("vital", resource["code"])
    if name not in ("weight", "height"):
        return {}
    time = resource["effectiveDateTime"]
    weighed = {"weighed": time} if time != graph.encounter["period"]["start"] else {}
    return {name: amount(resource["valueQuantity"]), **weighed}


# row of the terminology → field of the record and the element that holds it
CHECKED = {
    "last-oral-intake": ("last_oral_intake", "valueDateTime"),
    "consent": ("consent_given", "effectiveDateTime"),
    "escort": ("escort", "valueString"),
}


def _checked(words: Words, resource: Resource) -> dict[str, Any]:
    row = words.key("finding", resource["code"]) or ""
    if row in CHECKED:
        field, element = CHECKED[row]
        return {field: resource[element]}
    if row in ("pregnancy-test", "drug-screen"):
        return {row.replace("-", "_"): _test(words, resource)}
    if row == "asa-class":
        key = words.key("asa-class", resource["valueCodeableConcept"]) or ""
        return {"asa_class": int(key.removeprefix("asa-"))}
    return {}


def _test(words: Words, resource: Resource) -> dict[str, Any]:
    result = words.key("result", resource["valueCodeableConcept"])
    time = resource.get("effectiveDateTime")
    return {"result": result, "time": time} if time else {"result": result}


AMOUNTS = {
    "concentration": "concentration",
    "drawn-up": "drawn_up",
    "waste": "wasted",
    "recorded-dose": "recorded_dose",
}
TEXTS = {"medication-label": "label", "lot": "lot", "expires": "expires", "waste-witness": "waste_witness"}


def medications(graph: Graph, words: Words) -> list[dict[str, Any]]:
    return [
        _product(words, resource)
        for resource in graph.observations
        if words.key("finding", resource["code"]) == "medication-prepared"
    ]


def _product(words: Words, resource: Resource) -> dict[str, Any]:
    parts = components(resource, words)
    return {
        "drug": words.concept("drug", resource["valueCodeableConcept"]),
        **{field: amount(parts[name]) for name, field in AMOUNTS.items() if name in parts},
        **{field: parts[name] for name, field in TEXTS.items() if name in parts},
    }


def order(graph: Graph) -> dict[str, Any] | None:
    """The one MedicationRequest of the session."""
    mine = graph.procedure["encounter"]["reference"]
    request = next((r for r in graph.of_type("MedicationRequest") if r["encounter"]["reference"] == mine), None)
    if request is None:
        return None
    dosage = request["dosageInstruction"][0]
    ceiling = dosage.get("maxDosePerAdministration")
    found = {
        "medication": graph.extension(request, "medication-label"),
        "dose": amount(dosage["doseAndRate"][0]["doseQuantity"]),
        "duration_minutes": dosage.get("timing", {}).get("repeat", {}).get("duration"),
        "ceiling": ceiling and amount(ceiling),
        "ordered": request.get("authoredOn"),
    }
    return {name: value for name, value in found.items() if value is not None}
