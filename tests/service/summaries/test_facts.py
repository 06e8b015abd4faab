"""What the page says is what the record says, worked out a second time from the record alone."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from golden_sessions import at, fixture_sessions, session

from mappings import InfusionSession

SESSIONS = fixture_sessions()
WRONG_AT_FIRST = "07-corrected.1"  # its doses contradict each other on purpose
FIELDS = {
    "Systolic pressure, mmHg": "systolic",
    "Diastolic pressure, mmHg": "diastolic",
    "Mean pressure, mmHg": "mean",
    "Heart rate, /min": "heart_rate",
    "SpO\u2082, %": "oxygen_saturation",
    "Respiratory rate, /min": "respiratory_rate",
}


def plain(value: Decimal) -> str:
    return f"{value.normalize():f}".replace("-", "\u2212")


def events(session: InfusionSession, type_: str) -> list[Any]:
    return sorted((e for e in session.events if e.type == type_), key=lambda e: e.time)


def names(with_type: str) -> list[str]:
    return [name for name, session in SESSIONS.items() if events(session, with_type)]


@pytest.mark.parametrize("name", SESSIONS)
def test_head_says_who_when_and_why(name: str, show: Any) -> None:
    session = SESSIONS[name]
    head = show(session).root.all("header")[0].text
    patient = session.patient
    assert f"{' '.join((*patient.given, patient.family))}, born {patient.birth_date}" in head
    assert f"record number {patient.mrn}" in head
    assert f"{session.start:%Y-%m-%d}, {session.start:%H:%M}" in head
    assert all(concept.text in head for concept in session.indications if concept.text)


@pytest.mark.parametrize("name", [n for n in names("infusion-start") if n != WRONG_AT_FIRST])
def test_dose_is_the_recorded_one_in_mg_and_by_weight(name: str, show: Any) -> None:
    session = SESSIONS[name]
    recorded, weight = session.medications[0].recorded_dose, session.preparation.weight
    assert recorded
    assert weight
    by_weight = round(recorded.value / weight.value, 3)
    said = plain(by_weight) if len(plain(by_weight)) > 4 else f"{by_weight:.2f}"
    (dose,) = show(session).doses
    assert f": {plain(recorded.value)} mg ({said} mg/kg) over " in dose


@pytest.mark.parametrize("name", names("infusion-start"))
def test_each_reading_is_the_charted_one(name: str, show: Any) -> None:
    session = SESSIONS[name]
    begun = events(session, "infusion-start")[0].time
    table = show(session).table("Vital sign")
    for heading, field in FIELDS.items():
        charted = [(e.time, getattr(e, field)) for e in events(session, "vital-signs") if getattr(e, field) is not None]
        if not charted:
            assert heading not in table
            continue
        after = [reading for reading in charted if reading[0] > begun]
        high = max((value for _, value in after), default=None)
        low = min((value for _, value in after), default=None)
        expected = [
            next((r for r in reversed(charted) if r[0] <= begun), None),
            next((r for r in after if r[1] == high), None),
            next((r for r in after if r[1] == low), None),
            charted[-1],
        ]
        assert table[heading] == [said(reading) for reading in expected]


def said(reading: tuple[datetime, Decimal] | None) -> str:
    return f"{plain(reading[1])} {reading[0]:%H:%M}" if reading else "not charted"


@pytest.mark.parametrize("name", names("reaction"))
def test_each_reaction_stands_in_the_table_and_on_the_chart(name: str, show: Any) -> None:
    page, found = show(SESSIONS[name]), events(SESSIONS[name], "reaction")
    table = page.table("Mark")
    assert len(table) == len(found) + 1
    for place, event in enumerate(found, start=1):
        time, _, severity, action, outcome = table[f"R{place}"]
        assert time == f"{event.time:%H:%M}" + (f" to {event.end:%H:%M}" if event.end else "")
        assert (severity, outcome) == (event.severity, event.outcome)
        assert action.startswith(event.action or "none recorded")
        assert ("Infusion stopped for it." in action) is event.infusion_stopped
    assert [mark.text for mark in page.root.all("text", class_="badge-words")] == [k for k in table if k]


@pytest.mark.parametrize("name", SESSIONS)
def test_nothing_that_staff_wrote_is_left_out(name: str, show: Any) -> None:
    session = SESSIONS[name]
    text = show(session).text
    written = [session.status_reason, session.after.instructions, str(session.after.next_visit or "")]
    for event in session.events:
        written += [getattr(event, word, None) for word in ("reason", "note", "text", "criteria", "escort", "action")]
    assert [words for words in written if isinstance(words, str) and words not in text] == []


@pytest.mark.parametrize("name", names("medication"))
def test_other_medication(name: str, show: Any) -> None:
    rows = [row.text for row in show(SESSIONS[name]).root.all("tr")]
    for event in events(SESSIONS[name], "medication"):
        dose = f"{plain(event.dose.value)} {event.dose.unit} {event.route} {event.purpose}"
        assert any(row.startswith(f"{event.time:%H:%M}") and dose in row for row in rows)


def test_plain_session_by_hand(show: Any) -> None:
    """0.75 mg/kg/h × 80 kg × 40/60 h = 40 mg; read off the file by a person."""
    page = show(SESSIONS["01-plain-40-minutes"])
    assert page.doses == ["Ketamine injectable solution: 40 mg (0.50 mg/kg) over 40 min"]
    table = page.table("Weight 80 kg")
    assert table["ordered"] == ["40 mg", "0.50 mg/kg", "40 min", "60 mg"]
    assert table["given"] == ["40 mg 100 % of the order", "0.50 mg/kg", "40 min", ""]
    assert page.table("Vital sign")["Systolic pressure, mmHg"] == ["120 09:40", "146 10:10", "121 11:15", "121 11:15"]
    assert "At 0.75 mg/kg/h throughout, 09:45 to 10:25." in page.text
    assert "CADSS total score: 14 points at 10:26 · Modified Aldrete score: 10 points at 11:22" in page.text


def test_pain_session_by_hand(show: Any) -> None:
    """70 kg: 14 + 14 + 42 + 10 + 10 + 28 mg; the order of 84 mg was for the infusion, so no percentage is claimed."""
    page = show(SESSIONS["02-pain-4-hours-boluses"])
    assert page.doses == ["Ketamine injectable solution: 118 mg (1.686 mg/kg) over 240 min (4 h), 3 boluses included"]
    table = page.table("Weight 70 kg")
    assert table["ordered"] == ["84 mg", "1.20 mg/kg", "240 min", "", "140 mg"]
    assert table["given"] == ["118 mg 84 mg infused", "1.686 mg/kg", "240 min", "34 mg in 3", ""]
    steps = [row.text for row in page.root.all("table")[1].all("tr")][1:]
    assert steps == [
        "08:30 bolus 0.20 mg/kg 14 mg Loading dose",
        "08:30 to 09:30 0.2 mg/kg/h 14 mg",
        "09:30 to 11:30 0.3 mg/kg/h 42 mg Protocol step, well tolerated",
        "10:05 bolus 10 mg 10 mg Breakthrough pain",
        "11:00 bolus 10 mg 10 mg Breakthrough pain",
        "11:30 to 12:30 0.4 mg/kg/h 28 mg Protocol step, well tolerated",
    ]


def test_reading_at_the_very_start_is_the_baseline(show: Any) -> None:
    readings = [
        at(0, "vital-signs", systolic=110),
        at(5, "vital-signs", systolic=190),
        at(9, "vital-signs", systolic=150),
    ]
    infusion = [at(5, "infusion-start", rate={"value": 1, "unit": "mg/kg/hr"}), at(45, "infusion-stop")]
    table = show(session(events=[*readings, *infusion])).table("Vital sign")
    assert table["Systolic pressure, mmHg"] == ["190 10:05", "150 10:09", "150 10:09", "150 10:09"]


def test_pause_is_a_step_that_gives_nothing(show: Any) -> None:
    page = show(SESSIONS["04-pause"])
    assert "32.5 mg (0.50 mg/kg) over 40 min, paused for 6 min" in page.doses[0]
    assert "10:40 to 10:46 pause 0 mg Burning at the cannula, line checked and moved to the other arm" in page.text
