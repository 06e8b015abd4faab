"""The page itself: facts into HTML. Everything is escaped, nothing runs, nothing is loaded from elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

from jinja2 import Environment
from markupsafe import Markup

from mappings import Clinic, InfusionSession
from mappings.session import Patient, Person
from service.pages import templates
from service.summaries.chart import chart
from service.summaries.facts import SummaryFacts, facts_of
from service.summaries.given import Given, weight_words
from service.summaries.words import Clock, amount, dose, number, quantity, signed

STATUS = {
    "completed": "Completed",
    "stopped": "Stopped early",
    "not-done": "Not done",
    "in-progress": "In progress",
    "entered-in-error": "Entered in error",
}
OUTCOMES = {"resolvedWithSequelae": "resolved with sequelae"}
COLUMNS = 6  # sessions side by side in the table of scores: the first and the latest ones
INLINE = 14  # steps of one infusion in the body of the page; more of them stand at its end


@dataclass(frozen=True, slots=True)
class Column:
    """One session in the table of scores; ``skipped``: how many sessions before it are not shown."""

    number: str
    title: str
    date: str
    skipped: int = 0


def summary_page(
    session: InfusionSession, earlier: Sequence[InfusionSession], clinic: Clinic, revision: int = 1
) -> str:
    """A complete HTML document. ``earlier``: the same patient's other sessions, in any order."""
    facts = facts_of(session, earlier, clinic, revision)
    clock = Clock(session.start)
    weight, kilograms = weight_words(session)
    return (
        _environment()
        .get_template("session.html.j2")
        .render(
            facts=facts,
            session=session,
            clinic=clinic,
            clock=clock,
            status=STATUS[session.status],
            weight=weight,
            kilograms=kilograms,
            columns=_columns(facts, clock),
            people=_people(session),
            before=_before(session),
            chart=Markup(chart(session, clinic)),  # noqa: S704 (made by us; its words are escaped in svg.py)
            outcomes=OUTCOMES,
            inline=INLINE,
        )
    )


@cache
def _environment() -> Environment:
    found = templates("service.summaries")
    found.filters.update(
        amount=amount, dose=dose, number=number, quantity=quantity, signed=signed, headline=headline, person=person
    )
    return found


def person(somebody: Patient | Person) -> str:
    return " ".join((*somebody.given, somebody.family))


def _people(session: InfusionSession) -> list[tuple[str, Person]]:
    """Who referred, ordered and gave."""
    referred = [("Referred by", session.referral.referrer)] if session.referral else []
    acts = {"ordering": "Ordered by", "administering": "Given by"}
    return referred + [(acts[member.role], member) for member in session.staff if member.role in acts]


def _before(session: InfusionSession) -> list[str]:
    """What was checked before the infusion, in words; the weight stands with the dose."""
    found, weight = session.preparation, session.preparation.weight
    known = {
        "weight": quantity(weight) if weight and session.order is None else None,
        "ASA class": number(found.asa_class) if found.asa_class else None,
        "pregnancy test": found.pregnancy_test.result if found.pregnancy_test else None,
        "drug screen": found.drug_screen.result if found.drug_screen else None,
    }
    said = [f"{name} {value}" for name, value in known.items() if value]
    return [*said, "consent given"] if found.consent_given else said


def headline(given: Given) -> str:
    """The dose in one line: ``40 mg (0.50 mg/kg) over 40 min``."""
    if not given.charted:
        recorded = f"; the record states {quantity(given.recorded)} given" if given.recorded else ""
        return f"no infusion was charted{recorded}"
    return _dose(given) + _during(given)


def _dose(given: Given) -> str:
    if given.total_mg is None:
        recorded = f" (the record states {quantity(given.recorded)})" if given.recorded else ""
        return f"dose cannot be computed{recorded}"
    by_weight = f" ({amount(given.per_kg, 'mg/kg')})" if given.per_kg is not None else ""
    return dose(given.total_mg) + by_weight


def _during(given: Given) -> str:
    if given.open_ended:
        return ", end of the infusion not recorded"
    if given.minutes is None:
        return " in 1 bolus" if given.boluses == 1 else f" in {given.boluses} boluses"
    paused = f", paused for {amount(given.paused_minutes, 'min')}" if given.paused_minutes else ""
    hours = f" ({amount(given.minutes / 60, 'h')})" if given.minutes >= 120 and not given.minutes % 60 else ""
    boluses = {0: "", 1: ", 1 bolus included"}.get(given.boluses, f", {given.boluses} boluses included")
    return f" over {amount(given.minutes, 'min')}{hours}{paused}{boluses}"


def _columns(facts: SummaryFacts, clock: Clock) -> list[Column]:
    """The sessions that have a score, and this one; of many, the first and the latest."""
    scored = {point.session for trend in facts.trends for point in trend.points}
    scored |= {screening.session for screening in facts.screenings} | {facts.session.number}
    shown = [
        Column(other.number, _title(other), clock.day(other.start)) for other in facts.course if other.number in scored
    ]
    if len(shown) <= COLUMNS:
        return shown
    latest = shown[2 - COLUMNS :]  # one column less than fits: the gap needs its own
    skipped = len(shown) - 1 - len(latest)
    return [shown[0], replace(latest[0], skipped=skipped), *latest[1:]]


def _title(session: InfusionSession) -> str:
    course = session.course
    return f"no.\u00a0{course.number}" if course and course.number else session.number
