"""Who is who in a session: one person named twice is one, with all that is said of them and that the clinic knows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

from mappings.clinic import Clinic
from mappings.issue import Issue
from mappings.session import InfusionSession, Person

P = TypeVar("P", bound=Person)


def with_known_staff(session: InfusionSession, clinic: Clinic) -> InfusionSession:
    """Filled in where the record leaves it out: by the clinic's file, then by what it says of the person elsewhere."""
    people = [person for _, person in _people(session)]
    if not clinic.staff and not _meet(people):
        return session
    known = [clinic.known(person) for person in people]
    if _meet(known):
        known = [_with_npi(person, known) for person in known]
        known = [_with_names(person, known) for person in known]
    referral = session.referral and session.referral.model_copy(update={"referrer": known[-1]})
    return session.model_copy(update={"staff": tuple(known[: len(session.staff)]), "referral": referral})


def check_staff(session: InfusionSession, clinic: Clinic) -> Iterator[Issue]:
    """What names the wrong person, here or there: an id of somebody else in the clinic's file, or in this record."""
    people = _people(session)
    for place, person in people:
        found = clinic.staff.get(person.id or "")
        if found and (not _one_name(found.family, person.family) or person.npi not in (None, found.npi)):
            text = "the clinic's file has another name or NPI for this staff id; what the record says is published"
            yield Issue("warning", "value", text, (f"{place}.id",))
    if not _meet([person for _, person in people]):
        return
    for i, (place, person) in enumerate(people):
        for name in dict.fromkeys(name for _, other in people[:i] for name in _contradicted(person, other)):
            text = "the record says something else of the person with this NPI or staff id before"
            yield Issue("warning", "value", text, (f"{place}.{name}",))


def _with_npi(person: P, people: Sequence[Person]) -> P:
    """Of the person with this staff id; of none where the record has several."""
    if person.npi or not person.id:
        return person
    same = [other for other in people if other.id == person.id and _one_name(other.family, person.family)]
    found = {other.npi for other in same if other.npi}
    return person.model_copy(update={"npi": found.pop()}) if len(found) == 1 else person


def _with_names(person: P, people: Sequence[Person]) -> P:
    """With the staff id and the given names that are said of the person first."""
    same = [other for other in people if _shared(person, other) and _one_name(other.family, person.family)]
    if person.npi:
        same = [other for other in same if other.npi == person.npi]
    id_ = person.id or next((other.id for other in same if other.id), None)
    given = person.given or next((other.given for other in same if other.given), ())
    if (id_, given) == (person.id, person.given):
        return person
    return person.model_copy(update={"id": id_, "given": given})


def _shared(one: Person, other: Person) -> str:
    """By what two entries would be one person: ``npi``, ``id``, or nothing."""
    return next(
        (name for name in ("npi", "id") if getattr(one, name) and getattr(one, name) == getattr(other, name)), ""
    )


def _contradicted(person: Person, other: Person) -> Iterator[str]:
    """The fields of which the record says something else in an earlier entry of one person."""
    shared = _shared(person, other)
    if shared and not _one_name(person.family, other.family):
        yield shared
    elif shared:
        told = ((name, getattr(person, name), getattr(other, name)) for name in ("npi", "id", "given"))
        yield from (name for name, here, there in told if here and there and here != there)


def _people(session: InfusionSession) -> list[tuple[str, Person]]:
    """Everybody whom a session names, each with the place; the referrer last."""
    found: list[tuple[str, Person]] = [(f"staff[{i}]", person) for i, person in enumerate(session.staff)]
    return [*found, ("referral.referrer", session.referral.referrer)] if session.referral else found


def _meet(people: Sequence[Person]) -> bool:
    """Whether two share an NPI or a staff id; seldom, and asked of every session."""
    return any(len(set(ids)) < len(ids) for ids in ([p.npi for p in people if p.npi], [p.id for p in people if p.id]))


def _one_name(one: str, other: str) -> bool:
    return one.casefold() == other.casefold()
