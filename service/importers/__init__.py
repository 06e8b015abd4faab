"""Files of other shapes become session documents. Importers read; they neither judge nor store.

``read_file`` yields one Row per session, in the order of the file. A part that cannot be read is a Row without data
that says where and why; the rest of the file goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Literal

from service.errors import ServiceError
from service.importers.mimic import read_mimic
from service.importers.nimh import read_nimh
from service.importers.row import Row, refused
from service.importers.session_files import count_lines, read_sessions

__all__ = ["READERS", "Format", "Row", "count_lines", "guess_format", "read_file"]

Format = Literal["session", "mimic", "nimh"]
READERS: Mapping[Format, Callable[[Path], Iterator[Row]]] = {
    "session": read_sessions,
    "mimic": read_mimic,
    "nimh": read_nimh,
}
SUFFIXES: Mapping[str, Format] = {".csv": "mimic", ".tsv": "nimh"}


def read_file(path: Path, format: Format | None = None) -> Iterator[Row]:
    """The sessions of one file; without a format its name tells. Never raises for what a file holds."""
    try:
        yield from READERS[format or guess_format(path)](path)
    except ServiceError as error:
        yield Row(path.name, None, error.issues)
    except UnicodeDecodeError:
        yield refused(path.name, "structure", "the file is not UTF-8")
    except OSError as error:
        yield refused(path.name, "not-found", f"the file cannot be read: {type(error).__name__}")


def guess_format(path: Path) -> Format:
    """``.csv`` is a MIMIC table, ``.tsv`` a NIMH one; everything else is JSON or NDJSON."""
    return SUFFIXES.get(path.suffix.lower(), "session")
