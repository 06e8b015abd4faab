"""What something is, in the forms clinics say it: mostly a key of the terminology, now and then a coding or words."""

from __future__ import annotations

from collections.abc import Mapping

from mappings.clinic import SYSTEMS, Row
from service.generator.dice import Dice
from service.generator.units import Document

Tables = Mapping[str, Mapping[str, Row]]

# A made-up code system of another clinic, for words that have no code of a public one
ELSEWHERE = "https://other-clinic.example/CodeSystem/words"
FORMS = {"key": 86, "key+text": 6, "coding": 4, "key+coding": 2, "text": 2}
REMARKS = {
    "indication": ("treatment-resistant (two adequate trials)", "in partial remission", "since 2019"),
    "drug": ("hospital pharmacy", "single-use vial"),
    "reaction": ("as at the last session", "in the patient's own words", "brief"),
}


def concept(dice: Dice, tables: Tables, table: str, key: str) -> Document:
    """A row of the terminology, said in one of five ways."""
    row, form = tables[table][key], dice.weighed(FORMS)
    found: Document = {"key": key} if "key" in form else {}
    if "coding" in form:
        found |= coding(row, key)
    if "text" in form:
        found["text"] = f"{row.text}, {dice.pick(REMARKS[table])}"
    return found


def coding(row: Row, key: str) -> Document:
    """The first coding of a row, written out as another system would send it."""
    for name, system in SYSTEMS.items():
        code = getattr(row, name)
        if code is not None:
            return {"system": system, "code": code, "display": row.display.get(name, row.text)}
    return {"system": ELSEWHERE, "code": f"X-{row.local or key}", "display": row.text}
