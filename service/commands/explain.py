"""`explain`: of each element that a session yields, the field, the rule and the terminology row it comes from."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from mappings.explain import Explained
from service.commands.composition import scratch_pipeline
from service.errors import Issue, Rejected
from service.fhirjson import encode
from service.pipeline import DryRun
from service.settings import Settings


def run_explain(settings: Settings, file: Path, as_json: bool, console: Console) -> int:
    """Nothing is stored. Exit code 1, with the issues in the way, for what would be parked or is no session."""
    found = _dry_run(settings, _read(file))
    if not isinstance(found, DryRun):
        _show_issues(found, as_json, console)
        return 1
    if as_json:
        _print_lines(found.explained, console)
        return 0
    for resource, elements in groupby(found.explained, key=lambda one: one.resource):
        console.print(_table(resource, list(elements)))
    return 0


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise Rejected(f"{file}: {error.strerror}") from None


def _dry_run(settings: Settings, data: bytes) -> DryRun | Sequence[Issue]:
    """The issues alone where the session would not be published."""
    with scratch_pipeline(settings) as pipeline:
        try:
            found = pipeline.dry_run(data, explain=True)
        except Rejected as error:
            return error.issues
    return found.issues if any(issue.is_error for issue in found.issues) else found


def _show_issues(issues: Sequence[Issue], as_json: bool, console: Console) -> None:
    if as_json:
        _print_lines(issues, console)
        return
    table = Table("severity", "place", "issue", title="This session would not be published", title_justify="left")
    for issue in issues:
        table.add_row(issue.severity, escape(", ".join(issue.expression)), escape(issue.text))
    console.print(table)


def _print_lines(rows: Sequence[Any], console: Console) -> None:
    for row in rows:
        line = encode({name: getattr(row, name) for name in row.__slots__})
        console.out(line.decode(), highlight=False)


def _table(resource: str, elements: list[Explained]) -> Table:
    table = Table("element", "from", "rule", "terminology row", title=resource, title_justify="left")
    for one in elements:
        table.add_row(one.element, one.source, one.rule, one.row)
    return table
