"""The sessions of a course, in order: what each tells later ones, and which of those have not heard of it yet.

A row is written in the transaction that publishes its session. When what the session tells has changed, the same
transaction marks the later sessions as outdated; publishing one of them again takes the mark off. So a crash in between
loses nothing: the marks are still there.
"""

from __future__ import annotations

import sqlalchemy as sa

from service.store.engine import reading
from service.store.rows import Place, Revision, Told
from service.store.sessions import revision_of
from service.store.tables import courses, revisions

_c = courses.c
BY_NUMBER = sa.select(_c.patient, _c.course, _c.start, _c.told, _c.revision).where(
    _c.number == sa.bindparam("its_number")
)
FORGET = sa.delete(courses).where(_c.number == sa.bindparam("its_number"))
AT: sa.BindParameter[str] = sa.bindparam("its_start")
NUMBER: sa.BindParameter[str] = sa.bindparam("its_number")
SAME = sa.and_(_c.patient == sa.bindparam("its_patient"), _c.course == sa.bindparam("its_course"))
OTHERS = sa.and_(SAME, _c.number != NUMBER, _c.told != "")
BEFORE = sa.and_(OTHERS, sa.or_(_c.start < AT, sa.and_(_c.start == AT, _c.number < NUMBER)))
AFTER = sa.and_(OTHERS, sa.or_(_c.start > AT, sa.and_(_c.start == AT, _c.number > NUMBER)))
HEARD = sa.select(_c.number, _c.told).where(BEFORE).order_by(_c.start, _c.number)
PUBLISHED = sa.and_(revisions.c.number == _c.number, revisions.c.revision == _c.revision)
EARLIER = sa.select(_c.number, _c.told, revisions.c.content).join(revisions, PUBLISHED).where(BEFORE)
OUTDATED = sa.select(revisions).join(courses, PUBLISHED).where(_c.outdated, revisions.c.state == "published")


def earlier(engine: sa.Engine, number: str, place: Place) -> list[Told]:
    """The published sessions before a place in its course that tell anything, in order."""
    query = EARLIER.order_by(_c.start, _c.number)
    with reading(engine) as connection:
        return [Told(row[0], row[1], bytes(row[2])) for row in connection.execute(query, _keys(number, place))]


def outdated(engine: sa.Engine) -> list[Revision]:
    """Published revisions that were told something else when they were published than they would be now."""
    with reading(engine) as connection:
        return [revision_of(row) for row in connection.execute(OUTDATED.order_by(_c.start, _c.number))]


def settle(connection: sa.Connection, revision: Revision, place: Place | None) -> bool:
    """In the publishing transaction: where the session stands now. True when some session is outdated by it.

    It is itself outdated when another publication has changed what it would be told since it was asked.
    """
    if place is None and revision.revision == 1:
        return False
    row = connection.execute(BY_NUMBER, {"its_number": revision.number}).first()
    before = None if row is None else Place(*row[:4])
    deaf = place is not None and _heard(connection, revision.number, place) != place.heard
    if before is not None:
        connection.execute(FORGET, {"its_number": revision.number})
    if place is not None:
        _stand(connection, revision, place, deaf)
    if before == place:
        return deaf
    marked = [_mark(connection, revision.number, one) for one in (before, place) if one is not None and one.told]
    return deaf or any(marked)


def stands_for(connection: sa.Connection, revision: Revision) -> bool:
    """Whether this is the revision that its course knows: also while a newer one is parked."""
    row = connection.execute(BY_NUMBER, {"its_number": revision.number}).first()
    return row is not None and row.revision == revision.revision


def _heard(connection: sa.Connection, number: str, place: Place) -> tuple[tuple[str, str], ...]:
    return tuple((row[0], row[1]) for row in connection.execute(HEARD, _keys(number, place)))


def _stand(connection: sa.Connection, revision: Revision, place: Place, deaf: bool) -> None:
    row = {"patient": place.patient, "course": place.course, "start": place.start, "told": place.told}
    own = {"number": revision.number, "revision": revision.revision, "outdated": deaf}
    connection.execute(sa.insert(courses).values(**row, **own))


def _mark(connection: sa.Connection, number: str, place: Place) -> bool:
    done = connection.execute(sa.update(courses).where(AFTER).values(outdated=True), _keys(number, place))
    return done.rowcount > 0


def _keys(number: str, place: Place) -> dict[str, str]:
    return {"its_number": number, "its_patient": place.patient, "its_course": place.course, "its_start": place.start}
