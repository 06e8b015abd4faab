"""MIMIC-III (MetaVision) tables → one session per ICU stay: infusions, boluses, vital signs.

Give the inputevents table; the chartevents and patients tables are found beside it by name
(``…inputevents_mv.csv`` → ``…chartevents.csv``, ``…patients.csv``). MIMIC shifts its dates into the future and keeps
local times without a zone: they are written with ``+00:00``, and a note in each session says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from service.errors import Issue, Rejected
from service.importers.mimic_infusions import Infusion, infusion_events, infusion_of, medications_of, on_lanes
from service.importers.mimic_vitals import Chart, read_charts
from service.importers.row import Row, refused, remark
from service.importers.tables import Line, read_table

SUBJECT = "urn:x-mimic-iii:subject_id"
SEXES = {"M": "male", "F": "female"}
INPUTS = ("subject_id", "icustay_id", "starttime", "endtime", "itemid", "amount", "amountuom", "rate", "rateuom")
MORE_INPUTS = ("ordercategorydescription", "patientweight", "statusdescription")
NO_ZONE = "MIMIC shifts its dates and keeps local times without a zone; +00:00 stands for that local time."


@dataclass
class Stay:
    """The rows of one ICU stay as they are gathered."""

    number: str
    subject: str
    place: str
    infusions: list[Infusion] = field(default_factory=list)
    weights: set[Decimal] = field(default_factory=set)
    rewritten: int = 0
    faults: list[Issue] = field(default_factory=list)


def read_mimic(path: Path) -> Iterator[Row]:
    """One Row per ICU stay. A row that cannot be read costs its whole stay: half a dose is a wrong dose."""
    stays = _stays(path)
    patients = _patients(_beside(path, "patients"))
    charts_path = _beside(path, "chartevents")
    charts = read_charts(charts_path, frozenset(stays)) if charts_path.exists() else {}
    for stay in stays.values():
        patient = patients.get(stay.subject)
        if patient is None:
            yield refused(stay.place, "incomplete", "the patients table has no row for this stay")
        else:
            yield _row(stay, patient, charts.get(stay.number))


def _beside(path: Path, table: str) -> Path:
    name = path.name
    at = name.lower().find("inputevents")
    if at < 0:
        raise Rejected("give the inputevents table; the other tables are found beside it", code="not-supported")
    return path.with_name(name[:at] + (table.upper() if name[at].isupper() else table) + path.suffix)


def _stays(path: Path) -> dict[str, Stay]:
    stays: dict[str, Stay] = {}
    for line in read_table(path, (*INPUTS, *MORE_INPUTS)):
        number = line.text("icustay_id") or line.place
        stay = stays.setdefault(number, Stay(number, line.text("subject_id"), line.place))
        if line.text("statusdescription") == "Rewritten":
            stay.rewritten += 1
        else:
            _gather(stay, line)
    return stays


def _gather(stay: Stay, line: Line) -> None:
    try:
        if not line.text("icustay_id"):
            raise Rejected(f"{line.place}: 'icustay_id' is missing", code="required")
        stay.infusions.append(infusion_of(line))
        if line.text("patientweight"):
            stay.weights.add(line.number("patientweight"))
        if len(stay.weights) > 1:
            raise Rejected(f"{line.place}: another weight than before in this stay; a session has one", code="conflict")
    except Rejected as error:
        stay.faults.extend(error.issues)


def _patients(path: Path) -> Mapping[str, Line]:
    if not path.exists():
        raise Rejected(f"{path.name} is needed beside the inputevents table", code="not-found")
    return {line.text("subject_id"): line for line in read_table(path, ("subject_id", "gender", "dob"))}


def _row(stay: Stay, patient: Line, chart: Chart | None) -> Row:
    if stay.faults:
        return Row(stay.place, None, tuple(stay.faults))
    if not stay.infusions:
        return refused(stay.place, "incomplete", "every row of this stay is Rewritten: nothing was given")
    try:
        born = patient.local_time("dob")
    except Rejected as error:
        return Row(stay.place, None, error.issues)
    remarks = [NO_ZONE, *_left_out(stay, chart)]
    return Row(stay.place, _session(stay, patient, born, chart, remarks), tuple(remark(text) for text in remarks))


def _left_out(stay: Stay, chart: Chart | None) -> Iterator[str]:
    if stay.rewritten:
        yield f"{stay.rewritten} input rows charted as Rewritten were left out: other rows replaced them."
    if chart is None:
        yield "No vital signs are charted for this stay."
        return
    if chart.wrong:
        yield f"{chart.wrong} vital signs marked as errors in MIMIC were left out."
    if chart.unread:
        yield f"{chart.unread} charted vital signs without a number were left out."
    if chart.other:
        yield f"{chart.other} charted rows of other items were left out."


def _session(stay: Stay, patient: Line, born: datetime, chart: Chart | None, remarks: list[str]) -> dict[str, Any]:
    lanes = on_lanes(stay.infusions)
    vital_signs = chart.events if chart else []
    events = sorted([*infusion_events(lanes), *vital_signs], key=lambda event: event["time"])
    start, end = events[0]["time"], max(event["time"] for event in events)
    notes = [{"type": "note", "time": start, "text": text} for text in remarks]
    return {
        "number": f"mimic-iii-stay-{stay.number}",
        "status": "completed",
        "patient": {
            "identifiers": [{"system": SUBJECT, "value": stay.subject}],
            "family": f"MIMIC-{stay.subject}",
            "birth_date": born.date().isoformat(),
            "sex": SEXES.get(patient.text("gender"), "unknown"),
        },
        "start": start,
        "end": end,
        **({"preparation": {"weight": _weight(stay)}} if stay.weights else {}),
        "medications": medications_of(lanes),
        "events": [*notes, *events],
    }


def _weight(stay: Stay) -> dict[str, Any]:
    (weight,) = stay.weights
    return {"value": weight, "unit": "kg"}
