"""From codes back to the clinic's words: which row of the terminology a CodeableConcept was made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mappings.clinic import Clinic
from mappings.datatypes import Element

Pair = tuple[str | None, str | None]
Triple = tuple[str | None, str | None, str | None]


@dataclass(frozen=True)
class Words:
    """The tables of a clinic, turned round: codings → keys, by table; ``exactly`` also asks for the same displays."""

    clinic: Clinic
    codes: Mapping[str, Mapping[tuple[Pair, ...], str]]
    exactly: Mapping[str, Mapping[tuple[Triple, ...], str]]

    @classmethod
    def of(cls, clinic: Clinic) -> Words:
        codings = {
            table: {key: clinic.codings(row) for key, row in rows.items()} for table, rows in clinic.tables.items()
        }
        return cls(
            clinic,
            {table: {_pairs(found): key for key, found in rows.items()} for table, rows in codings.items()},
            {table: {_triples(found): key for key, found in rows.items()} for table, rows in codings.items()},
        )

    def key(self, table: str, concept: Element) -> str | None:
        """The key of the row that has exactly these codings, or None."""
        return self.codes.get(table, {}).get(_pairs(concept.get("coding", [])))

    def key_of_any(self, table: str, concept: Element) -> str | None:
        """The key of the only row that shares a code with this concept and contradicts none of its codes, or None."""
        theirs = dict(_pairs(concept.get("coding", [])))
        table_rows = self.clinic.tables.get(table, {})
        rows = {key: dict(_pairs(self.clinic.codings(row))) for key, row in table_rows.items()}
        alike = [key for key, ours in rows.items() if any(theirs.get(s) == code for s, code in ours.items())]
        if len(alike) != 1 or any(theirs.get(s, code) != code for s, code in rows[alike[0]].items()):
            return None
        return alike[0]

    def concept(self, table: str, concept: Element) -> dict[str, Any]:
        """A record's concept: the row its codings begin with, what other coding there is, and words of its own."""
        codings = concept.get("coding", [])
        key, rest = self._row(table, codings)
        text, found = concept.get("text"), {}
        usual = None
        if key is not None:
            found["key"] = key
            usual = self.clinic.row(table, key).text
        if rest:
            found.update({name: rest[0][name] for name in ("system", "code", "display") if name in rest[0]})
            usual = usual or rest[0].get("display")
        if text is not None and text != usual:
            found["text"] = text
        return found

    def _row(self, table: str, codings: list[Element]) -> tuple[str | None, list[Element]]:
        for size in range(len(codings), 0, -1):
            key = self.exactly.get(table, {}).get(_triples(codings[:size]))
            if key is not None:
                return key, codings[size:]
        return None, codings


def _pairs(codings: list[Element]) -> tuple[Pair, ...]:
    return tuple((coding.get("system"), coding.get("code")) for coding in codings)


def _triples(codings: list[Element]) -> tuple[Triple, ...]:
    return tuple((coding.get("system"), coding.get("code"), coding.get("display")) for coding in codings)


def amount(quantity: Element) -> dict[str, Any]:
    """A Quantity as value and UCUM unit."""
    return {"value": quantity["value"], "unit": quantity["code"]}


def components(resource: Element, words: Words) -> dict[str, Any]:
    """The values of an Observation's components by the key of their code in the table ``finding``."""
    found: dict[str, Any] = {}
    for part in resource.get("component", []):
        key = words.key("finding", part["code"])
        if key is not None:
            found[key] = next((value for name, value in part.items() if name.startswith("value")), None)
    return found
