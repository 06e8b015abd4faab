"""Wild sessions hold each of the oddities they are made for."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import pytest

from mappings import InfusionSession
from mappings.events import Concept, InfusionStart, InfusionStop, Pause, Resume, Score
from mappings.session import Person
from mappings.timeline import STATEFUL
from service.generator import Document


def lane(session: InfusionSession) -> list[Any]:
    """The infusion events of the first medication that has some."""
    found = [event for event in session.events if isinstance(event, STATEFUL)]
    return [event for event in found if event.medication == found[0].medication]


def follows(session: InfusionSession, first: type, second: type, together: bool = False) -> bool:
    events = lane(session)
    return any(
        isinstance(a, first) and isinstance(b, second) and (a.time == b.time or not together)
        for a, b in pairwise(events)
    )


def scores(session: InfusionSession) -> Iterator[Score]:
    return (event for event in session.events if isinstance(event, Score))


def people(session: InfusionSession) -> list[str]:
    return [person.model_dump_json(exclude={"role"}) for person in session.staff]


ODDITIES: dict[str, Callable[[InfusionSession], bool]] = {
    "two events at once": lambda s: len({e.time for e in s.events}) < len(s.events),
    "a pause of no length": lambda s: follows(s, Pause, Resume, together=True),
    "start and stop at once": lambda s: follows(s, InfusionStart, InfusionStop, together=True),
    "stop and start at once": lambda s: follows(s, InfusionStop, InfusionStart, together=True),
    "stopped while paused": lambda s: follows(s, Pause, InfusionStop),
    "a second start": lambda s: follows(s, InfusionStop, InfusionStart),
    "resumed without a rate": lambda s: any(isinstance(e, Resume) and e.rate is None for e in s.events),
    "resumed at a rate": lambda s: any(isinstance(e, Resume) and e.rate is not None for e in s.events),
    "an event before the start": lambda s: any(e.time < s.start for e in s.events),
    "an event after the end": lambda s: s.end is not None and any(e.time > s.end for e in s.events),
    "events out of order": lambda s: [e.time for e in s.events] != sorted(e.time for e in s.events),
    "a fraction of a second": lambda s: any(e.time.microsecond % 1000 for e in s.events),
    "offsets that differ": lambda s: len({e.time.utcoffset() for e in s.events}) > 1,
    "born in a year": lambda s: len(s.patient.birth_date) == 4,
    "born in a month": lambda s: len(s.patient.birth_date) == 7,
    "no record number": lambda s: s.patient.mrn is None,
    "several identifiers": lambda s: len(s.patient.identifiers) > 1,
    "one person in two roles": lambda s: len(set(people(s))) < len(people(s)),
    "referrer and staff in one": lambda s: bool(
        s.referral and Person.model_dump_json(s.referral.referrer) in people(s)
    ),
    "two devices of a type": lambda s: len({d.type for d in s.devices}) < len(s.devices),
    "one product twice": lambda s: (
        len({m.model_dump_json(exclude={"label"}) for m in s.medications}) < len(s.medications)
    ),
    "several medications": lambda s: len(s.medications) > 2,
    "an item without an answer": lambda s: any(e.items and None in e.items for e in scores(s)),
    "no item answered": lambda s: any(e.items and set(e.items) == {None} for e in scores(s)),
    "a total that is not the sum": lambda s: any(
        e.items and e.total is not None and e.total != sum(i or 0 for i in e.items) for e in scores(s)
    ),
    "a total below zero": lambda s: any(e.total is not None and e.total < 0 for e in scores(s)),
    "more than planned": lambda s: bool(s.course and (s.course.number or 0) > (s.course.planned or 999)),
    "digits": lambda s: any(len(e.total.as_tuple().digits) > 15 for e in scores(s) if e.total is not None),
    "zeros at the end": lambda s: any(str(e.total).endswith(".0000") for e in scores(s)),
    "at most the required": lambda s: len(s.model_fields_set) < 9,
}


@pytest.mark.parametrize("oddity", ODDITIES)
def test_each_oddity_occurs(wild: list[InfusionSession], oddity: str) -> None:
    assert any(ODDITIES[oddity](session) for session in wild)


def test_each_form_of_a_concept_occurs(wild: list[InfusionSession]) -> None:
    forms = {frozenset(concept.model_fields_set - {"display"}) for session in wild for concept in concepts(session)}
    coding = {"system", "code"}
    wanted: list[set[str]] = [{"key"}, {"text"}, coding, {"key", "text"}, {"key", *coding}, {"text", *coding}]
    assert {frozenset(form) for form in [*wanted, {"key", "text", *coding}]} == forms


def concepts(session: InfusionSession) -> Iterator[Concept]:
    yield from session.indications
    yield from (medication.drug for medication in session.medications)


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for part in value.values():
            yield from texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from texts(part)
    elif isinstance(value, str):
        yield value


def test_texts_are_hostile_and_hold_no_control_characters(wild_documents: list[Document]) -> None:
    found = "".join(text for document in wild_documents for text in texts(document))
    assert {letter for letter in set(found) if unicodedata.category(letter) in ("Cc", "Cs")} == {"\t", "\n"}
    for piece in ("<script>", "&", '"', "'", "\\", "\u202e", "\u0301", "ש", "🙂", "\u2028", "]]>"):
        assert piece in found


def test_some_texts_are_long(wild_documents: list[Document]) -> None:
    assert max(len(text) for document in wild_documents for text in texts(document)) == 300


def test_some_say_null_for_what_they_do_not_know(wild_documents: list[Document]) -> None:
    assert any("end" in document and document["end"] is None for document in wild_documents)
