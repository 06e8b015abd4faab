"""Delimited text tables, read with their line numbers so that every fault has a place."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path

from service.errors import Rejected

ABSENT = frozenset({"", "NA", "n/a"})


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a table. Column names are in lower case; what the source marks as absent reads as ``""``."""

    place: str
    cells: Mapping[str, str]

    def text(self, column: str) -> str:
        value = self.cells.get(column, "").strip()
        return "" if value in ABSENT else value

    def number(self, column: str) -> Decimal:
        """The digits as written. Raises Rejected naming line and column."""
        try:
            value = Decimal(self.text(column))
        except InvalidOperation:
            raise Rejected(f"{self.place}: '{column}' is not a number", code="value") from None
        if not value.is_finite():
            raise Rejected(f"{self.place}: '{column}' is not a number", code="value")
        return value

    def local_time(self, column: str) -> datetime:
        """A time without a zone. Raises Rejected naming line and column."""
        try:
            return datetime.fromisoformat(self.text(column)).replace(tzinfo=None)
        except ValueError:
            raise Rejected(f"{self.place}: '{column}' is not a time", code="value") from None


def read_table(path: Path, columns: Iterable[str], delimiter: str = ",") -> Iterator[Line]:
    """The rows of a table that must have these columns. Raises Rejected when it has not, or is not such a text."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file, delimiter=delimiter)
        try:
            header = [name.strip().lower() for name in next(reader, [])]
            missing = [column for column in columns if column not in header]
            if missing:
                raise Rejected(f"{path.name} lacks the columns {', '.join(missing)}", code="structure")
            for values in reader:
                yield Line(f"{path.name}:{reader.line_num}", dict(zip(header, values, strict=False)))
        except csv.Error:
            raise Rejected(f"{path.name}:{reader.line_num} is not a line of a table", code="structure") from None
