"""R4's data types: each invariant that has a name, bindings, and parts of the wrong form. Most stand in an extension of
their own, so that every type of resource is tried."""

from __future__ import annotations

from decimal import Decimal
from random import Random

from conformance.corpus.examples import quantity
from conformance.corpus.kind import adding, kind, setting, some
from conformance.corpus.places import Resource


def repeat(**elements: object) -> dict[str, object]:
    return {"repeat": elements}


EXPRESSION = {"language": "text/fhirpath", "expression": "true"}
ELSEWHERE = {"system": "urn:x:y"}
UNCODED = {"code": ..., "system": ...}

# fmt: off
# invariants
adding("age-1: an age without a code of time", "Age", UNCODED, ELSEWHERE)
adding("age-1: an age that is not positive", "Age", {"value": 0}, {"value": -3})
adding("att-1: data without a contentType", "Attachment", {"contentType": ...})
adding("cnt-3: a count with a fraction", "Count", {"value": Decimal("2.5")})
adding("cnt-3: a count of something", "Count", {"code": "kg"}, UNCODED, ELSEWHERE)
adding("cpt-2: a contact without system", "ContactPoint", {"system": ...})
adding("dis-1: a length without a code", "Distance", UNCODED, ELSEWHERE)
adding("drq-1: neither path nor searchParam", "DataRequirement", {"codeFilter": [{"valueSet": "http://loinc.org/vs"}]})
adding("drq-1: path and searchParam", "DataRequirement", {"codeFilter": [{"path": "code", "searchParam": "code"}]})
adding("drq-2: neither path nor searchParam", "DataRequirement", {"dateFilter": [{"valueDateTime": "2026-03-02"}]})
adding("drq-2: path and searchParam", "DataRequirement", {"dateFilter": [{"path": "a", "searchParam": "b"}]})
adding("drt-1: a duration in no code of time", "Duration", ELSEWHERE)
adding("drt-1: a code without a value", "Duration", {"value": ...})
adding("exp-1: an expression with nothing", "Expression", {"expression": ...})
adding("per-1: an end before its start", "Period", {"end": "2026-03-01"}, {"start": "2026-03-03T10:00:00Z", "end": "2026-03-03T09:00:00Z"})
adding("per-1 over time zones", "Period", {"start": "2026-03-03T10:00:00Z", "end": "2026-03-03T11:00:00+06:00"})
adding("per-1 in two precisions", "Period", {"start": "2026-03-03", "end": "2026-03-02T10:00:00Z"}, {"start": "2026-04", "end": "2026-03-02"})
adding("per-1 that cannot be told", "Period", {"start": "2026-03", "end": "2026-03-01"}, {"start": "2026-03-02T10:00:00Z", "end": "2026-03-02"})
adding("qty-3: a code without system", "Quantity", {"system": ...})
adding("rat-1: half a ratio", "Ratio", {"numerator": ...}, {"denominator": ...})
adding("rng-2: low above high", "Range", {"low": quantity(3, "mg")}, {"low": quantity(Decimal("2.01"), "mg")})
adding("rng-2 in other units", "Range", {"low": quantity(3, "g")}, {"low": {"value": 3}, "high": {"value": 2}})
adding("rng-2 without a value", "Range", {"low": {"unit": "mg"}})
adding("tim-1: a duration without unit", "Timing", repeat(duration=1))
adding("tim-2: a period without unit", "Timing", repeat(period=1))
adding("tim-4: a duration below zero", "Timing", repeat(duration=-1, durationUnit="h"))
adding("tim-5: a period below zero", "Timing", repeat(period=Decimal("-0.5"), periodUnit="d"))
adding("tim-6: periodMax of no period", "Timing", repeat(periodMax=2, periodUnit="d"))
adding("tim-7: durationMax of no duration", "Timing", repeat(durationMax=2, durationUnit="h"))
adding("tim-8: countMax of no count", "Timing", repeat(countMax=2))
adding("tim-9: an offset from nothing", "Timing", repeat(offset=5))
adding("tim-9: an offset from a meal", "Timing", repeat(offset=5, when=["C"]), repeat(offset=5, when=["ACM", "CM"]))
adding("tim-10: a time of day and a when", "Timing", repeat(timeOfDay=["10:00:00"], when=["MORN"], period=1, periodUnit="d"))
adding("trd-1: timing beside data", "TriggerDefinition", {"data": [{"type": "Observation"}], "timingDate": "2026-03-02"})
adding("trd-2: a condition without data", "TriggerDefinition", {"condition": EXPRESSION})
adding("trd-3: an event without its name", "TriggerDefinition", {"name": ...})
adding("trd-3: nothing periodic", "TriggerDefinition", {"type": "periodic"})
adding("trd-3: data that is not there", "TriggerDefinition", {"type": "data-added"})

# bindings
setting("an identifier with a wrong use", "Identifier", {"use": "home"}, {"use": "Usual"})
setting("a quantity with a wrong comparator", "Quantity", {"comparator": "="}, {"comparator": "ad"}, {"comparator": "≥"})
adding("a contact of a wrong system or use", "ContactPoint", {"system": "telegram"}, {"use": "office"})
adding("a name of a wrong use", "HumanName", {"use": "birth"}, {"use": "Official"})
adding("an address of a wrong use or type", "Address", {"use": "office"}, {"type": "house"})
adding("a timing of a wrong unit", "Timing", repeat(duration=1, durationUnit="hour"), repeat(period=1, periodUnit="day"))
adding("a timing of a wrong day or event", "Timing", repeat(dayOfWeek=["Monday"]), repeat(when=["LUNCH"]))
adding("a related artifact of a wrong type", "RelatedArtifact", {"type": "leaflet"})
adding("a parameter of a wrong use", "ParameterDefinition", {"use": "both"})
adding("a trigger of a wrong type", "TriggerDefinition", {"type": "sometimes"})
adding("a contributor of a wrong type", "Contributor", {"type": "writer"})

# the forms of parts
setting("a coding with a relative system", "Coding", {"system": "snomed"}, {"system": "CodeSystem/1"})
setting("a coding whose code has blanks", "Coding", {"system": "urn:x:y", "code": " a"}, {"system": "urn:x:y", "code": "a  b"})
setting("an identifier with a relative system", "Identifier", {"system": "mrn"}, {"system": "demo/mrn"})
setting("a quantity whose value is a text", "Quantity", {"value": "0.50"})
adding("a period with a wrong end", "Period", {"end": "later"}, {"end": 2026}, {"end": "2026-03-02T10:00:00"})
adding("an attachment of another size", "Attachment", {"size": 3}, {"size": 5})
adding("an attachment with the hash of another", "Attachment", {"hash": "KOEpnuqrqL/vTK9f2iuQNb/pdS4="})
adding("an attachment with a wrong size or date", "Attachment", {"size": -1}, {"size": "4"}, {"creation": "yesterday"})
adding("a contact of rank zero", "ContactPoint", {"rank": 0})
adding("a name with lists exchanged", "HumanName", {"given": "Kim"}, {"family": ["Fir"]})
adding("an address with one line", "Address", {"line": "1 Example Way"})
adding("a signature without its parts", "Signature", {"when": ...}, {"type": ...}, {"who": ...}, {"type": []})
adding("an annotation without text", "Annotation", {"text": ...})
adding("an annotation with two authors", "Annotation", {"authorReference": {"reference": "Patient/p1"}})
adding("sampled data without its parts", "SampledData", {"period": ...}, {"dimensions": 0}, {"origin": ...})
adding("an expression without its language", "Expression", {"language": ...})
adding("a timing of no times", "Timing", repeat(count=0), repeat(frequency=0))
adding("a dosage with two doses", "Dosage", {"doseAndRate": [{"doseQuantity": {"value": 1}, "doseRange": {"low": {"value": 1}}}]})
adding("a dosage of the wrong kind", "Dosage", {"sequence": "1"}, {"timing": "daily"}, {"asNeededBoolean": "no"})
adding("a meta that is none", "Meta", {"versionId": "a b"}, {"lastUpdated": "2026-03-02"}, {"source": "a b"}, {"tag": [{"code": " x"}]})
adding("a meta with one profile", "Meta", {"profile": "http://x.example/p"})
# fmt: on


@kind("per-1 in an element of the type")
def _(resource: Resource, chance: Random) -> bool:
    period = some(resource, chance, "Period").value
    period["start"], period["end"] = "2026-03-02T11:50:00-06:00", "2026-03-02T10:00:00-06:00"
    return True


@kind("sqty-1: a comparator where none may stand")
def _(resource: Resource, chance: Random) -> bool:
    dose = {"doseQuantity": {"value": 1, "comparator": "<"}}
    resource.setdefault("extension", []).append(
        {"url": "https://x.example/dose", "valueDosage": {"doseAndRate": [dose]}}
    )
    return True
