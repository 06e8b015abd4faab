"""`deliveries` and `reconcile`: what stopped and why, what a person does about it, and the account of every session."""

from __future__ import annotations

import getpass
from typing import Any, Literal

from rich.console import Console
from rich.table import Table

from service.commands.composition import build
from service.settings import Settings

Words = dict[str, Any]


def list_deliveries(settings: Settings, name: str, states: tuple[str, ...], console: Console) -> None:
    rows = build(settings).decisions.list(name, states)
    table = Table("session", "revision", "state", "attempts", "code", "detail", "next attempt")
    for row in rows:
        later = str(row["next_attempt_at"] or "")[:19]
        parts = (str(row["revision"]), row["state"], str(row["attempts"]), row["code"] or "", row["detail"] or "")
        table.add_row(row["number"], *parts, later)
    console.print(table if rows else "Nothing waits for a person there.")


def show_delivery(settings: Settings, name: str, number: str, console: Console) -> None:
    found = build(settings).decisions.show(name, number)
    console.print(_sentence(found), markup=False)
    attempts = Table("began", "ended", "attempt", "state", "code", "written", "detail")
    for one in found["history"]:
        times = (str(one["began_at"])[:19], str(one["ended_at"] or "")[:19])
        nth = f"{one['revision']}/{one['round']}/{one['nth']}"
        attempts.add_row(*times, nth, one["state"] or "", one["code"] or "", str(one["sent"]), one["detail"] or "")
    console.print(attempts)
    for act in found["decisions"]:
        console.print(f"{str(act['at'])[:19]} {act['who']}: {act['act']} {act['reason']}", markup=False)
    for one in found["conflicts"]:
        _print_conflict(one, console)


def _print_conflict(one: Words, console: Console) -> None:
    table = Table("element", "ours", "theirs", title=f"{one['resource']} was changed there ({one['code']})")
    for found in one["differences"]:
        table.add_row(found["path"], str(found["ours"] or ""), str(found["theirs"] or ""))
    console.print(table)


def replay(
    settings: Settings, name: str, number: str, mapped: Literal["then", "now"], reason: str, console: Console
) -> None:
    found = build(settings).decisions.replay(name, number, mapped, getpass.getuser(), reason)
    console.print(_sentence(found), markup=False)


def purge(settings: Settings, name: str, number: str, reason: str, console: Console) -> None:
    console.print(_sentence(build(settings).decisions.purge(name, number, getpass.getuser(), reason)), markup=False)


def decide(
    settings: Settings, name: str, number: str, theirs: bool, resource: str | None, reason: str, console: Console
) -> None:
    decisions = build(settings).decisions
    act = decisions.keep_theirs if theirs else decisions.send_ours
    console.print(_sentence(act(name, number, resource, getpass.getuser(), reason)), markup=False)


def reconcile(settings: Settings, name: str, console: Console) -> int:
    """The statement is kept. The exit code is 1 when a session is missing there, or there twice."""
    found = build(settings).decisions.statement(name, getpass.getuser())
    table = Table("session", "revision", "state", "detail")
    for line in found["sessions"]:
        more = [*(f"missing: {one}" for one in line["missing"]), *(f"twice: {one}" for one in line["duplicated"])]
        state = f"{line['state']}, entered in error" if line["retracted"] else line["state"]
        table.add_row(line["number"], str(line["revision"]), state, "\n".join([line["detail"] or "", *more]).strip())
    console.print(table)
    console.print(", ".join(f"{count} {state}" for state, count in sorted(found["counts"].items())) or "no sessions")
    return 1 if found["counts"].keys() & {"missing", "duplicated"} else 0


def _sentence(found: Words) -> str:
    mapped = f", as mapped {found['mapped']}" if found["mapped"] else ""
    detail = f": {found['detail']}" if found["detail"] else ""
    return f"{found['number']} revision {found['revision']} to {found['destination']}{mapped}: {found['state']}{detail}"
