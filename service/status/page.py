"""The pages themselves: values into HTML. Everything is escaped, nothing runs, nothing is loaded from elsewhere.

Addresses are relative, so that the pages work below any path. No address holds anything of a patient but a session's
number.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Protocol

from jinja2 import Environment

from service.fhirjson import encode
from service.pages import templates

# What is said after something was done; the address holds the key alone.
DONE = {
    "pause": "Paused. Nothing more is sent there until you let it go on; what waits is kept.",
    "resume": "Sending goes on.",
    "test": "It answered, and what it can do was noted.",
    "link": "Linked. What waited for this patient is sent now.",
    "unlink": "Un-linked. Nothing more of this patient is sent there; what is there stays.",
    "keep-theirs": "Theirs stands, until the session is revised again.",
    "send-ours": "Ours is sent in the place of theirs.",
    "replay": "Queued to be sent again.",
    "purge": "Given up. What is there stays there, and so does the record of it here.",
}
MOST = 400  # characters of one value
NAMES = {
    "conflict": "Changed there",
    "held": "Held for a person",
    "dead": "Given up after trying",
    "waiting": "On the way",
    "patients": "Patients nobody could match",
    "unlinked": "Patients un-linked by a person",
    "statement": "Statement",
}
STATES = {
    "pending": "waits for its turn",
    "in-flight": "is being sent",
    "unknown": "sent, will be looked up",
    "retrying": "will be tried again",
    "delivered": "delivered",
    "held": "held for a person",
    "conflict": "changed there",
    "dead": "given up after trying",
    "purged": "given up by a person",
    "superseded": "a newer one took its place",
    "missing": "missing there",
    "duplicated": "there more than once",
    "not-sent": "never sent there",
    "unpublished": "parked here: not published",
    "kept": "theirs stands",
}
HEALTH = {
    "open": "Sending",
    "unsure": "Sending; the last attempt came to nothing",
    "trouble": "In trouble",
    "paused": "Paused",
    "new": "Nothing sent yet",
}


class Board(Protocol):
    """Where the values come from; see service/sync/board.py."""

    def overview(self) -> Mapping[str, Any]: ...
    def destination(self, name: str, show: str | None, after: str) -> Mapping[str, Any]: ...
    def session(self, name: str, number: str) -> Mapping[str, Any]: ...


@dataclass(frozen=True, slots=True)
class StatusPages:
    """Complete HTML documents. ``done`` is a key of DONE. What is not there raises NotFound."""

    board: Board

    def overview(self, done: str | None = None) -> str:
        return _rendered("overview", ".", done, self.board.overview())

    def destination(self, name: str, show: str | None = None, after: str = "", done: str | None = None) -> str:
        return _rendered("destination", "..", done, self.board.destination(name, show, after))

    def session(self, name: str, number: str, done: str | None = None) -> str:
        return _rendered("session", "../../..", done, self.board.session(name, number))

    def refusal(self, name: str, text: str) -> str:
        """What was asked for was not done, and why."""
        return _rendered("refusal", "..", None, {"name": name, "text": text})


def _rendered(template: str, root: str, done: str | None, values: Mapping[str, Any]) -> str:
    said = DONE.get(done) if done else None
    return _environment().get_template(f"{template}.html.j2").render(**values, root=root, done=said)


@cache
def _environment() -> Environment:
    found = templates("service.status")
    found.filters.update(at=at, ago=ago, shown=shown, state=lambda word: STATES.get(word, word), who=who)
    found.globals.update(NAMES=NAMES, HEALTH=HEALTH)
    return found


def at(time: datetime) -> str:
    """To the minute, in UTC."""
    return f"{time.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def ago(time: datetime, now: datetime) -> str:
    """``3 h ago``, ``in 5 min``: one unit is enough."""
    gap = now - time
    size = abs(gap)
    units = ((timedelta(days=1), "d"), (timedelta(hours=1), "h"), (timedelta(minutes=1), "min"))
    words = next((f"{size // unit}\u00a0{name}" for unit, name in units if size >= unit), None)
    if words is None:
        return "just now" if gap >= timedelta() else "now"
    return f"{words} ago" if gap > timedelta() else f"in {words}"


def shown(value: Any) -> str:
    """A value of a resource, as it is; a part of one as JSON."""
    text = value if isinstance(value, str) else "" if value is None else encode(value).decode()
    return text if len(text) <= MOST else f"{text[:MOST]}…"


def who(one: Mapping[str, Any]) -> str:
    """A record of a patient, for a person to compare."""
    name = " ".join((*one["given"], one["family"] or "?"))
    identifiers = " ".join(value for _, value in one["identifiers"] if value != one["id"])
    parts = (name, f"born {one['birth_date'] or '?'}", one["sex"] or "sex not said", identifiers)
    return ", ".join(part for part in parts if part)
