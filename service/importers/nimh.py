"""NIMH ketamine study (OpenNeuro ds005917) → one session per infusion, with the depression scores around it.

Give ``participants.tsv``; ``phenotype.tsv`` is read beside it. The data set has no dates, doses or rates, and none are
made up: sessions carry the drug and the scores. Their dates only keep the order and the distances that the set gives:

- the first infusion lies on ``ANCHOR`` at 10:00, the second ``BETWEEN`` days later; baseline scores an hour before the
  first; the others 2 and 10 days after their infusion;
- the anchor is a 31 December, so year minus age is the year of birth, and only that year is given.

A participant without any infusion but with scores becomes a session that was not done and carries the baseline.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from service.errors import Rejected
from service.importers.row import Row, refused, remark
from service.importers.tables import Line, read_table

ANCHOR = datetime(1999, 12, 31, 10, tzinfo=UTC)
BETWEEN = timedelta(days=14)
PARTICIPANT = "urn:x-openneuro:ds005917:participant_id"
INSTRUMENTS = {"madrs_total": "madrs", "hamd_bech": "hamd6", "ham17_total": "hamd17"}
# session of the data set → which infusion it follows, and after how long
VISITS = {
    "ses-b0": ("", -timedelta(hours=1)),
    "ses-d2": ("d", timedelta(days=2)),
    "ses-d10": ("d", timedelta(days=10)),
    "ses-p2": ("p", timedelta(days=2)),
    "ses-p10": ("p", timedelta(days=10)),
}
DRUGS: Mapping[str, dict[str, str]] = {
    "d": {"key": "ketamine", "text": "Ketamine"},
    "p": {"text": "Placebo"},
}
SEXES = {"M": "male", "F": "female"}
GROUPS = {"MDD": "major depressive disorder", "BP": "bipolar", "HC": "healthy control"}
INDICATIONS = {"MDD": "Major depressive disorder", "BP": "Bipolar disorder"}
DATES = "The data set has no dates: these keep only the order and the distance of its visits. It has no doses or rates."


@dataclass
class Scores:
    """The scores of one participant by the infusion they follow (``""``: baseline), and the gaps among them."""

    by_infusion: dict[str, list[tuple[timedelta, str, Decimal]]] = field(default_factory=dict)
    gaps: int = 0


def read_nimh(path: Path) -> Iterator[Row]:
    """One Row per infusion or not-done session; refused Rows say what could not be placed."""
    if path.name.startswith("phenotype"):
        raise Rejected("give participants.tsv; phenotype.tsv is read beside it", code="not-supported")
    participants = list(read_table(path, ("participant_id", "age", "sex", "group", "infusion_1", "infusion_2"), "\t"))
    scores: dict[str, Scores] = {line.text("participant_id"): Scores() for line in participants}
    columns = ("participant_id", "session_id", *INSTRUMENTS)
    for line in read_table(path.with_name("phenotype.tsv"), columns, "\t"):
        try:
            _gather(scores, line)
        except Rejected as error:
            yield Row(line.place, None, error.issues)
    for line in participants:
        yield from _participant(line, scores[line.text("participant_id")])


def _gather(scores: Mapping[str, Scores], line: Line) -> None:
    mine = scores.get(line.text("participant_id"))
    if mine is None:
        raise Rejected("participants.tsv has no such participant", code="not-found")
    given = {instrument: line.number(column) for column, instrument in INSTRUMENTS.items() if line.text(column)}
    mine.gaps += len(INSTRUMENTS) - len(given)
    visit = VISITS.get(line.text("session_id"))
    if visit is None and given:
        raise Rejected("scores of a visit that the data set does not describe", code="code-invalid")
    if visit is not None:
        found = mine.by_infusion.setdefault(visit[0], [])
        found.extend((visit[1], instrument, total) for instrument, total in given.items())


def _participant(line: Line, scores: Scores) -> Iterator[Row]:
    infusions = {number: kind for number in (1, 2) if (kind := line.text(f"infusion_{number}"))}
    if not infusions and not any(scores.by_infusion.values()):
        yield refused(line.place, "incomplete", "neither an infusion nor a score: there is no session in this row")
        return
    try:
        patient = _patient(line)
    except Rejected as error:
        yield Row(line.place, None, error.issues)
        return
    remarks = [DATES, *([f"{scores.gaps} scores are n/a in the source and were left out."] if scores.gaps else [])]
    about = {"patient": patient, **_indications(line)}
    notes = [*remarks, _remaining_columns(line)]
    for place, session in _sessions(line, infusions, scores, notes):
        yield Row(place, {**session, **about}, tuple(map(remark, remarks)))
    yield from _strays(line, infusions, scores)


def _patient(line: Line) -> dict[str, Any]:
    """Raises Rejected without an age: then there is no year of birth."""
    name = line.text("participant_id")
    return {
        "identifiers": [{"system": PARTICIPANT, "value": name}],
        "family": name,
        "birth_date": str(ANCHOR.year - int(line.number("age"))),
        "sex": SEXES.get(line.text("sex"), "unknown"),
    }


def _indications(line: Line) -> dict[str, Any]:
    words = INDICATIONS.get(line.text("group"))
    return {"indications": [{"text": words}]} if words else {}


def _remaining_columns(line: Line) -> str:
    """What has no field of its own in a session record."""
    group = line.text("group")
    return (
        f"Study group: {GROUPS.get(group, group) or 'not given'}. Body mass index: {line.text('bmi') or 'not given'}."
    )


def _sessions(
    line: Line, infusions: Mapping[int, str], scores: Scores, notes: Sequence[str]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """The sessions of one participant, each with its place; baseline scores belong to the first."""
    name = line.text("participant_id")
    if not infusions:
        reason = {"status_reason": "No infusion is recorded for this participant."}
        yield line.place, _session(f"nimh-{name}-0", "not-done", ANCHOR, notes, _events(ANCHOR, "", scores)) | reason
    for number, kind in infusions.items():
        if kind not in DRUGS:
            continue
        start = ANCHOR + (number - 1) * BETWEEN
        baseline = _events(start, "", scores) if number == min(infusions) else []
        session = _session(f"nimh-{name}-{number}", "completed", start, notes, baseline + _events(start, kind, scores))
        course = {"id": f"nimh-{name}", "number": number, "planned": 2}
        drug = {"label": DRUGS[kind]["text"].lower(), "drug": DRUGS[kind]}
        yield f"{line.place} infusion {number}", {**session, "course": course, "medications": [drug]}


def _session(
    number: str, status: str, start: datetime, notes: Sequence[str], events: Sequence[dict[str, Any]]
) -> dict[str, Any]:
    said = [{"type": "note", "time": start.isoformat(), "text": text} for text in notes]
    return {"number": number, "status": status, "start": start.isoformat(), "events": [*said, *events]}


def _events(start: datetime, follows: str, scores: Scores) -> list[dict[str, Any]]:
    return [
        {"type": "score", "time": (start + after).isoformat(), "instrument": instrument, "total": total}
        for after, instrument, total in scores.by_infusion.get(follows, [])
    ]


def _strays(line: Line, infusions: Mapping[int, str], scores: Scores) -> Iterator[Row]:
    """What the participant's row and the scores do not agree on."""
    for number, kind in infusions.items():
        if kind not in DRUGS:
            text = "a kind of infusion that the data set does not describe"
            yield refused(f"{line.place} infusion {number}", "code-invalid", text)
    for kind in scores.by_infusion:
        if kind and kind not in infusions.values() and scores.by_infusion[kind]:
            yield refused(line.place, "conflict", "scores after an infusion that the participant's row does not name")
