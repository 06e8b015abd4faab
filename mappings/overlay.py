"""Reading clinic files: the shared terminology, the default clinic, and an overlay that adds to them or replaces rows.

Everything is checked before anything is used, and every fault is told, each with file, table and key. A wrong code is
a wrong record: a file with a fault stops the start.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from mappings.agreement import faults_across
from mappings.alike import items_alike, rows_alike
from mappings.clinic import Baseline, Clinic, ClinicFault, Identity, Limits, Response, Row, StaffMember, Systems
from mappings.quantities import SPELLINGS, UNITS, Key, Record

TERMINOLOGY = Path(__file__).parent / "terminology"
DEFAULT = Path(__file__).parent / "clinic.toml"
ABOUT: dict[str, type[Record]] = {
    "clinic": Identity,
    "systems": Systems,
    "limits": Limits,
    "response": Response,
    "baseline": Baseline,
}
# What the default clinic is called by: another clinic is not
PERSONAL = ("npi", "phone", "address")
# A row of the overlay that has nothing else lends its words to the shared row, which keeps its codes
WORDS = {"text", "words"}
OF_INSTRUMENTS = ("items", "answers", "top", "direction", "measures")
Tables = dict[str, dict[str, Row]]
M = TypeVar("M", bound=Record)


def load_clinic(overlay: Path | None = None) -> Clinic:
    """The shared terminology, then the default clinic, then the overlay; later rows replace earlier ones."""
    tables = _shared()
    about = _read(DEFAULT)
    if overlay is None:
        return _clinic(_Reading(DEFAULT, set(tables)), about, tables)
    reading = _Reading(overlay, set(tables))
    found = _read(overlay)
    demo, given = about["clinic"]["key"], "systems" in found
    for part in (*ABOUT, "units", "staff"):
        about[part] = _merged(part, about.get(part, {}), reading.table(found.pop(part, {}), part))
    if about["clinic"].get("key") != demo and not given:
        reading.say("systems", "", "this table is missing: a clinic with a `key` of its own has systems of its own")
    reading.add_rows(tables, found)
    return _clinic(reading, about, tables)


def _shared() -> Tables:
    tables: Tables = {}
    for path in sorted(TERMINOLOGY.glob("*.toml")):
        found = _read(path)
        reading = _Reading(path, set(found))
        reading.add_rows(tables, found)
        reading.stop()
    return tables


def _merged(part: str, default: dict[str, Any], found: dict[str, Any]) -> dict[str, Any]:
    if part == "clinic" and found.get("key", default["key"]) != default["key"]:
        default = {name: value for name, value in default.items() if name not in PERSONAL}
    if part == "response" and isinstance(found.get("remission"), dict):
        found = {**found, "remission": {**default.get("remission", {}), **found["remission"]}}
    return {**default, **found}


def _clinic(reading: _Reading, about: dict[str, Any], tables: Tables) -> Clinic:
    parts: dict[str, Any] = {name: reading.checked(model, about[name], name) for name, model in ABOUT.items()}
    units, staff = reading.units(about.get("units", {})), reading.staff(about.get("staff", {}))
    if parts["response"] is not None:
        reading.take(faults_across(tables, parts["response"]))
    reading.take(rows_alike(tables, reading.rows))
    reading.take(items_alike(tables))
    reading.stop()
    identity: Identity = parts.pop("clinic")
    spoken = {
        table: {key: row.spoken(identity.language) for key, row in rows.items()} for table, rows in tables.items()
    }
    return Clinic(identity, tables=spoken, units=units, staff=staff, **parts)


@dataclass
class _Reading:
    """One file being read. ``known`` are the terminology tables that mappings ask for rows, ``rows`` what it has."""

    path: Path
    known: set[str]
    faults: list[str] = field(default_factory=list)
    rows: set[tuple[str, str]] = field(default_factory=set)

    def stop(self) -> None:
        if self.faults:
            raise ClinicFault("\n".join(self.faults))

    def say(self, table: str, key: str, text: str) -> None:
        self.faults.append(f"{self.path}: [{table}]{f' {key}' if key else ''}: {text}")

    def take(self, faults: Iterator[tuple[str, str, str]]) -> None:
        for table, key, text in faults:
            self.say(table, key, text)

    def table(self, found: Any, name: str) -> dict[str, Any]:
        if isinstance(found, dict):
            return found
        self.say(name, "", "not a table")
        return {}

    def checked(self, model: type[M], data: Any, place: str) -> M | None:
        try:
            return model.model_validate(data)
        except ValidationError as error:
            for one in error.errors(include_url=False, include_input=False):
                self.say(place, ".".join(str(part) for part in one["loc"]), one["msg"])
            return None

    def add_rows(self, tables: Tables, found: dict[str, Any]) -> None:
        for table, rows in found.items():
            if table not in self.known:
                known = ", ".join([*ABOUT, "units", "staff", *sorted(self.known)])
                self.say(table, "", f"no such table; the tables are {known}")
                continue
            for key, data in self.table(rows, table).items():
                row = self._row(table, key, data, tables.get(table, {}).get(key))
                if row is not None:
                    self.rows.add((table, key))
                    tables.setdefault(table, {})[key] = row

    def _row(self, table: str, key: str, data: Any, before: Row | None) -> Row | None:
        place = f"{table}.{key}"
        if before is not None and isinstance(data, dict) and data.keys() <= WORDS:
            data = {**before.model_dump(exclude_unset=True), **data}
        row = self.checked(Row, data, place) if self._is_key(place, key) else None
        if row is None:
            return None
        for name in OF_INSTRUMENTS if table != "instrument" else ():
            if name in row.model_fields_set:
                self.say(place, name, "only an instrument has this")
        if before is not None and before.unit is not None and row.unit != before.unit:
            self.say(place, "unit", f"what this row is about is measured in {before.unit}")
        return row

    def _is_key(self, place: str, key: str) -> bool:
        try:
            KEY.validate_python(key)
        except ValidationError:
            self.say(place, "", "not a key: letters, digits, dots, dashes and underscores")
            return False
        return True

    def units(self, found: dict[str, Any]) -> dict[str, str]:
        """Another spelling of the same unit: nothing is converted, so nothing that is a unit already is respelt."""
        for spelling, unit in found.items():
            if not isinstance(unit, str) or unit not in PARTS | UNITS:
                self.say("units", spelling, f"not a unit of a record; the units are {', '.join(sorted(UNITS))}")
            if spelling in UNITS | PARTS | SPELLINGS.keys():
                self.say("units", spelling, "this is a unit already, and means what it means")
        return found

    def staff(self, found: dict[str, Any]) -> Mapping[str, StaffMember]:
        people = {
            key: self.checked(StaffMember, data, f"staff.{key}")
            for key, data in found.items()
            if self._is_key(f"staff.{key}", key)
        }
        return {key: person for key, person in people.items() if person is not None}


KEY: TypeAdapter[str] = TypeAdapter(Key)
PARTS = frozenset(part for unit in UNITS for part in unit.split("/"))


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ClinicFault(f"{path}: {error}") from None
