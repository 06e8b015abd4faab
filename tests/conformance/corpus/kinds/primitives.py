"""Values that have the right JSON type and not the right form, and the extensions of primitives."""

from __future__ import annotations

from decimal import Decimal
from random import Random

from conformance.corpus.examples import PROBE
from conformance.corpus.kind import extended, kind, replacing, some
from conformance.corpus.kinds.shape import is_text
from conformance.corpus.places import Place, Resource, maybe, pick, places, singles

from service.validation.primitives import CHECKS

replacing(
    "a date that has not the form", "date", "2026-3-2", "02.03.2026", "March", "20260302", "26-03-02", "2026/03/02"
)
replacing(
    "a day that is not in the calendar",
    "date dateTime",
    "2026-02-30",
    "2025-02-29",
    "2026-13-01",
    "2026-00-10",
    "2026-04-31",
)
replacing("a date with a time", "date", "2026-03-02T10:00:00Z")
replacing(
    "a dateTime that has not the form",
    "dateTime",
    "2026-03-02 10:00:00Z",
    "2026-03-02T10",
    "tomorrow",
    "2026-03-02T10:00:00+6",
    "2026-3-02",
)
replacing("a dateTime without offset", "dateTime", "2026-03-02T10:00:00", "2026-03-02T10:00:00.5")
replacing("a dateTime without seconds", "dateTime", "2026-03-02T10:00Z", "2026-03-02T10:00-06:00")
replacing(
    "a time that no clock shows", "dateTime", "2026-03-02T25:00:00Z", "2026-03-02T10:61:00Z", "2026-03-02T10:00:61Z"
)
replacing(
    "an offset that nobody has",
    "dateTime",
    "2026-03-02T10:00:00+15:00",
    "2026-03-02T10:00:00-0600",
    "2026-03-02T10:00:00z",
)
replacing(
    "an instant that has not the form",
    "instant",
    "2026-03-02",
    "2026-03",
    "2026-03-02T10:00:00",
    "now",
    "2026-03-02T10:00Z",
)
replacing("a day in an instant that is not in the calendar", "instant", "2026-02-30T10:00:00Z", "2026-03-32T10:00:00Z")
replacing("a time that has not the form", "time", "10:00", "25:00:00", "10:00:00Z", "10", "10:60:00", "ten")
replacing("a year of two digits or none", "date dateTime", "26", "0", "202", "20266")
replacing("a code with blanks", "code", " final", "final ", "two  blanks", "tab\there")
replacing(
    "a uri with blanks", "uri url canonical", "http://example.org/a b", " http://example.org", "http://example.org\n"
)
replacing(
    "a uuid that is none",
    "uuid",
    "urn:uuid:0647f51b",
    "0647f51b-f49b-52e9-977d-4f59ee7efe62",
    "urn:uuid:0647F51B-F49B-52E9-977D-4F59EE7EFEZZ",
)
replacing("an oid that is none", "oid", "2.16.840", "urn:oid:3.1.2", "urn:oid:2.16.", "urn:oid:banana", "urn:oid:1.02")
replacing("an id of Meta that is none", "id", "a b", "a" * 65, "a_b", "ä", "a/b", "")
replacing("base64 that is none", "base64Binary", "A", "AAA", "AA=A", "====", "not base64!", "QUJD*", "QUJDRA")
replacing("zero or less for a positiveInt", "positiveInt", 0, -1)
replacing("less than zero for an unsignedInt", "unsignedInt", -1)
replacing("a whole number with a fraction", "integer positiveInt unsignedInt", Decimal("1.5"), Decimal("2.25"))
replacing("a whole number that is too large", "integer positiveInt unsignedInt", 2147483648, 99999999999)
replacing("a control character", "string markdown", "a\x01b", "a\x0bb", "a\x1fb")


@kind("an id that is none", mutants=2)
def _(resource: Resource, chance: Random) -> bool:
    resource["id"] = chance.choice(["a b", "a" * 65, "a_b", "é", "a/b", "", " a", "a\n"])
    return True


@kind("a code outside a required binding", mutants=2)
def _(resource: Resource, chance: Random) -> bool:
    place = pick(chance, singles(resource), lambda p: p.type == "code" and bool(p.fact.codes))
    return place.put(chance.choice(["banana", place.value.upper() + "X", place.value.title() + "-"]))


@kind("a code of a required binding in other letters")
def _(resource: Resource, chance: Random) -> bool:
    place = pick(chance, singles(resource), lambda p: p.type == "code" and bool(p.fact.codes) and p.value.islower())
    return place.put(place.value.upper())


@kind("a text of more than a megabyte")
def _(resource: Resource, chance: Random) -> bool:
    return some(resource, chance, "string").put("long " * 220_000)


# The extensions of primitives, in _name beside name


def _primitive(resource: Resource, chance: Random) -> Place:
    found = maybe(chance, places(resource), lambda p: p.type in CHECKS and not p.is_member and not p.fact.is_list and p.name not in ("id", "url", "div"))  # fmt: skip
    return found or extended(resource, "string")


def _beside(place: Place, value: object) -> bool:
    place.holder[f"_{place.name}"] = value
    return True


REASON = {"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unknown"}


@kind("an extension of a primitive that is none", mutants=2)
def _(resource: Resource, chance: Random) -> bool:
    return _beside(_primitive(resource, chance), chance.choice(["x", 3, [], {}, None, True, [REASON]]))


@kind("an extension of a primitive without url or value", mutants=2)
def _(resource: Resource, chance: Random) -> bool:
    faulty = [{"extension": [{"valueCode": "unknown"}]}, {"extension": [{"url": PROBE}]}, {"extension": []}, {"extension": [{}]}, {"extension": REASON}]  # fmt: skip
    return _beside(_primitive(resource, chance), chance.choice(faulty))


@kind("an unknown element beside a primitive")
def _(resource: Resource, chance: Random) -> bool:
    return _beside(_primitive(resource, chance), {"extension": [REASON], "colour": "blue"})


@kind("an extension of a primitive that R4 does not know")
def _(resource: Resource, _chance: Random) -> bool:
    resource["_colour"] = {"extension": [REASON]}
    return True


@kind("an extension of an object written like that of a primitive")
def _(resource: Resource, chance: Random) -> bool:
    place = pick(chance, singles(resource), lambda p: isinstance(p.value, dict) and not p.is_member)
    return _beside(place, {"extension": [REASON]})


@kind("more extensions than members")
def _(resource: Resource, chance: Random) -> bool:
    place = extended(resource, "HumanName")
    place.value["_given"] = [None, {"extension": [REASON]}]
    return True


@kind("a list of extensions for one primitive")
def _(resource: Resource, chance: Random) -> bool:
    return _beside(_primitive(resource, chance), [{"extension": [REASON]}])


@kind("a primitive of nulls on both sides")
def _(resource: Resource, _chance: Random) -> bool:
    value = extended(resource, "HumanName").value
    value["given"], value["_given"] = [None, "Kim"], [None, None]
    return True


@kind("a required primitive with nothing but an id beside")
def _(resource: Resource, chance: Random) -> bool:
    place = _primitive(resource, chance)
    place.remove()
    return _beside(place, {"id": "x1"})


@kind("a text without its text")
def _(resource: Resource, chance: Random) -> bool:
    place = pick(chance, singles(resource), lambda p: is_text(p) and p.is_member)
    return place.put("")
