"""The way back: the FHIR resources of one session → the session record.

Reads US Core types alone, since every fact stands in one of them: a reader without MedicationAdministration or
AdverseEvent loses nothing. What is derived (totals, flags, changes) is not read: it follows from the rest.
"""

from __future__ import annotations

from collections.abc import Iterable

from mappings.clinic import Clinic
from mappings.reading.course import course, referral
from mappings.reading.events import events
from mappings.reading.graph import Graph, NoSession
from mappings.reading.people import devices, location, patient, staff
from mappings.reading.preparation import medications, order, preparation
from mappings.reading.words import Words
from mappings.resource import Resource
from mappings.session import InfusionSession, parse_session

__all__ = ["NoSession", "read_session"]


def read_session(resources: Iterable[Resource], clinic: Clinic) -> InfusionSession:
    """The record that ``map_session(record, clinic)`` yields these resources from.

    ``resources`` are those of one session as plain JSON values; retracted ones among them are passed over, unless the
    session itself is in error. Raises NoSession where there is no Procedure with a session number, InvalidSession where
    what is read is no session.
    """
    graph = Graph.of(resources, clinic)
    words = Words.of(clinic)
    procedure, encounter = graph.procedure, graph.encounter
    reason = procedure.get("statusReason", {}).get("text")
    document = {
        "number": graph.number,
        "status": procedure["status"],
        "status_reason": reason,
        "patient": patient(graph),
        "start": encounter["period"]["start"],
        "end": encounter["period"].get("end"),
        "recorded": graph.recorded,
        "course": course(graph, words),
        "referral": referral(graph),
        "indications": [words.concept("indication", c["code"]) for c in graph.follow(procedure, "reasonReference")],
        "location": location(graph),
        "staff": staff(graph, words),
        "devices": devices(graph, words),
        "preparation": preparation(graph, words),
        "medications": medications(graph, words),
        "order": order(graph),
        "events": events(graph, words),
        "after": _after(procedure, clinic),
    }
    return parse_session({name: value for name, value in document.items() if value not in (None, [], {})})


def _after(procedure: Resource, clinic: Clinic) -> dict[str, str]:
    """Instructions are words; the next visit is a date beside them."""
    found: dict[str, str] = {}
    url = f"{clinic.systems.extension}/next-visit"
    for follow_up in procedure.get("followUp", []):
        days = [e["valueDate"] for e in follow_up.get("extension", []) if e["url"] == url]
        if days:
            found["next_visit"] = days[0]
        else:
            found["instructions"] = follow_up["text"]
    return found
