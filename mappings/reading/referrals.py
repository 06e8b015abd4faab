"""An EHR's ServiceRequests → the referral of a draft: the only active one, or the one that a person chose."""

from __future__ import annotations

from typing import Any

from mappings.clinic import SYSTEMS, Clinic
from mappings.reading.draft import Found, Notes, Unused, codes, fits, is_about, name_of, objects, text
from mappings.reading.graph import identified
from mappings.resource import Resource
from mappings.resources.organization import NPI
from mappings.session import Person, Referral

# Patient referral; referral to a psychiatry service
REFERRALS = {(SYSTEMS["snomed"], "3457005"), (SYSTEMS["snomed"], "183524004")}
NUMBERS = ("PLAC", "FILL", None)


def referral_of(found: Found, clinic: Clinic, chosen: str | None, notes: Notes) -> dict[str, Any] | None:
    """None where there is none or more than one: which one led to the session, a person says."""
    left = [(request, _why_not(request, found.patient, clinic, chosen)) for request in found.requests]
    for request, reason in left:
        if reason:
            notes.left(request, reason)
    if chosen is not None and chosen not in [request.get("id") for request in found.requests]:
        notes.unused.append(Unused("ServiceRequest", "the one that was chosen is not among those of this patient"))
    usable = [request for request, reason in left if not reason]
    if len(usable) > 1:
        for request in usable:
            notes.left(request, "one of several referrals: choose one by its id")
        return None
    return _referral(usable[0], found, clinic, notes) if usable else None


def _why_not(request: Resource, patient: Resource, clinic: Clinic, chosen: str | None) -> str:
    if not is_about(request, patient):
        return "about somebody else"
    if request.get("status") == "entered-in-error":
        return "entered in error"
    if chosen is not None:
        return "" if request.get("id") == chosen else "another was chosen"
    if request.get("status") != "active":
        return "not active"
    return "" if _is_referral(request, clinic) else "not a referral, as far as its codes and words say"


def _is_referral(request: Resource, clinic: Clinic) -> bool:
    if identified(_bare(request), clinic.systems.referral):
        return True
    concepts = [*objects(request.get("category")), *objects([request.get("code")])]
    every = [one for concept in concepts for one in codes(concept)]
    if any((one.get("system"), one.get("code")) in REFERRALS for one in every):
        return True
    said = [*(concept.get("text") for concept in concepts), *(one.get("display") for one in every)]
    return any("referral" in words.lower() for words in said if isinstance(words, str))


def _referral(request: Resource, found: Found, clinic: Clinic, notes: Notes) -> dict[str, Any] | None:
    """The referrer is needed; each other part is taken where it fits."""
    requester = request.get("requester")
    reference = requester.get("reference") if isinstance(requester, dict) else None
    practitioner = found.referrers.get(reference) if isinstance(reference, str) else None
    person = None if practitioner is None else _person(practitioner, clinic, notes)
    if practitioner is None or person is None:
        notes.left(request, "who referred cannot be read there")
        return None
    made: dict[str, Any] = {"referrer": person}
    notes.used("referral.referrer", name_of(practitioner))
    for name, value in _parts(request, clinic).items():
        if value is not None and fits(Referral, {**made, name: value}):
            made[name] = value
            notes.used(f"referral.{name}", name_of(request))
        else:
            notes.left(request, f"{name}: {'not there' if value is None else 'not as a record takes it'}")
    return made


def _parts(request: Resource, clinic: Clinic) -> dict[str, str | None]:
    reasons = [text(one.get("text")) or _displayed(one) for one in objects(request.get("reasonCode"))]
    authored = text(request.get("authoredOn"))
    return {
        "number": _number(request, clinic),
        "date": authored[:10] if authored else None,
        "reason": "; ".join(one for one in reasons if one) or None,
    }


def _number(request: Resource, clinic: Clinic) -> str | None:
    """Ours if it has one, else the placer's, the filler's, or one without a type."""
    listed = [one for one in objects(request.get("identifier")) if one.get("system") != clinic.systems.resource]
    ours = identified({"identifier": listed}, clinic.systems.referral)
    kinds = {_kind(one): text(one.get("value")) for one in reversed(listed)}
    return ours or next((kinds[kind] for kind in NUMBERS if kinds.get(kind)), None)


def _kind(identifier: dict[str, Any]) -> str | None:
    return next((text(one.get("code")) for one in codes(identifier.get("type"))), None)


def _displayed(concept: dict[str, Any]) -> str | None:
    return next((words for one in codes(concept) if (words := text(one.get("display")))), None)


def _person(practitioner: Resource, clinic: Clinic, notes: Notes) -> dict[str, Any] | None:
    names = [one for one in objects(practitioner.get("name")) if text(one.get("family")) and one.get("use") != "old"]
    if not names:
        return None
    given = names[0].get("given")
    made: dict[str, Any] = {"family": text(names[0]["family"])}
    parts = {
        "given": [one for one in given if text(one)] if isinstance(given, list) else [],
        "npi": identified(_bare(practitioner), NPI),
        "id": identified(_bare(practitioner), clinic.systems.staff),
    }
    for name, value in parts.items():
        if value and fits(Person, {**made, name: value}):
            made[name] = value
        elif value:
            notes.left(practitioner, f"{name}: not as a record takes it")
    return made if fits(Person, made) else None


def _bare(resource: Resource) -> Resource:
    """Its identifiers, as far as they are some."""
    return {"identifier": [one for one in objects(resource.get("identifier")) if text(one.get("value"))]}
