"""A clinic's words: terminology tables, identifier systems and its own identity. Loaded once, checked, then frozen.

The tables under ``terminology/`` hold what every clinic shares; an overlay file adds or replaces rows and says who
the clinic is. A fault names file, table and key, and stops the start: a wrong code is a wrong record.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from pydantic import Field, ValidationError

from mappings.datatypes import Element, codeable_concept, coding
from mappings.events import Concept
from mappings.quantities import Key, Name, Record, Text, Whole

TERMINOLOGY = Path(__file__).parent / "terminology"
SYSTEMS = {
    "loinc": "http://loinc.org",
    "snomed": "http://snomed.info/sct",
    "rxnorm": "http://www.nlm.nih.gov/research/umls/rxnorm",
    "icd10cm": "http://hl7.org/fhir/sid/icd-10-cm",
    "ndc": "http://hl7.org/fhir/sid/ndc",
    "atc": "http://www.whocc.no/atc",
}


class ClinicFault(Exception):
    """A clinic or terminology file that cannot be used; the text names file, table and key."""


class Row(Record):
    """One concept: the codings it is emitted with, its words, and where the codes were verified."""

    text: Text
    source: Text
    loinc: Name | None = None
    snomed: Name | None = None
    rxnorm: Name | None = None
    icd10cm: Name | None = None
    ndc: Name | None = None
    atc: Name | None = None
    local: Key | None = None
    display: Mapping[str, Text] = Field(default_factory=dict)
    unit: Name | None = None
    items: tuple[Key, ...] = ()
    top: int | None = None


class Identity(Record):
    """Who the clinic is. ``key`` seeds every logical id: choose it once."""

    key: Key
    name: Name
    npi: Name | None = None
    phone: Name | None = None


class Systems(Record):
    """Identifier systems of this deployment."""

    patient: Name
    session: Name
    resource: Name
    staff: Name
    course: Name
    referral: Name
    location: Name
    device: Name
    local_codes: Name
    extension: Name


class Limits(Record):
    """Beyond these a reading raises a Flag: mmHg, beats and breaths per minute, percent."""

    systolic_above: Whole = 180
    systolic_below: Whole = 90
    diastolic_above: Whole = 110
    heart_rate_above: Whole = 130
    heart_rate_below: Whole = 45
    oxygen_saturation_below: Whole = 90
    respiratory_rate_below: Whole = 8
    end_tidal_co2_above: Whole = 55


class Response(Record):
    """When a course helps: a drop from baseline in percent; by instrument the total at or below which is remission."""

    drop_percent: Whole = 50
    remission: Mapping[str, Whole] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Clinic:
    """Everything about one clinic that a mapping may ask."""

    identity: Identity
    systems: Systems
    tables: Mapping[str, Mapping[str, Row]]
    limits: Limits = field(default_factory=Limits)
    response: Response = field(default_factory=Response)

    @property
    def key(self) -> str:
        return self.identity.key

    @property
    def name(self) -> str:
        return self.identity.name

    def row(self, table: str, key: str) -> Row:
        """The row, or UnmappedConcept."""
        try:
            return self.tables[table][key]
        except KeyError:
            raise UnmappedConcept(table, key) from None

    def code(self, table: str, key: str) -> Element:
        """A CodeableConcept with all codings of a row, the clinic's text last."""
        row = self.row(table, key)
        return codeable_concept(*self.codings(row), text=row.text)

    def codings(self, row: Row) -> list[Element]:
        found = [
            coding(system, code, row.display.get(name))
            for name, system in SYSTEMS.items()
            if (code := getattr(row, name)) is not None
        ]
        return [*found, coding(self.systems.local_codes, row.local, row.text)] if row.local else found

    def concept(self, table: str, concept: Concept) -> Element:
        """A record's concept as CodeableConcept: the row of its key, then its own coding, then its words."""
        row = self.row(table, concept.key) if concept.key else None
        codings = self.codings(row) if row else []
        if concept.system and concept.code:
            codings.append(coding(concept.system, concept.code, concept.display))
        return codeable_concept(*codings, text=concept.text or (row.text if row else concept.display))

    def display(self, table: str, concept: Concept) -> str:
        """The concept in plain words."""
        row = self.tables.get(table, {}).get(concept.key or "")
        words = (concept.text, row.text if row else None, concept.display, concept.key, concept.code)
        return next(word for word in words if word)


class UnmappedConcept(Exception):
    """A key without a row in the terminology: the record is kept, and published once the row exists."""

    def __init__(self, table: str, key: str) -> None:
        self.table, self.key = table, key
        super().__init__(f"no row for this key in the table {table}")


def load_clinic(overlay: Path | None = None) -> Clinic:
    """The shared terminology, then the default identity, then the overlay; later rows replace earlier ones."""
    tables: dict[str, dict[str, Row]] = {}
    for path in sorted(TERMINOLOGY.glob("*.toml")):
        _add_rows(tables, path, _read(path))
    about = _read(TERMINOLOGY.parent / "clinic.toml")
    if overlay is not None:
        found = _read(overlay)
        for part in ("clinic", "systems", "limits", "response"):
            about[part] = {**about[part], **found.pop(part, {})}
        _add_rows(tables, overlay, found)
    path = overlay or TERMINOLOGY.parent / "clinic.toml"
    identity = _checked(Identity, about["clinic"], path, "clinic")
    return Clinic(
        identity,
        _checked(Systems, about["systems"], path, "systems"),
        tables,
        _checked(Limits, about["limits"], path, "limits"),
        _checked(Response, about["response"], path, "response"),
    )


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ClinicFault(f"{path}: {error}") from None


def _add_rows(tables: dict[str, dict[str, Row]], path: Path, found: dict[str, Any]) -> None:
    for table, rows in found.items():
        if not isinstance(rows, dict):
            raise ClinicFault(f"{path}: [{table}] is not a table")
        for key, row in rows.items():
            tables.setdefault(table, {})[key] = _checked(Row, row, path, f"{table}.{key}")


M = TypeVar("M", bound=Record)


def _checked(model: type[M], data: Any, path: Path, place: str) -> M:
    try:
        return model.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ClinicFault(f"{path}: [{place}] {where}: {first['msg']}") from None
