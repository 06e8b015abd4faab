"""Codes tell apart what differs: rows of a clinic file that would be read back as one another are refused."""

from __future__ import annotations

from collections.abc import Container, Hashable, Iterable, Iterator, Mapping
from itertools import chain

from mappings.agreement import Fault, Tables
from mappings.clinic import SYSTEMS, Row

Named = tuple[str, str]  # table and key of a row
# One code may not mean two rows of a table. The first four are looked up in the code of any Observation: nor of these.
APART = (
    ("vital", "finding", "instrument", "derived"),
    *((table,) for table in ("answer", "asa-class", "device", "event", "outcome", "panel", "phase", "purpose")),
    *((table,) for table in ("result", "role", "route", "severity")),
)
# Finer and coarser words may share a code, as two diagnoses do in SNOMED CT, but not all of them with their displays
FINER = ("drug", "indication", "reaction")


def rows_alike(tables: Tables, ours: Container[Named]) -> Iterator[Fault]:
    """``ours`` are the rows of the file that is read: of two that are alike, one of them is named."""
    signs: list[Mapping[Named, Iterable[Hashable]]] = [
        *({named: _codes(row) for named, row in _rows(tables, group)} for group in APART),
        *({named: [tuple(_displayed(row))] for named, row in _rows(tables, (table,))} for table in FINER),
    ]
    for first, second in chain.from_iterable(_meeting(one) for one in signs):
        told, other = (first, second) if first in ours and second not in ours else (second, first)
        yield (
            ".".join(told),
            "",
            f"its code is that of {'.'.join(other)} too: what is written as one is read as the other",
        )


def items_alike(tables: Tables) -> Iterator[Fault]:
    """Within one instrument; two instruments may ask the same."""
    known = tables.get("item", {})
    for key, row in tables.get("instrument", {}).items():
        asked = {("item", item): _codes(known[item]) for item in row.items if item in known}
        for first, second in _meeting(asked):
            yield f"instrument.{key}", "items", f"{first[1]} and {second[1]} have one code"


def _rows(tables: Tables, group: tuple[str, ...]) -> Iterator[tuple[Named, Row]]:
    return (((table, key), row) for table in group for key, row in tables.get(table, {}).items())


def _codes(row: Row) -> list[tuple[str, str]]:
    named = ((name, getattr(row, name)) for name in (*SYSTEMS, "local"))
    return [(name, code) for name, code in named if code is not None]


def _displayed(row: Row) -> Iterator[tuple[str, str, str | None]]:
    for name, code in _codes(row):
        yield name, code, row.display.get(name, row.text if name == "local" else None)


def _meeting(signs: Mapping[Named, Iterable[Hashable]]) -> Iterator[tuple[Named, Named]]:
    """Each two that share a sign, once."""
    seen: dict[Hashable, Named] = {}
    pairs = ((seen.setdefault(sign, named), named) for named, found in signs.items() for sign in found)
    yield from dict.fromkeys(pair for pair in pairs if pair[0] != pair[1])
