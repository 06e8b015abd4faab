"""MIMIC-III rows become sessions whose computed doses are the recorded ones."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from real_data import real_data

from mappings import check_session, load_clinic, parse_session
from mappings.events import Note, Pause, Resume, VitalSigns
from mappings.infusion import Segment, segments, total_dose_mg
from mappings.session import InfusionSession
from service.importers import Row, read_file

TABLE = "mimic3demo_inputevents_mv.csv"
MILLIGRAMS = {"mg": Decimal(1), "mcg": Decimal("0.001")}
# The source writes amounts and rates to ten digits or fewer, and our segments are exact to a nanogram.
RELATIVE = Decimal("1e-6")
NANOGRAM = Decimal("0.000001")

INPUT_HEADER = (
    "subject_id,icustay_id,starttime,endtime,itemid,amount,amountuom,rate,rateuom,"
    "ordercategorydescription,patientweight,statusdescription,label"
)
DRIP = "7,70,2150-01-01 08:00:00,2150-01-01 09:00:00,1,{amount},mg,{amount},mg/hour,Continuous Med,70,{status},Drug A"


def sessions() -> dict[str, InfusionSession]:
    rows = list(read_file(real_data(TABLE)))
    return {s.number.removeprefix("mimic-iii-stay-"): s for s in (parse_session(row.data) for row in rows)}


def valid_rows() -> list[dict[str, str]]:
    with real_data(TABLE).open(newline="") as file:
        return [row for row in csv.DictReader(file) if row["statusdescription"] != "Rewritten"]


def segment_of(row: dict[str, str], found: Sequence[Segment], labels: dict[str, str]) -> Segment:
    """The one segment that the row became: same drug, same start, same kind."""
    kind = "bolus" if row["ordercategorydescription"] == "Drug Push" else "infusion"
    start = row["starttime"].replace(" ", "T") + "+00:00"
    matches = [
        s for s in found if labels[s.medication] == row["label"] and s.kind == kind and s.start.isoformat() == start
    ]
    (match,) = matches
    return match


def write(folder: Path, inputs: Sequence[str], charts: Sequence[str] | None = None) -> list[Row]:
    """A small data set of the same shape, read back."""
    (folder / "x_inputevents_mv.csv").write_text("\n".join([INPUT_HEADER, *inputs]) + "\n")
    (folder / "x_patients.csv").write_text("subject_id,gender,dob\n7,F,2100-05-06 00:00:00\n")
    if charts is not None:
        header = "icustay_id,itemid,charttime,valuenum,error"
        (folder / "x_chartevents.csv").write_text("\n".join([header, *charts]) + "\n")
    return list(read_file(folder / "x_inputevents_mv.csv"))


def only(rows: list[Row]) -> InfusionSession:
    (row,) = rows
    return parse_session(row.data)


def test_each_valid_row_computes_to_its_recorded_amount() -> None:
    found = sessions()
    rows = valid_rows()
    assert len(rows) == 61
    for row in rows:
        session = found[row["icustay_id"]]
        labels = {m.label: m.drug.text or "" for m in session.medications}
        segment = segment_of(row, segments(session), labels)
        amount = Decimal(row["amount"]) * MILLIGRAMS[row["amountuom"]]
        assert segment.dose_mg is not None
        assert abs(segment.dose_mg - amount) <= max(amount * RELATIVE, NANOGRAM), f"row {row['row_id']}"


def test_no_segment_stands_for_no_row() -> None:
    assert sum(len(segments(session)) for session in sessions().values()) == len(valid_rows())


def test_stay_216185_received_1682_56_mg_of_propofol() -> None:
    given = total_dose_mg(sessions()["216185"], "propofol")
    assert given is not None
    assert given.quantize(Decimal("0.01")) == Decimal("1682.56")


def test_totals_equal_the_sums_of_the_recorded_amounts() -> None:
    sums: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for row in valid_rows():
        sums[row["icustay_id"], row["label"]] += Decimal(row["amount"]) * MILLIGRAMS[row["amountuom"]]
    stated = {
        (stay, medication.drug.text): medication.recorded_dose.value
        for stay, session in sessions().items()
        for medication in session.medications
        if medication.recorded_dose
    }
    assert stated == sums


def test_rewritten_rows_are_counted_in_a_note() -> None:
    notes = [event.text for event in sessions()["216185"].events if isinstance(event, Note)]
    assert any(note.startswith("9 input rows charted as Rewritten") for note in notes)


def test_every_stay_is_published_with_no_warning_but_that_its_drugs_have_no_code() -> None:
    clinic = load_clinic()
    issues = [issue for session in sessions().values() for issue in check_session(session, clinic)]
    assert {(issue.severity, issue.code) for issue in issues} == {("warning", "incomplete")}


def test_vital_signs_are_all_there_but_those_marked_as_errors() -> None:
    fields = set(VitalSigns.model_fields) - {"type", "time"}
    readings = sum(
        getattr(event, field) is not None
        for session in sessions().values()
        for event in session.events
        if isinstance(event, VitalSigns)
        for field in fields
    )
    with real_data("mimic3demo_chartevents.csv").open(newline="") as file:
        charted = sum(row["error"] != "1" for row in csv.DictReader(file))
    assert readings == charted


def test_paused_rows_become_a_pause_and_a_resumption() -> None:
    kinds = [type(event) for event in sessions()["205170"].events if isinstance(event, Pause | Resume)]
    assert kinds.count(Pause) == kinds.count(Resume) == 2


def test_digits_and_units_stay_as_charted(tmp_path: Path) -> None:
    charts = ["70,223761,2150-01-01 08:10:00,98.60,0"]
    rows = write(tmp_path, [DRIP.format(amount="2.50", status="Stopped")], charts)
    (reading,) = [event for event in only(rows).events if isinstance(event, VitalSigns)]
    assert reading.temperature is not None
    assert (str(reading.temperature.value), reading.temperature.unit) == ("98.60", "[degF]")


def test_overlapping_rows_of_one_drug_become_two_medications(tmp_path: Path) -> None:
    second = DRIP.format(amount="3", status="Stopped").replace("08:00:00", "08:30:00")
    session = only(write(tmp_path, [DRIP.format(amount="2", status="Stopped"), second]))
    assert [m.label for m in session.medications] == ["drug-a", "drug-a-2"]


def test_second_reading_at_the_same_minute_is_kept(tmp_path: Path) -> None:
    charts = ["70,220045,2150-01-01 08:10:00,70,0", "70,220045,2150-01-01 08:10:00,72,0"]
    session = only(write(tmp_path, [DRIP.format(amount="2", status="Stopped")], charts))
    assert [event.heart_rate for event in session.events if isinstance(event, VitalSigns)] == [70, 72]


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (("Continuous Med", "Continuous IV"), "order category"),
        ((",mg,", ",units,"), "not a mass"),
        (("09:00:00", "07:00:00"), "ends before"),
        (("2150-01-01 08:00:00", "yesterday"), "not a time"),
        ((",2,mg,", ",NaN,mg,"), "not a number"),
        (("7,70,", "7,NA,"), "icustay_id"),
    ],
)
def test_row_that_cannot_be_read_costs_its_stay_and_says_where(
    tmp_path: Path, change: tuple[str, str], text: str
) -> None:
    (row,) = write(tmp_path, [DRIP.format(amount="2", status="Stopped").replace(*change)])
    assert row.data is None
    assert text in row.issues[0].text
    assert "x_inputevents_mv.csv:2" in row.issues[0].text


def test_two_weights_in_one_stay_are_refused(tmp_path: Path) -> None:
    drip = DRIP.format(amount="2", status="Changed")
    (row,) = write(tmp_path, [drip, drip.replace(",70,Changed", ",71,Changed")])
    assert row.data is None


@pytest.mark.parametrize("missing", ["patients", "columns", "name"])
def test_missing_tables_and_columns_are_named(tmp_path: Path, missing: str) -> None:
    write(tmp_path, [])
    path = tmp_path / "x_inputevents_mv.csv"
    if missing == "patients":
        (tmp_path / "x_patients.csv").unlink()
    if missing == "columns":
        path.write_text("subject_id,icustay_id\n")
    if missing == "name":
        path = path.rename(tmp_path / "other.csv")
    (row,) = read_file(path)
    assert row.data is None
    assert row.issues[0].is_error


def test_refusals_name_no_patient(tmp_path: Path) -> None:
    (row,) = write(tmp_path, [DRIP.format(amount="2", status="Stopped").replace(",mg,", ",secret,")])
    said: Any = [(issue.text, issue.expression) for issue in row.issues]
    assert "secret" not in str(said)
