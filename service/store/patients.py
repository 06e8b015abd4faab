"""Who of our patients is who at a destination, as far as somebody decided it; and whose turn it is to create one there.

What a destination calls a patient is in the ledger like every other resource. Here stands why, and what a person said.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa

from service.errors import Conflict, NotFound
from service.store.engine import reading, writing
from service.store.intervals import written
from service.store.patient_tables import patient_links, patient_turns
from service.store.tables import deliveries, ledger, members, resources

State = Literal["held", "linked", "unlinked"]
# How a link came about. ``created`` is a record that this service made there.
How = Literal["identifier", "certain", "person", "created"]
_c = patient_links.c


@dataclass(frozen=True, slots=True)
class PatientLink:
    """``code`` says why a held one waits; ``by`` who linked or un-linked, empty where the service did it itself."""

    destination: str
    patient: str
    state: State
    their_id: str | None = None
    how: How | None = None
    code: str | None = None
    by: str = ""
    updated_at: datetime | None = None


class PatientLinks:
    """One door to these tables; each method is one short transaction."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def get(self, destination: str, patient: str) -> PatientLink | None:
        with reading(self._engine) as connection:
            return _get(connection, destination, patient)

    def settle(self, wanted: PatientLink, now: datetime) -> PatientLink:
        """What the service found out by itself, unless it is decided already: then what stands, which is the answer."""
        with writing(self._engine) as connection:
            found = _get(connection, wanted.destination, wanted.patient)
            if found is not None and (
                found.state != "held" or (found.state, found.code) == (wanted.state, wanted.code)
            ):
                return found
            _write(connection, wanted, now)
        return wanted

    def link(self, destination: str, patient: str, their_id: str, by: str, now: datetime) -> PatientLink:
        """A person says who it is. Raises NotFound for a patient we do not have, Conflict while another link stands."""
        with writing(self._engine) as connection:
            _require(connection, patient)
            found = _linked(connection, destination, patient)
            if found is not None and found != their_id:
                raise Conflict("this patient is linked to another there: un-link first")
            wanted = PatientLink(destination, patient, "linked", their_id, "person", None, by, now)
            _write(connection, wanted, now)
        return wanted

    def unlink(self, destination: str, patient: str, by: str, now: datetime) -> PatientLink:
        """Nothing more of this patient goes there until a person links again. Raises NotFound."""
        with writing(self._engine) as connection:
            _require(connection, patient)
            before = _linked(connection, destination, patient)
            wanted = PatientLink(destination, patient, "unlinked", before, None, "suppressed", by, now)
            _write(connection, wanted, now)
        return wanted

    def listed(self, destination: str, state: State, after: str, limit: int) -> list[PatientLink]:
        """By our id. The linked ones include those that were created there, about whom nobody had to decide."""
        with reading(self._engine) as connection:
            rows = connection.execute(_listing(destination, state, after).limit(limit)).all()
        return [_link(row) for row in rows]

    def sessions(self, destination: str, patient: str, states: tuple[str, ...] = ("held",)) -> list[str]:
        """The numbers of this patient's sessions whose deliveries there are in one of these states."""
        query = (
            sa.select(deliveries.c.number)
            .where(deliveries.c.destination == destination, deliveries.c.state.in_(states))
            .where(deliveries.c.number.in_(_sessions_about(patient)))
            .distinct()
            .order_by(deliveries.c.number)
        )
        with reading(self._engine) as connection:
            return list(connection.scalars(query))

    def forget_sent(self, destination: str, patient: str, but: Collection[str]) -> None:
        """What went there of this patient is as if its content were not known: it is sent again. ``but`` names types
        that are not about patients."""
        mine = (
            sa.select(resources.c.id)
            .join(members, members.c.resource == resources.c.pk)
            .where(members.c.number.in_(_sessions_about(patient)), resources.c.type.not_in([*but, "Patient"]))
        )
        c = ledger.c
        which = sa.and_(c.destination == destination, c.sent_hash.is_not(None), c.id.in_(mine))
        with writing(self._engine) as connection:
            connection.execute(sa.update(ledger).where(which).values(sent_hash=""))

    def take_turn(self, destination: str, patient: str, holder: str, until: datetime, now: datetime) -> bool:
        """True when nobody else is about to create this patient there, or did not come back in time."""
        c = patient_turns.c
        which = sa.and_(c.destination == destination, c.patient == patient)
        with writing(self._engine) as connection:
            row = connection.execute(sa.select(c.holder, c.until).where(which)).first()
            if row is not None and row.holder != holder and row.until > written(now):
                return False
            connection.execute(sa.delete(patient_turns).where(which))
            values = {"destination": destination, "patient": patient, "holder": holder, "until": written(until)}
            connection.execute(sa.insert(patient_turns).values(values))
        return True

    def end_turn(self, destination: str, patient: str, holder: str) -> None:
        c = patient_turns.c
        which = sa.and_(c.destination == destination, c.patient == patient, c.holder == holder)
        with writing(self._engine) as connection:
            connection.execute(sa.delete(patient_turns).where(which))


def _sessions_about(patient: str) -> sa.Select[Any]:
    return (
        sa.select(members.c.number)
        .join(resources, resources.c.pk == members.c.resource)
        .where(resources.c.type == "Patient", resources.c.id == patient)
    )


def _get(connection: sa.Connection, destination: str, patient: str) -> PatientLink | None:
    query = sa.select(patient_links).where(_c.destination == destination, _c.patient == patient)
    row = connection.execute(query).first()
    return None if row is None else _link(row)


def _linked(connection: sa.Connection, destination: str, patient: str) -> str | None:
    """Their id, while the link stands."""
    found = _get(connection, destination, patient)
    if found is not None and found.state != "held":
        return found.their_id if found.state == "linked" else None
    c = ledger.c
    query = sa.select(c.their_id).where(c.destination == destination, c.type == "Patient", c.id == patient)
    their_id: str | None = connection.scalar(query)
    return their_id


def _write(connection: sa.Connection, wanted: PatientLink, now: datetime) -> None:
    which = sa.and_(_c.destination == wanted.destination, _c.patient == wanted.patient)
    connection.execute(sa.delete(patient_links).where(which))
    names = ("destination", "patient", "state", "their_id", "how", "code", "by")
    values = {name: getattr(wanted, name) for name in names}
    connection.execute(sa.insert(patient_links).values(**values, updated_at=written(now)))


def _require(connection: sa.Connection, patient: str) -> None:
    query = sa.select(resources.c.pk).where(resources.c.id == patient, resources.c.type == "Patient")
    if connection.scalar(query) is None:
        raise NotFound("no such patient")


def _listing(destination: str, state: State, after: str) -> sa.Select[Any]:
    if state != "linked":
        query = sa.select(patient_links).where(_c.destination == destination, _c.state == state, _c.patient > after)
        return query.order_by(_c.patient)
    # Linked is what a decision says; or, where nobody decided, what the ledger has because the service created it.
    decided = sa.select(patient_links).where(_c.destination == destination, _c.state == "linked")
    made = (
        sa.select(
            ledger.c.destination,
            ledger.c.id.label("patient"),
            sa.literal("linked").label("state"),
            ledger.c.their_id,
            sa.literal("created").label("how"),
            sa.null().label("code"),
            sa.literal("").label("by"),
            ledger.c.updated_at,
        )
        .outerjoin(patient_links, sa.and_(_c.destination == ledger.c.destination, _c.patient == ledger.c.id))
        .where(ledger.c.destination == destination, ledger.c.type == "Patient", ledger.c.their_id.is_not(None))
        .where(sa.or_(_c.state.is_(None), _c.state == "held"))
    )
    both = sa.union_all(decided, made).subquery()
    return sa.select(both).where(both.c.patient > after).order_by(both.c.patient)


def _link(row: Any) -> PatientLink:
    at = datetime.fromisoformat(row.updated_at)
    return PatientLink(row.destination, row.patient, row.state, row.their_id, row.how, row.code, row.by, at)
