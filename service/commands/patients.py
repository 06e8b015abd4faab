"""`patients`: who of our patients is who at a destination; for a person at the keyboard."""

from __future__ import annotations

import sys
from contextlib import closing
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from service.commands.composition import build
from service.fhirjson import encode
from service.settings import Settings
from service.store.patients import State

CALLER = "command line"
STATES: dict[str, State] = {"held": "held", "linked": "linked", "unlinked": "unlinked"}


def list_patients(settings: Settings, destination: str, state: State, console: Console) -> None:
    """Ours beside who may be meant there; one line for each candidate."""
    table = Table("patient", "state", "who", "waiting", "there", "why")
    with closing(build(settings).patients) as desk:
        after: str | None = ""
        while after is not None:
            page = desk.listed(destination, state, after)
            for row in page["patients"]:
                _add(table, row)
            after = page["next"]
    console.print(table if table.row_count else f"No patient is {state} there.")


def link_patient(settings: Settings, destination: str, patient: str, their_id: str, console: Console) -> None:
    with closing(build(settings).patients) as desk:
        done = desk.link(destination, patient, their_id, CALLER)
    console.print(f"Linked to Patient/{their_id}. Sent now: {', '.join(done['released']) or 'nothing'}.", markup=False)


def unlink_patient(settings: Settings, destination: str, patient: str, console: Console) -> None:
    with closing(build(settings).patients) as desk:
        desk.unlink(destination, patient, CALLER)
    console.print("Un-linked: nothing more of this patient is sent there; what is there stays.")


def import_patient(settings: Settings, destination: str, patient: str, referral: str | None) -> None:
    """The draft as JSON on standard output."""
    with closing(build(settings).patients) as desk:
        draft = desk.imported(destination, patient, referral)
    sys.stdout.write(encode(draft).decode() + "\n")


def _add(table: Table, row: dict[str, Any]) -> None:
    there = row["candidates"]
    if row["their_id"] is not None:
        shown = [f"Patient/{row['their_id']} ({row['how'] or 'before'})"]
    else:
        shown = ["could not be asked"] if there is None else [_who(one) for one in there]
    cells = (row["patient"], row["state"], _who(row["ours"]), ", ".join(row["waiting"]), "\n".join(shown), row["code"])
    table.add_row(*(escape(cell or "") for cell in cells))


def _who(one: dict[str, Any]) -> str:
    name = f"{one['family'] or '?'}, {' '.join(one['given'])}".rstrip(", ")
    identifiers = " ".join(value for _, value in one["identifiers"])
    grade = f" [{one['grade']}]" if one["grade"] else ""
    return f"{one['id']}: {name}, born {one['birth_date'] or '?'}, {one['sex'] or '?'}, {identifiers}{grade}"
