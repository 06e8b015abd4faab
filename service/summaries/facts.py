"""Everything the page says of a session, worked out from the record. Pure: no words of layout, no clock.

What was given, how the patient bore it, whether it helps.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mappings import Clinic, InfusionSession
from mappings.events import Discharge, Note, OtherMedication
from mappings.response import Total, counted, is_before
from service.summaries.alarms import Alarm, alarms, remarks
from service.summaries.borne import Bore, Levels, VitalSign, levels, reactions, vital_signs
from service.summaries.given import Given, given
from service.summaries.helps import Screening, Trend, of_the_session, screenings, trends


@dataclass(frozen=True, slots=True)
class Other:
    """A medication given besides the infusion, with its name in words."""

    name: str
    event: OtherMedication


@dataclass(frozen=True, slots=True)
class SummaryFacts:
    """One session beside the earlier ones of its course.

    ``course``: those earlier sessions and then this one, in order of time. ``elsewhere``: how many earlier sessions
    belong to other courses and are left out. A session entered in error counts for no score and no alarm.
    """

    session: InfusionSession
    revision: int
    indications: tuple[str, ...]
    given: tuple[Given, ...]
    vitals: tuple[VitalSign, ...]
    reactions: tuple[Bore, ...]
    levels: tuple[Levels, ...]
    marks: tuple[tuple[str, Total], ...]
    others: tuple[Other, ...]
    notes: tuple[Note, ...]
    discharges: tuple[Discharge, ...]
    course: tuple[InfusionSession, ...]
    elsewhere: int
    trends: tuple[Trend, ...]
    response_percent: int
    screenings: tuple[Screening, ...]
    alarms: tuple[Alarm, ...]
    remarks: tuple[str, ...]

    @property
    def infused(self) -> bool:
        """Something of the session's medications was charted as given."""
        return any(entry.charted for entry in self.given)


def facts_of(
    session: InfusionSession, earlier: Sequence[InfusionSession], clinic: Clinic, revision: int = 1
) -> SummaryFacts:
    """``earlier``: the same patient's other sessions, in any order; those entered in error or later do not count.

    A session that names no course is compared with all of them.
    """
    before = _before(session, earlier)
    course = tuple(before if session.course is None else counted(session, before, clinic))
    void = session.status == "entered-in-error"
    over = course if void else (*course, session)
    events = sorted(session.events, key=lambda event: event.time)
    return SummaryFacts(
        session=session,
        revision=revision,
        indications=tuple(clinic.display("indication", i) for i in session.indications),
        given=tuple(given(session, clinic)),
        vitals=tuple(vital_signs(session)),
        reactions=tuple(reactions(session, clinic)),
        levels=tuple(levels(session, clinic)),
        marks=tuple(of_the_session(session, clinic)),
        others=tuple(Other(clinic.display("drug", e.drug), e) for e in events if isinstance(e, OtherMedication)),
        notes=tuple(e for e in events if isinstance(e, Note)),
        discharges=tuple(e for e in events if isinstance(e, Discharge)),
        course=(*course, session),
        elsewhere=len(before) - len(course),
        trends=tuple(trends(over, clinic)),
        response_percent=clinic.response.drop_percent,
        screenings=tuple(screenings(over, clinic)),
        alarms=tuple(alarms(None if void else session, before, clinic)),
        remarks=tuple(remarks(session, clinic)),
    )


def _before(session: InfusionSession, earlier: Sequence[InfusionSession]) -> list[InfusionSession]:
    counted = [
        other
        for other in earlier
        if other.number != session.number and other.status != "entered-in-error" and is_before(other, session)
    ]
    return sorted(counted, key=lambda other: other.start)
