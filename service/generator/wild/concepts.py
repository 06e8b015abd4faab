"""Concepts in every partial form. A coding has one display wherever it stands."""

from __future__ import annotations

from service.generator.concepts import Tables, coding
from service.generator.dice import Dice
from service.generator.units import Document
from service.generator.wild.words import text

CODINGS: tuple[Document, ...] = (
    {"system": "urn:x-synthetic:words", "code": "1"},
    {"system": "urn:oid:2.999.7.3", "code": "A b c/d", "display": "<b>bold</b> & \u202ebackwards\u202c"},
    {"system": "https://x.example/cs?a=1&b=2#frag", "code": "ü-ß|^~", "display": '"quoted"\nsecond line'},
    {"system": "http://x.example/cs", "code": "x" * 100, "display": "e\u0301 " * 90 + "end"},
    {"system": "http://x.example/cs", "code": "<&>"},
    {"system": "http://x.example/CS", "code": "<&>", "display": "The same code of a system in other letters"},
)
FORMS = ("key", "text", "coding", "key+text", "key+coding", "coding+text", "key+coding+text")


def concept(dice: Dice, tables: Tables, table: str) -> Document:
    """``display`` belongs to a coding; words of its own are never those of the row."""
    form, key = dice.pick(FORMS), dice.pick(tuple(tables[table]))
    found: Document = {"key": key} if "key" in form else {}
    if "coding" in form:
        found |= dice.pick(CODINGS) if dice.chance(0.7) else coding(tables[table][key], key)
    if "text" in form:
        found["text"] = text(dice)
    return found
