"""All events of a session, in time order: given, measured, scored, borne, noted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from mappings.clinic import Row
from mappings.reading.graph import Graph
from mappings.reading.infusions import infusion_events
from mappings.reading.vital_signs import vital_signs
from mappings.reading.words import Words, components
from mappings.resource import Resource
from mappings.resources.questionnaire_response import TOTAL, link_ids, questionnaire

Event = dict[str, Any]


def events(graph: Graph, words: Words) -> list[Event]:
    """Events of one time keep the order in which their kinds are read here."""
    found = [*infusion_events(graph, words), *vital_signs(graph, words), *_answered(graph, words)]
    for resource in graph.observations:
        found += _finding(words, resource)
    found += [_reaction(words, resource) for resource in graph.reactions]
    return sorted(found, key=lambda event: datetime.fromisoformat(event["time"]))


def _answered(graph: Graph, words: Words) -> Iterator[Event]:
    """A questionnaire with its items, and its total where one was stated."""
    instruments = {
        questionnaire(graph.clinic, key): key for key, row in graph.clinic.tables["instrument"].items() if row.items
    }
    mine = graph.procedure["encounter"]["reference"]
    for response in graph.of_type("QuestionnaireResponse"):
        instrument = instruments.get(response["questionnaire"])
        if instrument is None or response["encounter"]["reference"] != mine:
            continue
        answers = {item["linkId"]: item["answer"][0] for item in response.get("item", [])}
        event = {"type": "score", "time": response["authored"], "instrument": instrument}
        links = link_ids(graph.clinic, instrument)
        row = graph.clinic.row("instrument", instrument)
        event["items"] = [_answer(words, row, answers[link]) if link in answers else None for link in links]
        if TOTAL in answers:
            event["total"] = answers[TOTAL]["valueDecimal"]
        yield event


def _answer(words: Words, row: Row, answer: dict[str, Any]) -> int:
    """Its points: the place among the answers that the instrument has. An answer holds one coding of its row."""
    given = {"coding": [answer["valueCoding"]]}
    return row.answers.index(words.key("answer", given) or words.key_of_any("answer", given) or "")


def _finding(words: Words, resource: Resource) -> list[Event]:
    instrument = words.key("instrument", resource["code"])
    if instrument is not None:
        return _score(instrument, resource)
    time, parts = resource.get("effectiveDateTime"), components(resource, words)
    match words.key("finding", resource["code"]):
        case "dissociation":
            level = words.key("severity", resource["valueCodeableConcept"])
            note = next((note["text"] for note in resource.get("note", [])), None)
            return [_event("dissociation", time, level=level, note=note)]
        case "session-note":
            return [_event("note", time, text=resource["valueString"])]
        case "discharge":
            said = {"criteria": parts.get("discharge-criteria"), "escort": parts.get("escort")}
            return [_event("discharge", time, criteria_met=resource["valueBoolean"], **said)]
        case _:
            return []


def _score(instrument: str, resource: Resource) -> list[Event]:
    """A level of sedation, or a total that no questionnaire stands behind."""
    time = resource["effectiveDateTime"]
    if "valueInteger" in resource:
        return [_event("sedation", time, scale=instrument, level=resource["valueInteger"])]
    if "valueQuantity" in resource and not resource.get("derivedFrom"):
        return [_event("score", time, instrument=instrument, total=resource["valueQuantity"]["value"])]
    return []


def _reaction(words: Words, resource: Resource) -> Event:
    period = resource.get("effectivePeriod", {})
    parts = components(resource, words)
    return _event(
        "reaction",
        resource.get("effectiveDateTime") or period["start"],
        end=period.get("end"),
        reaction=words.concept("reaction", resource["code"]),
        severity=words.key("severity", resource["valueCodeableConcept"]),
        action=parts.get("action-taken"),
        infusion_stopped=parts.get("infusion-stopped"),
        outcome=words.key("outcome", parts["outcome"]) if "outcome" in parts else None,
    )


def _event(kind: str, time: str | None, **parts: Any) -> Event:
    found = {"type": kind, "time": time, **parts}
    return {name: value for name, value in found.items() if value is not None}
