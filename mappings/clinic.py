"""A clinic's words: terminology tables, identifier systems, staff and its own identity. Loaded once, then frozen.

The tables under ``terminology/`` hold what every clinic shares; an overlay file adds or replaces rows and says who
the clinic is (``mappings/overlay.py`` reads and checks it; fixtures/clinics/example.toml shows all that it may hold).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from mappings.codes import Atc, Country, Icd10Cm, Language, Loinc, Ndc, RxNorm, Snomed, System, Unit, WebAddress
from mappings.datatypes import Element, Fixed, codeable_concept, coding
from mappings.events import Concept
from mappings.quantities import Key, Name, Record, Spellings, Text, Whole
from mappings.session import Person
from mappings.values import Npi

SYSTEMS = {
    "loinc": "http://loinc.org",
    "snomed": "http://snomed.info/sct",
    "rxnorm": "http://www.nlm.nih.gov/research/umls/rxnorm",
    "icd10cm": "http://hl7.org/fhir/sid/icd-10-cm",
    "ndc": "http://hl7.org/fhir/sid/ndc",
    "atc": "http://www.whocc.no/atc",
}


Percent = Annotated[Whole, Field(ge=1, le=100)]
Threshold = Annotated[Whole, Field(ge=1)]


ALIKE = "two kinds of identifiers or codes have the same system: `{other}` and `{name}`"


class ClinicFault(Exception):
    """A clinic or terminology file that cannot be used; each line of the text names file, table and key."""


class Row(Record):
    """One concept: the codings it is emitted with, its words, and where the codes were verified.

    ``words`` are its words in other languages. An instrument has more to say: its ``items``, the ``answers`` to each
    in the order of their points from 0 to ``top``, whether lower totals are better, and what it measures: how a
    course helps, how one session was borne, or a risk that is asked for (then it has no total).
    """

    text: Text
    source: Text
    loinc: Loinc | None = None
    snomed: Snomed | None = None
    rxnorm: RxNorm | None = None
    icd10cm: Icd10Cm | None = None
    ndc: Ndc | None = None
    atc: Atc | None = None
    local: Key | None = None
    display: Mapping[str, Text] = Field(default_factory=dict)
    words: Mapping[Language, Text] = Field(default_factory=dict)
    unit: Unit | None = None
    items: tuple[Key, ...] = ()
    answers: tuple[Key, ...] = ()
    top: Threshold | None = None
    direction: Literal["lower-is-better", "higher-is-better"] = "lower-is-better"
    measures: Literal["course", "session", "risk"] = "course"

    @model_validator(mode="after")
    def complete(self) -> Self:
        """Coded at least locally, and answered where it has items."""
        coded = {name for name in (*SYSTEMS, "local") if getattr(self, name) is not None}
        if not coded:
            raise PydanticCustomError("row", "a code is needed, or `local`")
        if set(self.display) - coded:
            raise PydanticCustomError("row", "`display` names a code that the row does not have")
        for name, others in (("items", self.items), ("answers", self.answers)):
            if len(set(others)) != len(others):
                raise PydanticCustomError("row", "`{name}` names one twice", {"name": name})
        if bool(self.items) != bool(self.answers) or len(self.answers) != (0 if self.top is None else self.top + 1):
            raise PydanticCustomError("row", "`items`, `answers` and `top` belong together: one answer for 0 to `top`")
        return self

    def spoken(self, language: str | None) -> Row:
        """The row with its text in a language, where it has words for it; displays of codes stay as published."""
        words = self.words.get(language or "") or self.words.get((language or "").partition("-")[0])
        if words is None:
            return self
        display = {**self.display, "local": self.display.get("local", self.text)} if self.local else self.display
        return self.model_copy(update={"text": words, "display": display})


class Address(Record):
    """As letters to the clinic are addressed."""

    line: Annotated[tuple[Name, ...], Field(min_length=1)]
    city: Name
    state: Name | None = None
    postal_code: Name | None = None
    country: Country | None = None


class Identity(Record):
    """Who the clinic is. ``key`` seeds every logical id: choose it once.

    ``language``: in which its texts are written, such as ``es``.
    """

    key: Key
    name: Name
    npi: Npi | None = None
    phone: Name | None = None
    address: Address | None = None
    language: Language | None = None


class StaffMember(Record):
    """Whom a session means that gives a staff id and no NPI."""

    npi: Npi
    family: Name
    given: tuple[Name, ...] = ()


class Systems(Record):
    """Identifier systems of this deployment, and where its local codes and extensions are defined: each another."""

    patient: System
    session: System
    resource: System
    staff: System
    course: System
    referral: System
    location: System
    device: System
    local_codes: WebAddress
    extension: WebAddress

    @model_validator(mode="after")
    def distinct(self) -> Self:
        used: dict[str, str] = {}
        for name, system in self:
            other = used.setdefault(system.lower(), name)
            if other != name:
                raise PydanticCustomError("systems", ALIKE, {"other": other, "name": name})
        return self


class Limits(Record):
    """Beyond these a reading raises a Flag: mmHg, beats and breaths per minute, percent."""

    systolic_above: Threshold = 180
    systolic_below: Threshold = 90
    diastolic_above: Threshold = 110
    heart_rate_above: Threshold = 130
    heart_rate_below: Threshold = 45
    oxygen_saturation_below: Percent = 90
    respiratory_rate_below: Threshold = 8
    end_tidal_co2_above: Threshold = 55

    @model_validator(mode="after")
    def ordered(self) -> Self:
        limits = dict(self)
        for name, low in limits.items():
            high = limits.get(name.removesuffix("_below") + "_above")
            if name.endswith("_below") and high is not None and low >= high:
                raise PydanticCustomError("limits", "`{name}` is not below its `_above`", {"name": name})
        return self


class Response(Record):
    """When a course helps: a change from baseline by this share of it, in percent; by instrument the total at or
    beyond which it is remission."""

    drop_percent: Percent = 50
    remission: Mapping[Key, Annotated[Whole, Field(ge=0)]] = Field(default_factory=dict)


class Baseline(Record):
    """How near to its baseline a vital sign is when it counts as back, in percent of it: of 98 % saturation, a tenth
    less would be an emergency."""

    tolerance_percent: Annotated[Whole, Field(ge=1, le=50)] = 10
    oxygen_saturation_tolerance_percent: Annotated[Whole, Field(ge=1, le=10)] = 3


P = TypeVar("P", bound=Person)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Clinic:
    """Everything about one clinic that a mapping may ask."""

    identity: Identity
    systems: Systems
    tables: Mapping[str, Mapping[str, Row]]
    limits: Limits = field(default_factory=Limits)
    response: Response = field(default_factory=Response)
    baseline: Baseline = field(default_factory=Baseline)
    units: Spellings = field(default_factory=dict)
    staff: Mapping[str, StaffMember] = field(default_factory=dict)
    _codes: dict[tuple[str, str], Element] = field(default_factory=dict, init=False, compare=False, repr=False)
    _known: dict[Any, Any] = field(default_factory=dict, init=False, compare=False, repr=False)

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

    def once(self, work: Callable[[Clinic], T]) -> T:
        """What mappings need of the clinic in every session is worked out once. It is not to be changed."""
        if work not in self._known:
            self._known[work] = work(self)
        found: T = self._known[work]
        return found

    def code(self, table: str, key: str) -> Element:
        """A CodeableConcept with all codings of a row, the clinic's text last. Made once: it is not to be changed."""
        found = self._codes.get((table, key))
        if found is None:
            row = self.row(table, key)
            found = self._codes[table, key] = Fixed(codeable_concept(*self.codings(row), text=row.text))
        return found

    def codings(self, row: Row) -> list[Element]:
        found = [
            coding(system, code, row.display.get(name))
            for name, system in SYSTEMS.items()
            if (code := getattr(row, name)) is not None
        ]
        if row.local:
            found.append(coding(self.systems.local_codes, row.local, row.display.get("local", row.text)))
        return found

    def concept(self, table: str, concept: Concept) -> Element:
        """A record's concept as CodeableConcept: the row of its key, then its own coding, then its words."""
        if concept.key and not concept.text and not concept.code:
            return self.code(table, concept.key)
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

    def known(self, person: P) -> P:
        """With the NPI and given names of the staff table, where the record has an id and the same family name alone.

        What the record says stands.
        """
        found = self.staff.get(person.id or "")
        if found is None or person.npi or found.family.casefold() != person.family.casefold():
            return person
        return person.model_copy(update={"npi": found.npi, "given": person.given or found.given})


class UnmappedConcept(Exception):
    """A key without a row in the terminology: the record is kept, and published once the row exists."""

    def __init__(self, table: str, key: str) -> None:
        self.table, self.key = table, key
        super().__init__(f"no row for this key in the table {table}")
