"""An EHR's Patient → the patient of a draft: our identity, their demographics."""

from __future__ import annotations

from typing import Any

from mappings.clinic import Clinic
from mappings.reading.draft import OURS, Notes, fits, name_of, objects, text
from mappings.reading.people import patient_record
from mappings.resource import Resource
from mappings.session import Identifier, Patient

# A name of another use is not what the patient is called today.
NAMES = ("official", "usual", None)
PHONES = ("mobile", "home", None, "work", "temp")


def demographics(theirs: Resource, ours: Resource, clinic: Clinic, notes: Notes) -> dict[str, Any]:
    """Begins as our own record, so it is complete; each field of theirs takes its place where it fits."""
    found = patient_record(ours, clinic)
    known = dict(found)
    if theirs.get("deceasedBoolean") is True or "deceasedDateTime" in theirs:
        notes.left(theirs, "recorded as deceased there")
    for name, value in _values(theirs, known).items():
        if value is None or not fits(Patient, {**found, name: value}):
            notes.left(theirs, f"{name}: {'not there' if value is None else 'not as a record takes it'}")
            continue
        found[name] = value
        notes.used(f"patient.{name}", name_of(theirs), name in known and known[name] != value)
    _add_identifiers(found, theirs, clinic, notes)
    taken = {source.field for source in notes.sources}
    for name in found:
        if f"patient.{name}" not in taken:
            notes.used(f"patient.{name}", OURS)
    return found


def _values(theirs: Resource, known: dict[str, Any]) -> dict[str, Any]:
    """What says less than ours does is left out: a birth year beside a birth date, a sex that is unknown."""
    name = _first(objects(theirs.get("name")), NAMES, "family")
    given = [one for one in name.get("given", []) if text(one)] if isinstance(name.get("given"), list) else []
    phones = [one for one in objects(theirs.get("telecom")) if one.get("system") == "phone"]
    born, sex = text(theirs.get("birthDate")), text(theirs.get("gender"))
    return {
        "family": text(name.get("family")),
        **({"given": given} if given else {}),
        **({} if born and known["birth_date"].startswith(f"{born}-") else {"birth_date": born}),
        **({} if sex == "unknown" else {"sex": sex}),
        **({"phone": text(_first(phones, PHONES, "value").get("value"))} if phones else {}),
    }


def _first(found: list[dict[str, Any]], uses: tuple[str | None, ...], part: str) -> dict[str, Any]:
    """The first that is in use today, by how it is used."""
    current = [one for one in found if text(one.get(part)) and not _has_ended(one)]
    return next((one for use in uses for one in current if one.get("use") == use), {})


def _has_ended(one: dict[str, Any]) -> bool:
    period = one.get("period")
    return isinstance(period, dict) and "end" in period


def _add_identifiers(found: dict[str, Any], theirs: Resource, clinic: Clinic, notes: Notes) -> None:
    """Theirs come after ours: the first is what our id hangs on where there is no number of the clinic."""
    own = {clinic.systems.patient, clinic.systems.resource}
    listed = [dict(one) for one in found.get("identifiers", [])]
    for one in objects(theirs.get("identifier")):
        pair = {"system": text(one.get("system")), "value": text(one.get("value"))}
        if pair["system"] in own or pair in listed or one.get("use") == "old" or _has_ended(one):
            continue
        if not fits(Identifier, pair):
            notes.left(theirs, "an identifier without a system or a value")
            continue
        listed.append(pair)
        notes.used(f"patient.identifiers[{len(listed) - 1}]", name_of(theirs))
    if listed:
        found["identifiers"] = listed
