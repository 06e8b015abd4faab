"""`destinations` and `plan`: how the EHRs stand, and what would be sent there."""

from __future__ import annotations

import getpass
from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.table import Table

from service.commands.composition import build
from service.settings import Settings


def list_destinations(settings: Settings, console: Console) -> None:
    table = Table("name", "address", "sending", "can take", "asked")
    for row in build(settings).desk.list():
        profile = row["profile"]
        takes = "not asked yet" if profile is None else f"{profile['reach']}, by {profile['way']}"
        sending = f"paused by {row['paused_by']}" if row["paused"] else "yes"
        table.add_row(row["name"], row["base_url"], sending, takes, str(row["asked_at"] or "")[:19])
    console.print(table)


def test_destination(settings: Settings, name: str, console: Console) -> int:
    """The exit code is 1 when it cannot be reached, or takes nothing."""
    found = build(settings).desk.test(name)
    profile = found["profile"]
    if profile is None:
        console.print(f"{name}: {found['problem']}", markup=False)
        return 1
    console.print(f"{name}: {profile['software']}, FHIR {profile['fhir_version']}", markup=False)
    console.print(f"A session goes there {_rung(profile)}.")
    console.print(_table(("type", "how"), list(profile["types"].items())))
    if profile["left_out"]:
        console.print(_table(("not written", "why"), list(profile["left_out"].items())))
    return 1 if profile["reach"] == "nothing" else 0


def pause_destination(settings: Settings, name: str) -> None:
    build(settings).desk.pause(name, getpass.getuser())


def resume_destination(settings: Settings, name: str) -> None:
    build(settings).desk.resume(name)


def show_plan(settings: Settings, name: str, number: str, console: Console) -> int:
    """The exit code is 1 when nothing of the session can be held there."""
    plan = build(settings).desk.plan(name, number)
    console.print(f"Session {number} to {name}: {_rung(plan)}.", markup=False)
    for line in plan["first"]:
        console.print(f"First: {line}.", markup=False)
    if plan["there_already"]:
        console.print(f"{plan['there_already']} resources are there as they are now.")
    steps = [
        (str(count), step["resource"], step["how"], step["request"])
        for count, piece in enumerate(plan["pieces"], 1)
        for step in piece
    ]
    if steps:
        console.print(_table(("piece", "resource", "how", "request"), steps))
    if plan["left_out"]:
        console.print(_table(("left out", "why"), [(one["resource"], one["reason"]) for one in plan["left_out"]]))
    if plan["note"]:
        console.print(plan["note"])
    return 1 if plan["reach"] == "nothing" else 0


def _rung(found: Mapping[str, Any]) -> str:
    ways = {"transaction": "as transactions", "batch": "as batches", "single": "one write after the other"}
    return f"{found['reach']}, {ways[found['way']]}"


def _table(heads: tuple[str, ...], rows: list[Any]) -> Table:
    table = Table(*heads)
    for row in rows:
        table.add_row(*row)
    return table
