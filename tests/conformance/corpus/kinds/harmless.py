"""Changes that leave a resource valid, so that agreement is measured on what is right, too."""

from __future__ import annotations

import copy
from decimal import Decimal
from random import Random

from conformance.corpus.examples import EXAMPLES, PROBE, quantity, value_name
from conformance.corpus.kind import adding, extended, kind, replacing, setting, some
from conformance.corpus.kinds.primitives import REASON
from conformance.corpus.kinds.resources import heading
from conformance.corpus.places import Resource, pick, places, singles

replacing("a string with odd letters", "string markdown", "naïve – “quoted”", "a\nb\tc\r\nd", "<b>no markup</b>", "5 < 6 & 7", "日本語 😀", "a\u00a0b", harmless=True)  # fmt: skip
replacing("a string with blanks around", "string", " a", "a ", "\na", harmless=True)
replacing("a dateTime of another precision", "dateTime", "2026", "2026-03", "2026-03-02", "2026-03-02T10:00:00Z", "2026-03-02T10:00:00.123456-06:00", harmless=True)  # fmt: skip
replacing("a date of another precision", "date", "2026", "2026-03", "1999-12-31", "2024-02-29", harmless=True)
replacing("an instant of another form", "instant", "2026-03-02T10:00:00Z", "2026-03-02T10:00:00.1+14:00", "2026-12-31T23:59:59.999999999-00:00", harmless=True)  # fmt: skip
replacing("a leap second", "instant dateTime", "2016-12-31T23:59:60Z", harmless=True)
replacing("a time of another form", "time", "00:00:00", "23:59:59.999", harmless=True)
replacing("midnight as 24", "time", "24:00:00", harmless=True)
replacing("a decimal of another form", "decimal", 0, 70, Decimal("0.50"), Decimal("1.00000000000000001"), Decimal("-3.5"), Decimal("1E+2"), Decimal("0.000001"), harmless=True)  # fmt: skip
replacing("a code with one blank", "Coding", {"system": "urn:x:y", "code": "two words"}, harmless=True)
replacing("a uri of another form", "uri url", "urn:oid:2.16.840.1.113883.3.1", "urn:uuid:0647f51b-f49b-52e9-977d-4f59ee7efe62", "ftp://example.org/x", "mailto:desk@demo-clinic.example", "https://example.org/a?b=c#d", harmless=True)  # fmt: skip
replacing("base64 of another form", "base64Binary", "QUJD", "QUI=", "QQ==", harmless=True)
replacing("base64 with blanks", "base64Binary", "QUJD QUJD", "QUJD\nQUJD", harmless=True)
replacing("the largest whole number", "integer positiveInt unsignedInt", 2147483647, harmless=True)
replacing(
    "a whole number written as a decimal",
    "integer positiveInt unsignedInt",
    Decimal("3.0"),
    Decimal("1E+1"),
    harmless=True,
)
replacing("an uppercase uuid", "uuid", "urn:uuid:0647F51B-F49B-52E9-977D-4F59EE7EFE62", harmless=True)
setting(
    "a concept with one more coding",
    "CodeableConcept",
    {"coding": [{"system": "https://demo-clinic.example/x", "code": "a"}]},
    harmless=True,
)
setting(
    "a quantity with more and less",
    "Quantity",
    {"unit": ...},
    {"system": ..., "code": ...},
    {"comparator": ">="},
    {"value": ...},
    harmless=True,
)
adding(
    "a coding with more and less",
    "Coding",
    {"version": "2026"},
    {"userSelected": True},
    {"display": ...},
    {"code": ...},
    {"system": ...},
    harmless=True,
)
adding("an identifier with more and less", "Identifier", {"value": ...}, {"system": ...}, {"type": {"text": "x"}}, {"system": "urn:oid:2.16.840.1.113883.3.1"}, {"period": {"start": "2026"}}, harmless=True)  # fmt: skip
adding("a period with more and less", "Period", {"start": ...}, {"end": ...}, {"end": "2026-03-02"}, {"start": "2026-03-02T10:00:00Z", "end": "2026-03-02T04:00:00-06:00"}, harmless=True)  # fmt: skip
adding(
    "a range with more and less",
    "Range",
    {"low": ...},
    {"high": ...},
    {"low": quantity(2, "mg")},
    harmless=True,
)
adding(
    "a ratio of another kind",
    "Ratio",
    {"numerator": {"value": 1}, "denominator": {"value": 128}},
    {"numerator": {"value": 0}},
    harmless=True,
)
adding("an attachment of another kind", "Attachment", {"data": ..., "url": "https://demo-clinic.example/x.pdf"}, {"size": 4}, {"data": ..., "contentType": ...}, {"hash": "eTC/n8ILVFqhRSg6BqyvTssaPlM="}, {"language": "en-US"}, harmless=True)  # fmt: skip
adding("an annotation of another kind", "Annotation", {"time": ...}, {"authorString": ...}, {"authorString": ..., "authorReference": {"reference": "Practitioner/n1"}}, harmless=True)  # fmt: skip
adding("a timing of another kind", "Timing", {"event": ["2026-03-02"]}, {"code": {"text": "daily"}}, {"repeat": {"when": ["MORN"], "offset": 30}}, {"repeat": {"boundsRange": {"low": quantity(1, "d")}}}, {"repeat": {"duration": 0, "durationUnit": "h"}}, harmless=True)  # fmt: skip
adding("a contact of another kind", "ContactPoint", {"value": ...}, {"rank": 1}, {"system": "email", "value": "a@example.org"}, {"period": {"start": "2026"}}, harmless=True)  # fmt: skip
adding(
    "an age or a length of another kind",
    "Age",
    {"unit": ...},
    {"value": Decimal("0.5")},
    {"comparator": ">"},
    harmless=True,
)
adding("a count of another kind", "Count", {"unit": ...}, {"value": 0}, harmless=True)
adding(
    "a duration of another kind", "Duration", {"code": ..., "system": ...}, {"unit": ...}, {"value": -1}, harmless=True
)
adding(
    "sampled data of another kind",
    "SampledData",
    {"factor": Decimal("0.1"), "lowerLimit": -5, "upperLimit": 5},
    {"data": ...},
    harmless=True,
)
heading("a meta of another kind", "meta", {"versionId": "1", "lastUpdated": "2026-03-02T10:00:00.000Z"}, {"source": "urn:x:y"}, {"tag": [{"system": "urn:x:y", "code": "a"}]}, {"security": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "TREAT"}]}, harmless=True)  # fmt: skip
heading("a language", "language", "en", "en-US", "de-CH", harmless=True)


@kind("nothing at all", harmless=True)
def _(resource: Resource, chance: Random) -> bool:
    return True


@kind("another order of elements", harmless=True)
def _(resource: Resource, chance: Random) -> bool:
    rest = list(resource.items())
    chance.shuffle(rest)
    resource.clear()
    resource.update(rest)
    return True


@kind("an optional element less", harmless=True, mutants=3)
def _(resource: Resource, chance: Random) -> bool:
    place = pick(chance, places(resource), lambda p: not p.is_member and not p.fact.required)
    return place.remove()


@kind("a member of a list twice", harmless=True)
def _(resource: Resource, chance: Random) -> bool:
    place = pick(chance, places(resource), lambda p: isinstance(p.value, list))
    place.value.append(copy.deepcopy(chance.choice(place.value)))
    return True


@kind("an element id", harmless=True)
def _(resource: Resource, chance: Random) -> bool:
    pick(chance, singles(resource), lambda p: isinstance(p.value, dict) and "resourceType" not in p.value).value[
        "id"
    ] = "e-1"
    return True


@kind("an extension of some type", harmless=True, mutants=3)
def _(resource: Resource, chance: Random) -> bool:
    return extended(resource, chance.choice(sorted(EXAMPLES))) is not None


@kind("an extension of extensions", harmless=True)
def _(resource: Resource, chance: Random) -> bool:
    parts = [
        {"url": f"part{i}", value_name(t): copy.deepcopy(EXAMPLES[t])}
        for i, t in enumerate(chance.sample(sorted(EXAMPLES), 2))
    ]
    resource.setdefault("extension", []).append({"url": PROBE, "extension": parts})
    return True


@kind("an extension inside a data type", harmless=True)
def _(resource: Resource, chance: Random) -> bool:
    place = pick(chance, singles(resource), lambda p: isinstance(p.value, dict) and p.type != "Extension")
    place.value.setdefault("extension", []).append({"url": PROBE, "valueString": "x"})
    return True


@kind("an extension beside a primitive", harmless=True)
def _(resource: Resource, chance: Random) -> bool:
    place = some(resource, chance, "string")
    if place.is_member:
        return False
    place.holder[f"_{place.name}"] = {"extension": [{"url": PROBE, "valueString": "x"}]}
    return True


@kind("an extension instead of a primitive", harmless=True)
def _(resource: Resource, chance: Random) -> bool:
    place = pick(
        chance,
        singles(resource),
        lambda p: p.type in ("dateTime", "string", "code") and not p.is_member and not p.fact.choice,
    )
    place.remove()
    place.holder[f"_{place.name}"] = {"extension": [copy.deepcopy(REASON)]}
    return True


@kind("extensions of members", harmless=True)
def _(resource: Resource, chance: Random) -> bool:
    value = extended(resource, "HumanName").value
    value["given"], value["_given"] = ["Kim", None], [None, {"extension": [copy.deepcopy(REASON)]}]
    return True


@kind("a reference of another form", harmless=True, mutants=2)
def _(resource: Resource, chance: Random) -> bool:
    place = pick(chance, singles(resource), lambda p: p.type == "Reference" and bool(p.fact.targets))
    target = chance.choice(sorted(place.fact.targets)) if "Resource" not in place.fact.targets else "Patient"
    forms = [{"reference": f"{target}/x1"}, {"reference": f"https://ehr.example/fhir/{target}/x1"}, {"reference": f"{target}/x1/_history/2"}, {"reference": "urn:uuid:0647f51b-f49b-52e9-977d-4f59ee7efe62"}, {"display": "somebody"}, {"identifier": {"system": "urn:x:y", "value": "1"}}, {"reference": f"{target}/x1", "type": target}]  # fmt: skip
    return place.put(chance.choice(forms))


@kind("implicit rules and modifiers that nobody knows", harmless=True)
def _(resource: Resource, chance: Random) -> bool:
    """R4 cannot tell that they are wrong."""
    if chance.random() < 0.5:
        resource["implicitRules"] = "http://example.org/rules"
    else:
        resource["modifierExtension"] = [{"url": PROBE, "valueString": "x"}]
    return True
