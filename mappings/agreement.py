"""What the rows of a clinic file say of each other: a row that is named is there, and the PHQ-9 asks what it must."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mappings.alerts import DEATH_ITEM, PHQ9
from mappings.clinic import Response, Row

Tables = Mapping[str, Mapping[str, Row]]
Fault = tuple[str, str, str]  # table, key, text


def faults_across(tables: Tables, response: Response) -> Iterator[Fault]:
    instruments = tables.get("instrument", {})
    for key, row in instruments.items():
        yield from _missing(tables, key, row)
    yield from _unasked(instruments)
    yield from _thresholds(instruments, response)


def _missing(tables: Tables, key: str, row: Row) -> Iterator[Fault]:
    for name, others in (("items", row.items), ("answers", row.answers)):
        table = name.removesuffix("s")
        for other in others:
            if other not in tables.get(table, {}):
                yield f"instrument.{key}", name, f"the table {table} has no row {other}"


def _unasked(instruments: Mapping[str, Row]) -> Iterator[Fault]:
    """An answer to the question for thoughts of death raises a Flag: it is known by its key, wherever it stands."""
    items = instruments[PHQ9].items if PHQ9 in instruments else ()
    if items and DEATH_ITEM not in items:
        yield f"instrument.{PHQ9}", "items", f"{DEATH_ITEM} is not among them, which asks for thoughts of death"


def _thresholds(instruments: Mapping[str, Row], response: Response) -> Iterator[Fault]:
    for key, threshold in response.remission.items():
        found = instruments.get(key)
        if found is None:
            yield "response.remission", key, "no instrument has this key"
        elif found.measures != "course":
            yield "response.remission", key, "this instrument does not measure a course"
        elif found.top is not None and threshold > found.top * len(found.items):
            yield "response.remission", key, f"no total of this instrument is above {found.top * len(found.items)}"
