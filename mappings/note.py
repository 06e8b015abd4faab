"""The session note: the record told in plain text, section by section. Notes of a psychotherapy are never in it.

The same parts are the sections of the summary; a part without anything to say is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from mappings.context import SessionContext
from mappings.events import Discharge, Note
from mappings.note_borne import complications, mental_status, vital_signs
from mappings.note_given import medication
from mappings.session import Person
from mappings.words import Clock, quantity, tame


@dataclass(frozen=True, slots=True)
class Part:
    """``key`` is a row of the table ``section``."""

    key: str
    lines: tuple[str, ...]


def session_note(context: SessionContext) -> str:
    """Lines that a person reads and a machine need not: everything in it is also elsewhere in the resources."""
    blocks = [list(_header(context))]
    for part in context.once(note_parts):
        title = context.clinic.row("section", part.key).text
        blocks.append([title.upper(), *(f"- {_hanging(line)}" for line in part.lines)])
    return tame("\n\n".join("\n".join(block) for block in blocks)) + "\n"


def note_parts(context: SessionContext) -> list[Part]:
    """What there is to tell, in the order of the visit."""
    clock = Clock(context.session.start)
    parts = [Part(key, tuple(tell(context, clock))) for key, tell in PARTS.items()]
    return [part for part in parts if part.lines]


def _hanging(line: str) -> str:
    """What follows in a text of several lines is set in, so that it cannot pass for a line of ours."""
    return line.replace("\r", "").replace("\n", "\n  ") if "\n" in line or "\r" in line else line


def _header(context: SessionContext) -> Iterator[str]:
    session, patient = context.session, context.session.patient
    clock = Clock(session.start)
    day = f"{clock.day(session.start)} {clock.span(session.start, session.end)} ({clock.offset})"
    yield context.clinic.row("document", "session-note").text.upper()
    yield context.clinic.name
    yield f"Session {session.number}, {day}"
    yield f"Status: {session.status.replace('-', ' ')}{_because(session.status_reason)}"
    number = f", record number {patient.mrn}" if patient.mrn else ""
    yield f"Patient: {_person(patient.given, patient.family)}, born {patient.birth_date}, {patient.sex}{number}"
    if session.location:
        yield f"Place: {session.location.name}"
    if session.staff:
        yield f"Staff: {', '.join(f'{_name(person)} ({person.role})' for person in session.staff)}"
    if session.devices:
        yield f"Devices: {', '.join(device.name or device.type for device in session.devices)}"


def _because(reason: str | None) -> str:
    return f": {reason}" if reason else ""


def _person(given: Iterable[str], family: str) -> str:
    return " ".join([*given, family])


def _name(person: Person) -> str:
    return _person(person.given, person.family)


def _reason(context: SessionContext, _clock: Clock) -> Iterator[str]:
    for indication in context.session.indications:
        yield context.clinic.display("indication", indication)
    referral = context.session.referral
    if referral:
        on = f" on {referral.date}" if referral.date else ""
        yield f"Referred by {_name(referral.referrer)}{on}{_because(referral.reason)}"


def _preparation(context: SessionContext, clock: Clock) -> Iterator[str]:
    before = context.session.preparation
    if before.weight:
        yield f"Weight {quantity(before.weight)}{f', {clock.at(before.weighed)}' if before.weighed else ''}"
    if before.height:
        yield f"Height {quantity(before.height)}"
    if before.asa_class is not None:
        yield f"ASA class {before.asa_class}"
    if before.last_oral_intake:
        yield f"Last oral intake {clock.at(before.last_oral_intake)}"
    for name, test in (("Pregnancy test", before.pregnancy_test), ("Drug screen", before.drug_screen)):
        if test:
            yield f"{name}: {test.result.replace('-', ' ')}{f', {clock.at(test.time)}' if test.time else ''}"
    if before.consent_given:
        yield f"Consent given {clock.at(before.consent_given)}"
    if before.escort:
        yield f"Escort: {before.escort}"


def _notes(context: SessionContext, clock: Clock) -> Iterator[str]:
    for note, _ in context.events(Note):
        if note.is_published:
            yield f"{clock.at(note.time)} {note.text}"


def _disposition(context: SessionContext, clock: Clock) -> Iterator[str]:
    for event, _ in context.events(Discharge):
        met = "met" if event.criteria_met else "not met"
        escort = f"; escort: {event.escort}" if event.escort else ""
        yield f"{clock.at(event.time)} criteria for discharge {met}{_because(event.criteria)}{escort}"


def _plan(context: SessionContext, _clock: Clock) -> Iterator[str]:
    course, after = context.session.course, context.session.after
    if course:
        place = f"infusion {course.number}" if course.number else "an infusion"
        planned = f" of {course.planned} planned" if course.planned else ""
        yield f"Course {course.id}: {place}{planned}{f', {course.phase}' if course.phase else ''}"
    if after.next_visit:
        yield f"Next visit {after.next_visit}"


def _instructions(context: SessionContext, _clock: Clock) -> Iterator[str]:
    if context.session.after.instructions:
        yield context.session.after.instructions


PARTS: dict[str, Callable[[SessionContext, Clock], Iterator[str]]] = {
    "reason": _reason,
    "preparation": _preparation,
    "medication": medication,
    "vital-signs": vital_signs,
    "complications": complications,
    "mental-status": mental_status,
    "notes": _notes,
    "disposition": _disposition,
    "plan": _plan,
    "instructions": _instructions,
}
