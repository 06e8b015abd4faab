"""Everything that the session model can say is generated: a new field or word fails here until it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from random import Random
from typing import Any, Literal

from record_facts import all_facts, facts

from mappings import Clinic, InfusionSession, parse_session
from mappings.quantities import SPELLINGS
from service.generator import Document, sessions, wild_sessions

ENOUGH = 9000
# No clinic orders ketamine so.
IMPLAUSIBLE = {"ceiling.unit = g", "ceiling.unit = ug", "ceiling.unit = ug/kg"}


def missing(wanted: set[str], found: Iterable[InfusionSession], word: Any = str) -> set[str]:
    """What of the wanted does not occur; looks no further than it must."""
    left = set(wanted)
    for session in found:
        left -= {word(fact) for fact in facts(session)}
        if not left:
            break
    return left


def further(found: list[InfusionSession], documents: Iterator[Document]) -> Iterator[InfusionSession]:
    """Those at hand, then more."""
    yield from found
    yield from (parse_session(document) for document in islice(documents, ENOUGH))


def short(fact: str) -> str:
    """Units by the field alone: somewhere is enough, as a rate in ug/h is seldom and a resumption in ug/h more so."""
    return ".".join(fact.split(".")[-2:]) if ".unit = " in fact else fact


def test_wild_sessions_say_everything_there_is_and_leave_out_all_that_can_be(
    wild: list[InfusionSession], clinic: Clinic
) -> None:
    more = wild_sessions(Random(2), "2-W", clinic.tables)
    assert missing(set(all_facts()), further(wild, more)) == set()


class Later(InfusionSession):
    """The session model with one more field."""

    mood: Literal["calm", "tense"] | None = None


def test_a_new_field_is_asked_for(wild: list[InfusionSession]) -> None:
    assert missing(set(all_facts(Later)) - set(all_facts()), wild) == {"mood", "mood -", "mood = calm", "mood = tense"}


def test_plausible_sessions_say_everything_that_makes_sense(plausible: list[InfusionSession], clinic: Clinic) -> None:
    wanted = {short(fact) for fact in all_facts() if not fact.endswith(" -")} - IMPLAUSIBLE
    more = sessions(Random(2), "2", clinic.tables)
    assert missing(wanted, further(plausible, more), short) == set()


def test_every_row_of_the_terminology_is_used(clinic: Clinic) -> None:
    left = {(table, key) for table in ("drug", "indication", "reaction", "instrument") for key in clinic.tables[table]}
    for document in islice(sessions(Random(2), "2", clinic.tables), ENOUGH):
        left -= set(rows(document))
        if not left:
            break
    assert left == set()


def rows(document: Document) -> Iterator[tuple[str, str | None]]:
    """The rows that a document names."""
    yield from (("indication", concept.get("key")) for concept in document.get("indications", ()))
    yield from (("drug", medication["drug"].get("key")) for medication in document.get("medications", ()))
    for event in document["events"]:
        yield from ((table, event[table].get("key")) for table in ("drug", "reaction") if table in event)
        yield from (("instrument", event[name]) for name in ("instrument", "scale") if name in event)


def test_every_spelling_of_a_unit_is_written(wild_documents: list[Document]) -> None:
    parts = {part for unit in units(wild_documents) for part in unit.split("/")}
    assert set(SPELLINGS) - parts == set()


def units(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("unit"), str):
            yield value["unit"]
        for part in value.values():
            yield from units(part)
    elif isinstance(value, list):
        for part in value:
            yield from units(part)
