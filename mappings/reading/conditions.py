"""An EHR's Conditions → the indications of a draft: what is active, confirmed and coded, in the clinic's words."""

from __future__ import annotations

from typing import Any

from mappings.clinic import Clinic
from mappings.events import Concept
from mappings.reading.draft import Found, Notes, code, codes, fits, is_about, name_of, text
from mappings.reading.words import Words
from mappings.resource import Resource
from mappings.resources.condition import CLINICAL, VERIFICATION

ACTIVE = ("active", "recurrence", "relapse")


def indications(found: Found, clinic: Clinic, notes: Notes) -> list[dict[str, Any]]:
    """In their order; the same diagnosis once."""
    words = Words.of(clinic)
    taken: list[dict[str, Any]] = []
    for condition in found.conditions:
        reason = _why_not(condition, found.patient)
        concept = None if reason else _concept(condition.get("code", {}), words)
        if reason or concept is None:
            notes.left(condition, reason or "its code is not as a record takes it")
        elif any(_same(concept, other) for other in taken):
            notes.left(condition, "the same diagnosis again")
        else:
            notes.used(f"indications[{len(taken)}]", name_of(condition))
            taken.append(concept)
    return taken


def _why_not(condition: Resource, patient: Resource) -> str:
    if not is_about(condition, patient):
        return "about somebody else"
    verified = code(condition.get("verificationStatus"), VERIFICATION)
    if verified not in (None, "confirmed"):
        return "not confirmed"
    if code(condition.get("clinicalStatus"), CLINICAL) not in ACTIVE:
        return "not active"
    return "" if codes(condition.get("code")) else "not coded"


def _concept(concept: dict[str, Any], words: Words) -> dict[str, Any] | None:
    """A key of the clinic where the codes are those of one row; else their first code, with their words."""
    key = words.key_of_any("indication", {"coding": codes(concept)})
    if key is not None:
        return {"key": key}
    said = text(concept.get("text"))
    for one in codes(concept):
        parts = {name: text(one.get(name)) for name in ("system", "code", "display")}
        if said != parts["display"]:
            parts["text"] = said
        made = {name: value for name, value in parts.items() if value is not None}
        if parts["code"] and fits(Concept, made):
            return made
    return None


def _same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return all(one.get(name) == other.get(name) for name in ("key", "system", "code"))
