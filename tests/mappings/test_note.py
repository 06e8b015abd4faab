"""The session note: what was given, how it was borne, what follows; and never a psychotherapy."""

from __future__ import annotations

from typing import Any

import pytest
from facts import facts_of
from golden_sessions import at, fixture_sessions, session
from mapped_sessions import CLINIC, HOSTILE

from mappings import check_session, map_session
from mappings.context import SessionContext
from mappings.infusion import END_ASSUMED
from mappings.note import session_note
from mappings.reading import read_session
from service.summaries import summary_page

SESSIONS = fixture_sessions()


def note(**changes: Any) -> str:
    return session_note(SessionContext.of(session(**changes), CLINIC))


def test_a_session_reads_from_top_to_bottom() -> None:
    assert (
        session_note(SessionContext.of(SESSIONS["05-stopped-for-reaction"], CLINIC))
        == """\
INFUSION SESSION NOTE
Demo Ketamine Infusion Clinic (synthetic)
Session SYN-S-0005, 2026-02-23 14:00 to 16:10 (UTC-06:00)
Status: stopped: Panic attack with severe dissociation, infusion stopped after 16 minutes
Patient: Noor Synthetic-Elm, born 1997-07-09, other, record number SYN-0005
Place: Infusion room 1
Staff: Ada Synthetic-Maple (ordering), Ben Synthetic-Oak (administering), Cleo Synthetic-Willow (monitoring), Dov Synthetic-Hawthorn (witness)
Devices: Pump of room 1, Monitor of room 1

REASON FOR THE INFUSION
- Major depressive disorder, single episode, moderate
- Generalized anxiety disorder
- Referred by Farid Synthetic-Aspen on 2026-02-10

BEFORE THE INFUSION
- Weight 75 kg, 13:40
- Height 174 cm
- ASA class 2
- Last oral intake 06:00
- Drug screen: negative, 13:35
- Consent given 13:30
- Escort: Adult companion, waiting outside

MEDICATION ADMINISTERED
- Ordered: Ketamine injectable solution 0.5 mg/kg over 40 min, at most 60 mg
- Ketamine injectable solution, 50 mg/mL, lot SYN-KET-2601, expires 2027-06-30: 15 mg given (0.2 mg/kg)
- 14:15 to 14:31 0.75 mg/kg/h, 15 mg; stopped early: Panic attack with severe dissociation
- 37.5 mg drawn up, 22.5 mg wasted, 15 mg recorded, waste witnessed by Dov Synthetic-Hawthorn
- 14:32 Lorazepam 1 mg, intravenous, rescue: Panic attack
- 14:39 Ondansetron 4 mg, intravenous, rescue: Vomiting

VITAL SIGNS
- Systolic blood pressure (mmHg): before 130 at 14:12, highest 162 at 14:29, lowest 126 at 15:50, last 126 at 16:05
- Diastolic blood pressure (mmHg): before 82 at 14:12, highest 98 at 14:29, lowest 79 at 16:05, last 79 at 16:05
- Mean blood pressure (mmHg): last 119 at 14:29
- Heart rate (/min): before 84 at 14:12, highest 118 at 14:29, lowest 78 at 16:05, last 78 at 16:05
- Oxygen saturation by pulse oximetry (%): before 98 at 14:12, highest 98 at 14:20, lowest 97 at 14:25, last 98 at 16:05
- Respiratory rate (/min): before 16 at 14:12, highest 24 at 14:29, lowest 15 at 15:20, last 15 at 16:05
- Body temperature (°C): before 36.9 at 14:00

REACTIONS AND LIMITS PASSED
- 14:27 to 15:02 Panic attack, severe; action: Infusion stopped, lorazepam given, nurse stayed at the bedside; the infusion was stopped for it; outcome: resolved
- 14:38 to 14:55 Vomiting, moderate; action: Ondansetron given; outcome: resolved

SCORES AND MENTAL STATUS
- WARNING: Thoughts of death or self-harm (PHQ-9 item 9): answered 1 of 3
- 14:04 GAD-7 total score: 15 (items 2, 3, 2, 2, 2, 2, 2)
- 14:06 PHQ-9 total score: 19 (items 3, 3, 2, 2, 2, 3, 2, 1, 1)
- 14:26 Dissociation level: severe (Cannot say where they are, frightened)
- 14:45 Richmond Agitation-Sedation Scale level: 1
- 15:05 Richmond Agitation-Sedation Scale level: -1
- 15:05 Dissociation level: none
- 15:50 Richmond Agitation-Sedation Scale level: 0

NOTES DURING THE SESSION
- 16:08 Calm, oriented, wishes to talk about a slower start next time.

DISCHARGE
- 16:10 criteria for discharge met: Oriented, no nausea for one hour; escort: Parent

PLAN
- Course SYN-C-0005: infusion 1 of 6 planned, induction

INSTRUCTIONS FOR THE PATIENT
- The team calls tomorrow morning. No driving, no alcohol and no important decisions until the next morning.
"""
    )


@pytest.mark.parametrize("name", SESSIONS)
def test_every_session_has_a_note_that_names_it(name: str) -> None:
    text = session_note(SessionContext.of(SESSIONS[name], CLINIC))
    assert f"Session {SESSIONS[name].number}, " in text
    assert text.endswith("\n")
    assert "None" not in text


def test_notes_of_a_psychotherapy_are_never_in_it() -> None:
    events = [at(1, "note", text="Zclinical"), at(2, "note", text="Zpsychotherapy", kind="psychotherapy")]
    text = note(events=events)
    assert "Zclinical" in text
    assert "Zpsychotherapy" not in text


def test_nor_in_anything_else_that_leaves() -> None:
    events = [at(1, "note", text="Zpsychotherapy", kind="psychotherapy")]
    assert "Zpsychotherapy" not in str(map_session(session(events=events), CLINIC))


@pytest.mark.parametrize(
    "changes", [{}, {"recorded": None}, {"status": "not-done", "status_reason": "Not fasted", "end": None}]
)
def test_nothing_tells_that_there_is_one(changes: dict[str, Any]) -> None:
    """Not the time of the last change, and not a visit that would not have been one without it."""
    alone = {"order": None, "medications": [], **changes} if "status" in changes else changes
    events = [] if "status" in changes else [at(1, "note", text="Zclinical")]
    private = at(300, "note", text="Zpsychotherapy", kind="psychotherapy")
    assert map_session(session(events=[*events, private], **alone), CLINIC) == map_session(
        session(events=events, **alone), CLINIC
    )


def test_an_end_that_nobody_charted_is_said_to_be_assumed() -> None:
    """The dose hangs on it: in the check, on the administration and its twin, in the note and on the summary."""
    given = session(events=[at(5, "infusion-start", rate={"value": 30, "unit": "mg/h"})])
    issues = [(issue.severity, issue.expression) for issue in check_session(given, CLINIC) if "no end" in issue.text]
    assert issues == [("warning", ("events[0]",))]
    resources = map_session(given, CLINIC)
    (administration,) = (r for r in resources if r["resourceType"] == "MedicationAdministration")
    twins = [r for r in resources if r["resourceType"] == "Observation" and r.get("note") == administration["note"]]
    assert administration["note"] == [{"text": END_ASSUMED}]
    assert [twin["code"]["text"] for twin in twins] == ["Infused at one rate"]
    assert END_ASSUMED.lower() in session_note(SessionContext.of(given, CLINIC))
    assert END_ASSUMED in summary_page(given, [], CLINIC, 1)
    assert facts_of(read_session(resources, CLINIC), CLINIC) == facts_of(given, CLINIC)


def test_a_text_of_several_lines_cannot_pass_for_lines_of_the_note() -> None:
    text = note(events=[at(1, "note", text="slept\r\n\nMEDICATION ADMINISTERED\n- Ketamine: 500 mg given")])
    assert [line for line in text.splitlines() if line == "MEDICATION ADMINISTERED"] == ["MEDICATION ADMINISTERED"]
    assert "\n  - Ketamine: 500 mg given" in text


def test_it_is_plain_text_that_cannot_turn_the_reading_order() -> None:
    text = note(after={"instructions": HOSTILE}, status="stopped", status_reason=HOSTILE)
    assert '<script>alert("x")</script>' in text
    assert not {"\u202e", "\u202c", "\ufffe", "\r"} & set(text)
    assert "\u0645\u0631\u062d\u0628\u0627" in text


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"preparation": {}}, "- 10:05 to 10:45 0.75 mg/kg/h, dose not known"),
        ({"events": []}, "- Ketamine injectable solution, 10 mg/mL: no rate and no bolus charted"),
        ({"status": "not-done", "status_reason": "ate", "events": []}, "- Ketamine injectable solution, 10 mg/mL: nothing given"),
        ({"end": None}, "Session T-1, 2026-03-02 10:00, end not recorded (UTC-06:00)"),
        (
            {"events": [at(1, "bolus", dose={"value": 10, "unit": "mg"}, reason="pain")]},
            "- 10:01 bolus 10 mg: pain",
        ),
        (
            {
                "events": [
                    at(1, "infusion-start", rate={"value": 60, "unit": "mg/h"}),
                    at(11, "rate-change", rate={"value": 31, "unit": "mg/h"}, reason="dizzy"),
                    at(21, "pause", reason="cannula"),
                ],
                "status": "in-progress",
                "end": None,
            },
            "- 10:11 to 10:21 31 mg/h, 5.167 mg: dizzy; ended: cannula",
        ),
        (
            {"medications": [{"drug": {"key": "ketamine"}, "recorded_dose": {"value": 43, "unit": "mg"}}]},
            "- The dose given does not match the recorded dose: Ketamine injectable solution, 40 mg given by rate and time, 43 mg recorded",
        ),
        (
            {"events": [at(1, "vital-signs", systolic=190, temperature={"value": 98, "unit": "F"})]},
            "- 10:01 Systolic blood pressure above 180 mmHg: highest 190 mmHg",
        ),
        (
            {"events": [at(1, "vital-signs", systolic=190, temperature={"value": 98, "unit": "F"})]},
            "- Body temperature (°F): last 98 at 10:01",
        ),
        (
            {"events": [at(1, "score", instrument="phq9", items=[1, None, *[0] * 7])]},
            "- 10:01 PHQ-9 total score: not complete (items 1, -, 0, 0, 0, 0, 0, 0, 0)",
        ),
        ({"events": [at(1, "score", instrument="madrs", total=30)]}, "- 10:01 MADRS total score: 30"),
        (
            {"events": [at(1, "score", instrument="cssrs-screener", items=[0] * 7)]},
            "- 10:01 C-SSRS screener: negative (answers 0, 0, 0, 0, 0, 0, 0)",
        ),
        ({"events": [at(1, "score", instrument="cssrs-screener", total=1)]}, "- 10:01 C-SSRS screener: positive"),
        (
            {"events": [at(1, "reaction", reaction={"text": "odd taste"}, severity="mild", outcome="resolvedWithSequelae")]},
            "- 10:01 odd taste, mild; outcome: resolved with sequelae",
        ),
        ({"events": [at(1, "discharge", criteria_met=False)]}, "- 10:01 criteria for discharge not met"),
        ({"after": {"next_visit": "2026-03-09"}}, "- Next visit 2026-03-09"),
        ({"course": {"id": "C-1"}}, "- Course C-1: an infusion"),
        ({"devices": [{"id": "p", "type": "infusion-pump"}]}, "Devices: infusion-pump"),
        ({"location": {"name": "Room 1"}}, "Place: Room 1"),
        ({"preparation": {"pregnancy_test": {"result": "not-done"}}}, "- Pregnancy test: not done"),
        (
            {
                "events": [
                    at(
                        1,
                        "medication",
                        drug={"key": "ondansetron"},
                        dose={"value": 4, "unit": "mg"},
                        purpose="premedication",
                    )
                ]
            },
            "- 10:01 Ondansetron 4 mg, premedication",
        ),
    ],
)  # fmt: skip
def test_lines(changes: dict[str, Any], line: str) -> None:
    assert line in note(**changes).splitlines()
