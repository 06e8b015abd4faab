"""NIMH participants become sessions with their scores; nothing is made up and nothing is lost unexplained."""

from __future__ import annotations

import csv
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest
from real_data import real_data

from mappings import check_session, load_clinic, parse_session
from mappings.events import Score
from mappings.infusion import segments
from mappings.session import InfusionSession
from service.importers import Row, read_file

PEOPLE = "participant_id\tage\tsex\tBMI\tgroup\tinfusion_1\tinfusion_2"
VISITS = "participant_id\tsession_id\tMADRS_Total\tHAMD_Bech\tHAM17_Total"
INSTRUMENTS = {"MADRS_Total": "madrs", "HAMD_Bech": "hamd6", "HAM17_Total": "hamd17"}


def rows() -> list[Row]:
    return list(read_file(real_data("participants.tsv")))


def sessions(found: list[Row]) -> list[InfusionSession]:
    return [parse_session(row.data) for row in found if row.data is not None]


def table(name: str) -> list[dict[str, str]]:
    with real_data(name).open(newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def scores(session: InfusionSession) -> list[Score]:
    return [event for event in session.events if isinstance(event, Score)]


def write(folder: Path, people: list[str], visits: list[str]) -> list[Row]:
    (folder / "participants.tsv").write_text("\n".join([PEOPLE, *people]) + "\n")
    (folder / "phenotype.tsv").write_text("\n".join([VISITS, *visits]) + "\n")
    return list(read_file(folder / "participants.tsv"))


def test_every_infusion_and_every_participant_with_scores_has_a_session() -> None:
    people = table("participants.tsv")
    infusions = sum(row[f"infusion_{n}"] != "n/a" for row in people for n in (1, 2))
    found = Counter(session.status for session in sessions(rows()))
    assert found["completed"] == infusions
    assert found["not-done"] == 4


def test_every_score_of_the_source_arrives_once() -> None:
    given = Counter(
        (INSTRUMENTS[column], Decimal(row[column]))
        for row in table("phenotype.tsv")
        for column in INSTRUMENTS
        if row[column] != "n/a"
    )
    found = Counter((score.instrument, score.total) for session in sessions(rows()) for score in scores(session))
    assert found == given


def test_two_empty_participants_are_refused_and_the_reason_is_said() -> None:
    refused = [row for row in rows() if row.data is None]
    assert [row.place for row in refused] == ["participants.tsv:17", "participants.tsv:57"]
    assert all("neither an infusion nor a score" in row.issues[0].text for row in refused)


def test_no_session_is_parked_and_no_dose_is_made_up() -> None:
    clinic = load_clinic()
    for session in sessions(rows()):
        assert segments(session) == []
        assert session.order is None
        assert not any(issue.is_error for issue in check_session(session, clinic))


def test_scores_keep_their_distance_to_the_infusion(tmp_path: Path) -> None:
    visits = ["sub-A\tses-b0\t30\tn/a\tn/a", "sub-A\tses-p2\t29\tn/a\tn/a", "sub-A\tses-d10\t12\tn/a\tn/a"]
    first, second = sessions(write(tmp_path, ["sub-A\t29\tF\t22\tMDD\tp\td"], visits))
    assert [(s.total, s.time < first.start) for s in scores(first)] == [(30, True), (29, False)]
    assert (scores(first)[1].time - first.start).days == 2
    assert [(s.total, (s.time - second.start).days) for s in scores(second)] == [(12, 10)]
    assert [m.drug.text for m in (*first.medications, *second.medications)] == ["Placebo", "Ketamine"]


def test_age_becomes_a_year_of_birth_and_no_more(tmp_path: Path) -> None:
    (session,) = sessions(write(tmp_path, ["sub-A\t29\tn/a\t22\tHC\td\tn/a"], []))
    assert session.patient.birth_date == "1970"
    assert session.patient.sex == "unknown"


def test_gaps_are_counted(tmp_path: Path) -> None:
    (row,) = write(tmp_path, ["sub-A\t29\tF\t22\tMDD\td\tn/a"], ["sub-A\tses-b0\t30\tn/a\tn/a"])
    assert any(issue.text.startswith("2 scores are n/a") for issue in row.issues)


@pytest.mark.parametrize(
    ("person", "visit", "text"),
    [
        ("sub-A\tn/a\tF\t22\tMDD\td\tn/a", "sub-A\tses-b0\t30\t1\t1", "'age' is not a number"),
        ("sub-A\t29\tF\t22\tMDD\tx\tn/a", "sub-A\tses-b0\t30\t1\t1", "kind of infusion"),
        ("sub-A\t29\tF\t22\tMDD\td\tn/a", "sub-A\tses-p2\t30\t1\t1", "does not name"),
        ("sub-A\t29\tF\t22\tMDD\td\tn/a", "sub-B\tses-b0\t30\t1\t1", "no such participant"),
        ("sub-A\t29\tF\t22\tMDD\td\tn/a", "sub-A\tses-q9\t30\t1\t1", "does not describe"),
        ("sub-A\t29\tF\t22\tMDD\td\tn/a", "sub-A\tses-b0\tmany\t1\t1", "'madrs_total' is not a number"),
    ],
)
def test_what_cannot_be_placed_is_refused_with_a_reason(tmp_path: Path, person: str, visit: str, text: str) -> None:
    refused = [row for row in write(tmp_path, [person], [visit]) if row.data is None]
    assert any(text in issue.text for row in refused for issue in row.issues)


def test_phenotype_alone_is_refused_with_advice(tmp_path: Path) -> None:
    write(tmp_path, [], [])
    (row,) = read_file(tmp_path / "phenotype.tsv")
    assert "participants.tsv" in row.issues[0].text
