"""JSON and NDJSON files: a bad document costs itself, and its place is named."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from service.fhirjson import MAX_BYTES
from service.importers import count_lines, guess_format, read_file


def test_ndjson_goes_on_after_a_bad_line(tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson"
    path.write_bytes(b'{"number":"1"}\n{"number":\n\n[1]\n{"a":1,"a":2}\n{"number":"2"}')
    rows = list(read_file(path))
    assert [(row.place, row.data is None) for row in rows] == [
        ("a.ndjson:1", False),
        ("a.ndjson:2", True),
        ("a.ndjson:4", True),
        ("a.ndjson:5", True),
        ("a.ndjson:6", False),
    ]
    assert all(row.issues for row in rows if row.data is None)


def test_line_that_is_too_long_costs_that_line(tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson"
    path.write_bytes(b'{"a":"' + b"x" * 3 * MAX_BYTES + b'"}\n{"number":"2"}\n')
    long, short = read_file(path)
    assert long.issues[0].code == "too-long"
    assert (short.place, short.data) == ("a.ndjson:2", {"number": "2"})


def test_json_holds_one_document_or_a_list(tmp_path: Path) -> None:
    one, many = tmp_path / "one.json", tmp_path / "many.json"
    one.write_text('{"rate": 0.50}')
    many.write_text('[{"number":"1"}, 5]')
    (row,) = read_file(one)
    assert row.data == {"rate": Decimal("0.50")}
    assert [(row.place, row.data is None) for row in read_file(many)] == [
        ("many.json[0]", False),
        ("many.json[1]", True),
    ]


@pytest.mark.parametrize(
    "content", [b"", b"{", b"\xff\xfe", b'{"a":NaN}', b"[" * 100 + b"]" * 100, b'{"a":"\\u0000"}', b'{"a":1}{"b":2}']
)
def test_broken_file_is_one_refused_row(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.json"
    path.write_bytes(content)
    (row,) = read_file(path)
    assert row.data is None
    assert row.issues[0].is_error


@pytest.mark.parametrize("name", ["none.json", "none.ndjson", "none.csv", "participants.tsv"])
def test_file_that_is_not_there_is_one_refused_row(tmp_path: Path, name: str) -> None:
    (row,) = read_file(tmp_path / name)
    assert row.data is None


@pytest.mark.parametrize(
    ("name", "format_"),
    [("a.json", "session"), ("a.ndjson", "session"), ("A.CSV", "mimic"), ("a.tsv", "nimh"), ("a", "session")],
)
def test_name_tells_the_format(name: str, format_: str) -> None:
    assert guess_format(Path(name)) == format_


def test_table_of_another_encoding_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "participants.tsv"
    path.write_bytes(b"participant_id\tage\xff\n")
    (row,) = read_file(path)
    assert row.issues[0].code == "structure"


def test_lines_are_counted_for_the_progress_bar(tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson"
    path.write_bytes(b"{}\n{}\n{}")
    assert count_lines(path) == 3
    assert count_lines(tmp_path / "a.json") is None
