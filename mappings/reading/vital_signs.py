"""Vital signs: the Observations of one time → the sets of readings that were charted then."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from mappings.reading.graph import Graph
from mappings.reading.words import Words, amount
from mappings.resource import Resource

# row of the terminology → field of the record
SIMPLE = {
    "heart-rate": "heart_rate",
    "respiratory-rate": "respiratory_rate",
    "end-tidal-co2": "end_tidal_co2",
    "mean": "mean",
}
PARTS = {
    "systolic": "systolic",
    "diastolic": "diastolic",
    "mean": "mean",
    "oxygen-flow": "oxygen_flow",
    "inspired-oxygen": "inspired_oxygen",
}


def vital_signs(graph: Graph, words: Words) -> list[dict[str, Any]]:
    """The first reading of each kind at a time makes the first set, the second the second."""
    sets: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for resource in graph.observations:
        readings = _readings(words, resource)
        if readings:
            charted = sets[resource["effectiveDateTime"]]
            home = next((one for one in charted if not _kinds(readings) & _kinds(one)), None)
            if home is None:
                charted.append(readings)
            else:
                home.update(readings)
    return [{"type": "vital-signs", "time": time, **one} for time, charted in sets.items() for one in charted]


def _kinds(readings: dict[str, Any]) -> set[str]:
    """A pressure is one reading, whichever of its parts were charted."""
    return {"blood-pressure" if name in ("systolic", "diastolic", "mean") else name for name in readings}


def _readings(words: Words, resource: Resource) -> dict[str, Any]:
    codings = resource["code"].get("coding", [])
    row = words.key("vital", {"coding": codings[:1]})
    if row == "blood-pressure":
        return _components(words, resource)
    if row == "oxygen-saturation":
        return {"oxygen_saturation": resource["valueQuantity"]["value"], **_components(words, resource)}
    if row == "temperature":
        return {"temperature": amount(resource["valueQuantity"])}
    if row in SIMPLE:
        return {SIMPLE[row]: resource["valueQuantity"]["value"]}
    return {}


def _components(words: Words, resource: Resource) -> dict[str, Any]:
    """A part that was not charted has no value."""
    found = {}
    for part in resource.get("component", []):
        field = PARTS.get(words.key("vital", part["code"]) or "")
        if field and "valueQuantity" in part:
            found[field] = part["valueQuantity"]["value"]
    return found
