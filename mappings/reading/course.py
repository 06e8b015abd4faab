"""Where the session belongs: its course, and the referral that led to it."""

from __future__ import annotations

from typing import Any

from mappings.reading.graph import Graph, identified
from mappings.reading.people import person
from mappings.reading.words import Words, components


def course(graph: Graph, words: Words) -> dict[str, Any] | None:
    for resource in graph.observations:
        if words.key("finding", resource["code"]) == "session-course":
            parts = components(resource, words)
            found = {
                "id": resource["valueString"],
                "number": parts.get("course-number"),
                "planned": parts.get("course-planned"),
            }
            phase = parts.get("course-phase")
            found["phase"] = words.key("phase", phase) if phase else None
            return {name: value for name, value in found.items() if value is not None}
    return None


def referral(graph: Graph) -> dict[str, Any] | None:
    requests = graph.follow(graph.encounter, "basedOn", "ServiceRequest")
    if not requests:
        return None
    request = requests[0]
    found = {
        "number": identified(request, graph.clinic.systems.referral),
        "date": request.get("authoredOn"),
        "referrer": person(graph.get(request["requester"]), graph.clinic),
        "reason": next((reason["text"] for reason in request.get("reasonCode", [])), None),
    }
    return {name: value for name, value in found.items() if value is not None}
