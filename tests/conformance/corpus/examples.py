"""A valid value of each type that may stand in an extension: so a kind of damage reaches every type of resource."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

UCUM = "http://unitsofmeasure.org"
PROBE = "https://demo-clinic.example/StructureDefinition/probe"


def quantity(value: Any, unit: str) -> dict[str, Any]:
    return {"value": value, "unit": unit, "system": UCUM, "code": unit}


EXAMPLES: dict[str, Any] = {
    "Address": {"use": "work", "line": ["1 Example Way"], "city": "Testville"},
    "Age": quantity(40, "a"),
    "Annotation": {"authorString": "Day team", "time": "2026-03-02T10:00:00Z", "text": "Calm"},
    "Attachment": {"contentType": "text/plain", "data": "Q2FsbQ==", "title": "Note"},
    "CodeableConcept": {"coding": [{"system": "http://snomed.info/sct", "code": "422587007"}], "text": "Nausea"},
    "Coding": {"system": "http://snomed.info/sct", "code": "422587007", "display": "Nausea (finding)"},
    "ContactDetail": {"name": "Front desk", "telecom": [{"system": "phone", "value": "+1-555-555-0100"}]},
    "ContactPoint": {"system": "phone", "value": "+1-555-555-0100", "use": "work"},
    "Contributor": {"type": "author", "name": "Front desk"},
    "Count": quantity(3, "1"),
    "DataRequirement": {"type": "Observation", "codeFilter": [{"path": "code", "valueSet": "http://loinc.org/vs"}]},
    "Distance": quantity(2, "km"),
    "Dosage": {"text": "Once", "timing": {"repeat": {"count": 1, "duration": 40, "durationUnit": "min"}}},
    "Duration": quantity(40, "min"),
    "Expression": {"language": "text/fhirpath", "expression": "true"},
    "HumanName": {"use": "official", "family": "Synthetic-Fir", "given": ["Kim"]},
    "Identifier": {"use": "usual", "system": "https://demo-clinic.example/id/probe", "value": "P-1"},
    "Meta": {"versionId": "1", "lastUpdated": "2026-03-02T10:00:00Z"},
    "Money": {"value": Decimal("12.50"), "currency": "USD"},
    "ParameterDefinition": {"name": "dose", "use": "in", "type": "Quantity"},
    "Period": {"start": "2026-03-02", "end": "2026-03-03"},
    "Quantity": quantity(Decimal("0.50"), "mg"),
    "Range": {"low": quantity(1, "mg"), "high": quantity(2, "mg")},
    "Ratio": {"numerator": quantity(50, "mg"), "denominator": quantity(1, "mL")},
    "Reference": {"reference": "Patient/p1"},
    "RelatedArtifact": {"type": "documentation", "display": "Leaflet"},
    "SampledData": {"origin": {"value": 0}, "period": 1000, "dimensions": 1, "data": "1 2 E"},
    "Signature": {
        "type": [{"system": "urn:iso-astm:E1762-95:2013", "code": "1.2.840.10065.1.12.1.1"}],
        "when": "2026-03-02T10:00:00Z",
        "who": {"reference": "Practitioner/n1"},
    },
    "Timing": {"repeat": {"count": 1, "duration": 40, "durationUnit": "min", "period": 1, "periodUnit": "d"}},
    "TriggerDefinition": {"type": "named-event", "name": "infusion-ended"},
    "UsageContext": {
        "code": {"system": "http://terminology.hl7.org/CodeSystem/usage-context-type", "code": "focus"},
        "valueCodeableConcept": {"text": "Depression"},
    },
    "base64Binary": "Q2FsbQ==",
    "boolean": True,
    "canonical": "http://example.org/fhir/Questionnaire/q1",
    "code": "probe",
    "date": "2026-03-02",
    "dateTime": "2026-03-02T10:00:00-06:00",
    "decimal": Decimal("0.50"),
    "id": "p-1",
    "instant": "2026-03-02T10:00:00.000Z",
    "integer": -3,
    "markdown": "*calm*",
    "oid": "urn:oid:2.16.840.1.113883",
    "positiveInt": 3,
    "string": "calm",
    "time": "10:00:00",
    "unsignedInt": 0,
    "uri": "https://demo-clinic.example/x",
    "url": "https://demo-clinic.example/x",
    "uuid": "urn:uuid:0647f51b-f49b-52e9-977d-4f59ee7efe62",
}


def value_name(type_name: str) -> str:
    return "value" + type_name[0].upper() + type_name[1:]
