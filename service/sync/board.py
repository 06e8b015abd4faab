"""What the status page says: how each destination stands, what waits or stopped there, all about one session there.

By what is stored; only ``destination`` asks an EHR, for who there may be a patient that nobody could match.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from service.errors import NotFound
from service.fhirjson import read_json
from service.store import Store, Try
from service.store.board import Listed, Standing
from service.store.rows import LIVE
from service.sync.decisions import MOST_LINES, Decisions
from service.sync.desk import Desk
from service.sync.job import now
from service.sync.pace import TROUBLE
from service.sync.patients import PatientDesk

KINDS: dict[str, Sequence[str]] = {
    "conflict": ("conflict",),
    "held": ("held",),
    "dead": ("dead",),
    "waiting": LIVE,
}
# On the page of all, on that of one destination, and of what is looked up for each one listed
FEW, PAGE, LOOKED_UP = 5, 25, 5
# How an attempt ended that says nothing good of the destination
IN_VAIN = ("retrying", "unknown")
Words = dict[str, Any]


@dataclass(frozen=True, slots=True)
class StatusBoard:
    """Answers are plain values. Raises NotFound for a destination that is not in the file."""

    store: Store
    desk: Desk
    decisions: Decisions
    patients: PatientDesk
    clock: Callable[[], datetime] = now

    def overview(self) -> Words:
        """Every destination, with the first few of what a person can do something about."""
        standing = self.store.board.standing()
        found = []
        for row in self.desk.list():
            one = self._summary(row, standing.get(row["name"], Standing({})))
            found.append({**one, "lists": self._lists(one, KINDS, "", FEW)})
        return {"now": self.clock(), "destinations": found}

    def destination(self, name: str, show: str | None = None, after: str = "") -> Words:
        """One, with a page of each list; ``show`` is one list alone, from ``after`` on."""
        one = self._one(name)
        kinds = KINDS if show is None else {kind: KINDS[kind] for kind in KINDS if kind == show}
        return {
            "now": self.clock(),
            **one,
            "show": show,
            "lists": self._lists(one, kinds, after, PAGE),
            "conflicts": self._conflicts(one, after) if show in (None, "conflict") else None,
            "unmatched": self._unmatched(one, show, after) if show in (None, "patients") else None,
            "unlinked": self.patients.listed(name, "unlinked", after, LOOKED_UP)
            if show in (None, "unlinked")
            else None,
            "account": self._account(one, after) if show in (None, "statement") else None,
        }

    def session(self, name: str, number: str) -> Words:
        """All that is known of one session there. Raises NotFound."""
        one, found = self._one(name), self.decisions.show(name, number)
        who = self.store.board.about(name, number)
        return {"now": self.clock(), **one, "delivery": found, "patient": who}

    def _one(self, name: str) -> Words:
        row = next((row for row in self.desk.list() if row["name"] == name), None)
        if row is None:
            raise NotFound("no such destination")
        return self._summary(row, self.store.board.standing().get(name, Standing({})))

    def _summary(self, row: Words, standing: Standing) -> Words:
        name, counts = row["name"], standing.counts
        answers = self.store.board.answers(name, TROUBLE)
        complete, other = self.store.statements.newest(name)
        return {
            "destination": row,
            "health": "paused" if row["paused"] else _health(answers),
            "last": next(iter(answers), None),
            "last_success_at": self.store.board.last_success(name),
            "counts": {**{kind: _many(counts, states) for kind, states in KINDS.items()}, **counts},
            "oldest": standing.oldest,
            "next_attempt_at": standing.next_attempt_at,
            "statement": complete,
            "statement_since": other,
        }

    def _lists(self, one: Words, kinds: dict[str, Sequence[str]], after: str, most: int) -> dict[str, Words]:
        """By kind; ``next`` is what to go on after. Of what nobody has, the store is not asked."""
        name, found = one["destination"]["name"], {}
        for kind, states in kinds.items():
            if one["counts"][kind]:
                rows = self.store.board.listed(name, states, after, most + 1)
                found[kind] = {"rows": rows[:most], "next": _next(rows, most)}
        return found

    def _conflicts(self, one: Words, after: str) -> Words:
        """Both sides of each edit, of a few sessions at a time."""
        name = one["destination"]["name"]
        rows = self.store.board.listed(name, ("conflict",), after, LOOKED_UP + 1) if one["counts"]["conflict"] else []
        shown = [{"row": row, "edits": self.decisions.edits(name, row.delivery.number)} for row in rows[:LOOKED_UP]]
        return {"rows": shown, "next": _next(rows, LOOKED_UP)}

    def _unmatched(self, one: Words, show: str | None, after: str) -> Words:
        """Patients that wait for a person, and who there may be meant. An EHR in trouble is not asked unasked."""
        if show is None and one["health"] == "trouble":
            return {"patients": None, "next": None}
        return self.patients.listed(one["destination"]["name"], "held", after, LOOKED_UP)

    def _account(self, one: Words, after: str) -> Words | None:
        """A page of the newest statement's lines."""
        head = one["statement"]
        if head is None:
            return None
        lines = read_json(self.store.statements.one(head.destination, head.id)[1], max_bytes=MOST_LINES)
        rest = [line for line in lines if line["number"] > after]
        more = rest[PAGE - 1]["number"] if len(rest) > PAGE else None
        return {**asdict(head), "lines": rest[:PAGE], "many": len(lines), "next": more}


def _health(answers: Sequence[Try]) -> str:
    """By the last attempts, latest first."""
    in_vain = [one.state in IN_VAIN for one in answers]
    if not in_vain:
        return "new"
    return "trouble" if len(in_vain) == TROUBLE and all(in_vain) else "unsure" if in_vain[0] else "open"


def _many(counts: dict[str, int], states: Sequence[str]) -> int:
    return sum(counts.get(state, 0) for state in states)


def _next(rows: Sequence[Listed], most: int) -> str | None:
    return rows[most - 1].delivery.number if len(rows) > most else None
