"""Session documents in JSON (one, or a list of them) and NDJSON (one per line)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from service.errors import Rejected, TooLarge
from service.fhirjson import MAX_BYTES, read_json
from service.importers.row import Row, refused

MAX_FILE = 100_000_000
LINE_SUFFIXES = (".ndjson", ".jsonl")


def read_sessions(path: Path) -> Iterator[Row]:
    """One Row per document. A line that cannot be read costs that line; a broken JSON file costs the file."""
    if path.suffix.lower() in LINE_SUFFIXES:
        with path.open("rb") as file:
            yield from _lines(file, path.name)
        return
    with path.open("rb") as file:
        data = file.read(MAX_FILE + 1)
    if len(data) > MAX_FILE:
        raise TooLarge(f"a JSON file may have {MAX_FILE} bytes; NDJSON has no such limit")
    document = read_json(data, max_bytes=MAX_FILE)
    if isinstance(document, list):
        yield from (_row(f"{path.name}[{i}]", item) for i, item in enumerate(document))
    else:
        yield _row(path.name, document)


def _lines(file: IO[bytes], name: str) -> Iterator[Row]:
    number = 0
    while line := file.readline(MAX_BYTES + 2):
        number += 1
        if len(line) > MAX_BYTES + 1:
            _skip_rest(file, line)
        if line.strip():
            yield _line(f"{name}:{number}", line.rstrip(b"\r\n"))


def _line(place: str, line: bytes) -> Row:
    try:
        return _row(place, read_json(line))
    except (Rejected, TooLarge) as error:
        return Row(place, None, error.issues)


def _skip_rest(file: IO[bytes], line: bytes) -> None:
    """Pass over the rest of a line that is too long, in pieces: it must not fill the memory."""
    while line and not line.endswith(b"\n"):
        line = file.readline(MAX_BYTES)


def _row(place: str, document: Any) -> Row:
    if isinstance(document, dict):
        return Row(place, document)
    return refused(place, "structure", "a session is a JSON object")


def count_lines(path: Path) -> int | None:
    """How many Rows an NDJSON file will have at most, without reading them; None for a file of another kind."""
    if path.suffix.lower() not in LINE_SUFFIXES or not path.is_file():
        return None
    with path.open("rb") as file:
        return sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(1 << 20), b"")) + 1
