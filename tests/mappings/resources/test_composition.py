"""Composition: the summary of a session, whose sections tell and point to what was made."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from golden_sessions import at, fixture_sessions, session
from mapped_sessions import CLINIC, HOSTILE, codes, mapped, of_type, words

from mappings import RESOURCES, map_session, retract
from mappings.context import SessionContext
from mappings.datatypes import concept
from mappings.observations.observation import observation
from mappings.resource import Resource, ResourceMapping
from service.validation import Validator

SESSIONS = fixture_sessions()
ORDER = [
    "29299-5",
    "preparation",
    "29549-3",
    "8716-3",
    "55109-3",
    "10190-7",
    "59776-5",
    "59775-7",
    "18776-5",
    "8653-8",
]


def sections(resources: list[Resource]) -> dict[str, dict[str, Any]]:
    """Code → section, in order."""
    (found,) = of_type(resources, "Composition")
    return {next(iter(codes(section["code"]))): section for section in found.get("section", [])}


def entries(resources: list[Resource], code: str) -> list[str]:
    """What a section points to, by type."""
    section = sections(resources).get(code, {})
    return [entry["reference"].split("/")[0] for entry in section.get("entry", [])]


def test_one_summary_of_a_session_with_what_readers_look_for() -> None:
    (found,) = of_type(mapped(recorded="2026-03-02T12:00:00-06:00"), "Composition")
    assert codes(found["type"]) == {"34133-9"}
    assert (found["status"], found["title"], found["confidentiality"]) == ("final", "Infusion session summary", "R")
    assert found["date"] == "2026-03-02T12:00:00-06:00"
    assert found["event"][0]["detail"][0]["reference"].startswith("Procedure/")
    assert isinstance(found["identifier"], dict)


@pytest.mark.parametrize("name", SESSIONS)
def test_sections_are_in_order_and_none_is_empty(name: str) -> None:
    found = sections(map_session(SESSIONS[name], CLINIC))
    assert list(found) == [code for code in ORDER if code in found]
    assert all(section["text"]["div"] for section in found.values())


@pytest.mark.parametrize("name", SESSIONS)
def test_nothing_is_pointed_to_twice(name: str) -> None:
    found = sections(map_session(SESSIONS[name], CLINIC)).values()
    every = [entry["reference"] for section in found for entry in section.get("entry", [])]
    assert len(every) == len(set(every))


def test_each_resource_stands_in_its_section() -> None:
    found = map_session(SESSIONS["05-stopped-for-reaction"], CLINIC)
    assert set(entries(found, "29299-5")) == {"Condition", "ServiceRequest"}
    assert {"MedicationRequest", "MedicationAdministration"} <= set(entries(found, "29549-3"))
    assert set(entries(found, "8716-3")) == {"Observation"}
    assert entries(found, "55109-3") == ["Observation", "Observation", "AdverseEvent", "AdverseEvent"]
    assert {"Observation", "Flag"} <= set(entries(found, "10190-7"))
    assert {"DocumentReference", "DiagnosticReport"} <= set(entries(found, "59776-5"))
    assert set(entries(found, "18776-5")) == {"EpisodeOfCare", "CarePlan", "Observation"}
    vitals = {
        f"Observation/{r['id']}" for r in of_type(found, "Observation") if codes(r["category"][0]) == {"vital-signs"}
    }
    assert {entry["reference"] for entry in sections(found)["8716-3"]["entry"]} >= vitals


def test_every_observation_and_all_that_tells_of_the_session_has_a_section() -> None:
    """In a session with everything in it."""
    found = map_session(SESSIONS["05-stopped-for-reaction"], CLINIC)
    pointed = {entry["reference"] for section in sections(found).values() for entry in section.get("entry", [])}
    rest = {f"{r['resourceType']}/{r['id']}" for r in found} - pointed
    people = {"Organization", "Practitioner", "PractitionerRole", "Location", "Patient", "Device", "Medication"}
    assert {name.split("/")[0] for name in rest} <= {*people, "Encounter", "Procedure", "Composition", "Provenance"}


def test_a_limit_passed_and_a_dose_that_differs_are_pointed_to() -> None:
    product = [{"drug": {"key": "ketamine"}, "recorded_dose": {"value": 1, "unit": "mg"}}]
    events = [*at_rate(), at(1, "vital-signs", systolic=190)]
    found = mapped(medications=product, events=events)
    assert entries(found, "55109-3") == ["Flag"]
    assert "DetectedIssue" in entries(found, "29549-3")


def at_rate() -> list[dict[str, Any]]:
    return [at(5, "infusion-start", rate={"value": 60, "unit": "mg/h"}), at(45, "infusion-stop")]


def test_a_persistent_reaction_is_a_complication_and_no_reason() -> None:
    found = mapped(events=[at(1, "reaction", reaction={"key": "headache"}, severity="mild", outcome="ongoing")])
    assert entries(found, "55109-3") == ["Condition", "Observation", "AdverseEvent"]
    assert entries(found, "29299-5") == ["Condition"]


def test_of_a_session_of_which_nothing_is_known_only_the_note_is_pointed_to() -> None:
    found = map_session(SESSIONS["10-minimal"], CLINIC)
    assert list(sections(found)) == ["59776-5"]
    assert entries(found, "59776-5") == ["DocumentReference", "DiagnosticReport"]


def test_a_section_tells_what_the_note_tells_and_escapes_it() -> None:
    found = mapped(after={"instructions": HOSTILE})
    div = sections(found)["8653-8"]["text"]["div"]
    assert "&lt;script&gt;" in div
    assert "<script" not in div
    assert "\u202e" not in div
    assert Validator(cached=False).validate(of_type(found, "Composition")[0]) == []


def test_the_notes_of_a_psychotherapy_are_not_in_it() -> None:
    found = mapped(events=[at(1, "note", text="Zpsychotherapy", kind="psychotherapy")])
    assert "Zpsychotherapy" not in str(of_type(found, "Composition"))


def test_a_summary_in_error_says_so() -> None:
    form = retract(of_type(mapped(), "Composition")[0])
    assert form is not None
    assert form["status"] == "entered-in-error"
    assert words(form).startswith("<p>Entered in error</p>")


def with_mapping(kind: str, make: Callable[[SessionContext], Resource]) -> list[Resource]:
    """As if a mapping had been added before those that sum up."""
    added = ResourceMapping(kind, lambda context: [make(context)])
    return map_session(session(), CLINIC, resources=(*RESOURCES[:-2], added, *RESOURCES[-2:]))


@pytest.mark.parametrize(
    ("category", "section"), [("survey", "10190-7"), ("laboratory", None), ("exam", None), ("vital-signs", "8716-3")]
)
def test_a_new_kind_of_observation_goes_by_its_category(category: str, section: str | None) -> None:
    code = concept("http://loinc.org", "1-8", "New")
    found = with_mapping("Observation", lambda c: observation(c, ("new-kind",), category, code, None, ""))
    (new,) = (r for r in found if r.get("code") == code)
    places = [
        key
        for key, found in sections(found).items()
        for entry in found.get("entry", [])
        if entry["reference"].endswith(new["id"])
    ]
    assert places == ([section] if section else [])


def test_a_resource_that_says_nothing_of_its_origin_has_no_section() -> None:
    found = with_mapping(
        "Basic", lambda c: {"resourceType": "Basic", "id": c.own_id("Basic"), "meta": {}, "code": {"text": "A"}}
    )
    assert "Basic" in {resource["resourceType"] for resource in found}
    assert not any("Basic" in str(section) for section in sections(found).values())
