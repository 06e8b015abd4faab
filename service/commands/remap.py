"""`remap`: publish again with today's terminology, the parked sessions by default."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from service.commands.composition import build
from service.settings import Settings
from service.store import Revision, Store

PAGE = 200


def run_remap(settings: Settings, everything: bool, console: Console) -> int:
    """The exit code is 1 while a session stays parked."""
    parts = build(settings)
    done = parts.pipeline.remap(list(_revisions(parts.store, None if everything else "parked")))
    table = Table("session", "revision", "state", "issues")
    for revision in done:
        table.add_row(revision.number, str(revision.revision), revision.state, _texts(revision))
    console.print(table if done else "Nothing to publish again.")
    return 1 if any(revision.state == "parked" for revision in done) else 0


def _revisions(store: Store, state: str | None) -> list[Revision]:
    found: list[Revision] = []
    after = None
    while rows := store.sessions(after, PAGE, state):
        found += [store.revision(row.number) for row in rows]
        after = rows[-1].number
    return found


def _texts(revision: Revision) -> str:
    return "\n".join(f"{issue.text} ({', '.join(issue.expression)})" for issue in revision.issues if issue.is_error)
