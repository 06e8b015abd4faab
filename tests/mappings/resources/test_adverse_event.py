"""AdverseEvent: which reactions are one, how bad it was in R4's words, and what may have caused it."""

from __future__ import annotations

from typing import Any

import pytest
from golden_sessions import at
from mapped_sessions import codes, mapped, of_type, words

from mappings import retract
from mappings.resource import Resource

INFUSION = [
    at(5, "infusion-start", rate={"value": 60, "unit": "mg/h"}),
    at(20, "rate-change", rate={"value": 30, "unit": "mg/h"}),
    at(45, "infusion-stop"),
]


def reaction(minute: int = 12, severity: str = "mild", key: str = "nausea", **parts: Any) -> dict[str, Any]:
    return at(minute, "reaction", reaction={"key": key}, severity=severity, **parts)


def rescue(minute: int, **parts: Any) -> dict[str, Any]:
    return other(minute, "rescue", **parts)


def other(minute: int, purpose: str, **parts: Any) -> dict[str, Any]:
    return at(
        minute, "medication", drug={"key": "ondansetron"}, dose={"value": 4, "unit": "mg"}, purpose=purpose, **parts
    )


def events_of(*events: dict[str, Any], **changes: Any) -> list[Resource]:
    return of_type(mapped(events=[*INFUSION, *events], **changes), "AdverseEvent")


@pytest.mark.parametrize(
    ("parts", "adverse"),
    [
        ({}, False),
        ({"severity": "moderate"}, True),
        ({"severity": "fatal"}, True),
        ({"infusion_stopped": True}, True),
        ({"outcome": "resolved"}, False),
        ({"outcome": "ongoing"}, True),
        ({"action": "Ondansetron given"}, True),
        ({"action": "Observed only"}, False),
        ({"action": "observed, reassured."}, False),
        ({"action": "Reassured and closely monitored"}, False),
        ({"action": "No action needed"}, False),
        ({"action": "none"}, False),
        ({"action": "Observed; oxygen 2 L/min"}, True),
        ({"action": "Observed with oxygen"}, True),
        ({"action": "Treatment given"}, True),
    ],
)
def test_an_expected_reaction_that_passes_by_itself_is_none(parts: dict[str, Any], adverse: bool) -> None:
    assert bool(events_of(reaction(**parts))) is adverse


@pytest.mark.parametrize(
    "action",
    [
        "Verbal reassurance",
        "reassurance given",
        "Verbally reassured the patient",
        "Patient reassured & observed",
        "Vital signs monitored",
        "Monitored closely",
        "Continued to monitor vitals",
        "Observed for 10 minutes - reassured",
        "Watchful waiting",
        "Self-limited",
        "self limiting, resolved",
        "Resolved on its own",
        "resolved spontaneously",
        "Spontaneously resolved without any treatment",
        "Observation only; no intervention required.",
        "No specific treatment was needed",
        "Not required",
        "Vitals stable, infusion continued",
        "No rate change needed",
        "n/a",
        "N.A.",
        "NA",
        "Nil",
        "-",
        "--",
        "\N{EM DASH}",
    ],
)
def test_to_watch_and_to_reassure_is_no_intervention(action: str) -> None:
    assert events_of(reaction(action=action)) == []


@pytest.mark.parametrize(
    "action",
    [
        "ondansetron 4 mg IV given",
        "rate lowered",
        "oxygen 2 L",
        "O2 2 L/min",
        "monitored and gave labetalol",
        "Reassured - rate lowered",
        "Monitored closely/oxygen",
        "Resolved with ondansetron",
        "Settled after the rate was lowered",
        "No medication needed, infusion paused",
        "Nothing by mouth",
        "Treatment given",
        "Medication",
        "IV",
        "Patient",
        "Given",
        "Passed out",
        "Monitor replaced",
        "Infusion continued at half the rate",
    ],
)
def test_what_else_is_written_was_done(action: str) -> None:
    assert len(events_of(reaction(action=action))) == 1


def test_a_rescue_medication_is_an_intervention_for_what_its_reason_names() -> None:
    found = events_of(reaction(12), reaction(13, key="dizziness"), rescue(14, reason="Nausea got worse"))
    assert [codes(event["event"]) for event in found] == [{"422587007"}]


def test_a_rescue_medication_without_a_known_reason_is_for_what_began_last() -> None:
    found = events_of(reaction(10, end="2026-03-02T10:11:00-06:00"), reaction(12), rescue(14))
    assert [event["date"] for event in found] == ["2026-03-02T10:12:00-06:00"]
    assert events_of(reaction(12, end="2026-03-02T10:13:00-06:00"), rescue(14)) == []
    assert events_of(reaction(12), other(14, "other")) == []


@pytest.mark.parametrize(
    ("severity", "code", "text"),
    [
        ("moderate", "moderate", "Moderate"),
        ("severe", "severe", "Severe"),
        ("life-threatening", "severe", "Life threatening"),
        ("fatal", "severe", "Fatal"),
    ],
)
def test_r4_has_three_degrees_and_the_words_keep_the_fourth_and_fifth(severity: str, code: str, text: str) -> None:
    found = events_of(reaction(severity=severity))[0]["severity"]
    assert (codes(found), found["text"]) == ({code}, text)


@pytest.mark.parametrize(
    ("parts", "seriousness"),
    [
        ({"severity": "moderate"}, "Non-serious"),
        ({"severity": "severe", "outcome": "resolved"}, "Non-serious"),
        ({"severity": "severe"}, None),
        ({"severity": "severe", "outcome": "unknown"}, None),
        ({"severity": "moderate", "outcome": "resolvedWithSequelae"}, None),
        ({"severity": "life-threatening", "outcome": "resolved"}, "Serious"),
        ({"severity": "fatal"}, "Serious"),
        ({"severity": "moderate", "action": "Sent to hospital by ambulance"}, None),
        ({"severity": "moderate", "action": "No hospital transfer needed"}, None),
        ({"severity": "moderate", "action": "Patient declined the ambulance", "outcome": "resolved"}, None),
        ({"severity": "severe", "action": "Called hospital pharmacy for advice", "outcome": "resolved"}, None),
        ({"severity": "moderate", "action": "Admitted feeling anxious"}, None),
        ({"severity": "moderate", "action": "Taken to the ED"}, None),
        ({"severity": "moderate", "action": "Transferred to intensive care"}, None),
        ({"severity": "moderate", "action": "Rate lowered, felt better"}, "Non-serious"),
        ({"severity": "life-threatening", "action": "No hospital transfer needed"}, "Serious"),
        ({"severity": "severe", "action": "Sent to hospital", "outcome": "fatal"}, "Serious"),
    ],
)
def test_seriousness_in_r4_spelling_and_only_where_the_record_tells(
    parts: dict[str, Any], seriousness: str | None
) -> None:
    found = events_of(reaction(**parts))[0].get("seriousness")
    assert (found and found["coding"][0]) == (
        seriousness
        and {
            "system": "http://terminology.hl7.org/CodeSystem/adverse-event-seriousness",
            "version": "4.0.1",
            "code": seriousness,
            "display": seriousness,
        }
    )


def test_outcome() -> None:
    assert codes(events_of(reaction(severity="severe", outcome="recovering"))[0]["outcome"]) == {"recovering"}
    assert codes(events_of(reaction(severity="fatal"))[0]["outcome"]) == {"fatal"}
    assert "outcome" not in events_of(reaction(severity="severe"))[0]


def suspected(*events: dict[str, Any], **changes: Any) -> list[str]:
    """When what is suspected began; a product that has no time by its type."""
    found = mapped(events=[*INFUSION, *events], **changes)
    starts = {
        f"MedicationAdministration/{given['id']}": str(
            given.get("effectivePeriod", {}).get("start") or given.get("effectiveDateTime")
        )[11:16]
        for given in of_type(found, "MedicationAdministration")
    }
    event = of_type(found, "AdverseEvent")[0]
    references = [entity["instance"]["reference"] for entity in event.get("suspectEntity", [])]
    return [starts.get(reference, reference.split("/")[0]) for reference in references]


def bolus(minute: int) -> dict[str, Any]:
    return at(minute, "bolus", dose={"value": 5, "unit": "mg"})


@pytest.mark.parametrize(
    ("minute", "others", "expected"),
    [
        (2, [], []),
        (5, [], ["10:05"]),
        (12, [], ["10:05"]),
        (20, [], ["10:05"]),
        (30, [], ["10:20"]),
        (45, [], ["10:20"]),
        (80, [], ["10:20"]),
        (30, [bolus(16)], ["10:16", "10:20"]),
        (30, [bolus(30)], ["10:20", "10:30"]),
        (30, [bolus(14)], ["10:20"]),
        (80, [bolus(60)], ["11:00"]),
        (12, [other(4, "premedication")], ["10:05", "10:04"]),
        (12, [rescue(12)], ["10:05"]),
        (12, [rescue(11)], ["10:05", "10:11"]),
    ],
)
def test_suspect_is_what_was_running_or_else_given_last(
    minute: int, others: list[dict[str, Any]], expected: list[str]
) -> None:
    assert suspected(reaction(minute, "severe"), *others) == expected


def test_without_charted_administrations_the_product_is_suspect() -> None:
    found = of_type(mapped(events=[reaction(12, "severe")]), "AdverseEvent")[0]
    instance = found["suspectEntity"][0]["instance"]
    assert instance["reference"].startswith("Medication/")
    assert instance["display"] == "Ketamine injectable solution"


def test_in_a_session_that_was_not_done_nothing_is_suspect() -> None:
    found = mapped(status="not-done", status_reason="fainted", events=[reaction(2, "severe", "syncope")])
    assert "suspectEntity" not in of_type(found, "AdverseEvent")[0]


def test_it_points_to_its_twin_observation() -> None:
    found = mapped(events=[*INFUSION, reaction(severity="severe"), reaction(severity="moderate", key="vomiting")])
    twins = {f"Observation/{r['id']}": r["code"]["text"] for r in of_type(found, "Observation")}
    for event in of_type(found, "AdverseEvent"):
        extension = event["extension"][0]
        assert extension["url"].endswith("/finding")
        assert twins[extension["valueReference"]["reference"]] == event["event"]["text"]


def test_ids_hang_on_the_time_and_not_on_the_place() -> None:
    both = events_of(reaction(12, "severe"), reaction(14, "severe"))
    assert [event["id"] for event in events_of(reaction(14, "severe"))] == [both[1]["id"]]


def test_of_one_in_error_nothing_is_left_but_whose_it_was_and_when() -> None:
    event = events_of(reaction(severity="severe", outcome="ongoing", key="panic-attack"))[0]
    form = retract(event)
    assert form is not None
    assert set(form) == {
        "resourceType", "id", "meta", "text", "identifier", "actuality", "event", "subject", "encounter", "date",
    }  # fmt: skip
    assert form["event"] == {"text": "Entered in error"}
    assert words(form).startswith("<p>Entered in error</p>")
    assert "anic" not in str(form)
    assert retract(form) == form
