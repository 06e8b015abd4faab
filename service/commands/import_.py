"""`import`: sessions out of files, through the same door as every other session.

A row that is refused costs itself alone: its place and the reasons go to the rejects file, never a value of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import cast

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from service.commands.composition import build_pipeline, scratch_pipeline
from service.commands.harvest import Harvest
from service.errors import Issue, ServiceError, Unavailable
from service.fhirjson import encode
from service.importers import READERS, Format, Row, count_lines, read_file
from service.pipeline import Pipeline
from service.settings import Settings

SENDER = "import"
REMARKS = 20
OUTCOMES = ("created", "revised", "unchanged", "mapped", "parked", "refused")

# Takes one document; says what became of it and what was remarked. Raises ServiceError for one that is no session.
Take = Callable[[bytes], tuple[str, Sequence[Issue]]]


@dataclass
class Tally:
    """What became of the rows; written to the rejects file as it happens, so that a crash loses nothing of it."""

    rejects: Path
    outcomes: Counter[str] = field(default_factory=Counter)
    remarks: Counter[tuple[str, str]] = field(default_factory=Counter)
    stopped: str = ""

    def take(self, outcome: str, issues: Sequence[Issue]) -> None:
        self.outcomes[outcome] += 1
        self.remarks.update((issue.severity, issue.text) for issue in issues)

    def refuse(self, place: str, issues: Sequence[Issue]) -> None:
        said = [{"code": i.code, "text": i.text, "expression": list(i.expression)} for i in issues]
        with self.rejects.open("wb" if not self.outcomes["refused"] else "ab") as file:
            file.write(encode({"place": place, "issues": said}) + b"\n")
        self.take("refused", issues)


def run_import(
    settings: Settings,
    files: Sequence[Path],
    format_: str | None,
    dry_run: bool,
    output: Path | None,
    rejects: Path,
    console: Console,
) -> int:
    """Exit code 0 when every row was taken, 1 when rows were refused or the store gave up, 2 for wrong options."""
    fault = _wrong_options(format_, dry_run, output)
    if fault:
        console.print(fault, style="red")
        return 2
    rejects.unlink(missing_ok=True)
    tally = Tally(rejects)
    with ExitStack() as stack:
        harvest = stack.enter_context(Harvest(output)) if output else None
        if dry_run:
            take = _judging(stack.enter_context(scratch_pipeline(settings)), harvest)
        else:
            take = _storing(build_pipeline(settings))
        import_files(files, cast("Format | None", format_), take, tally, console)
        written = harvest.write() if harvest else {}
    _report(tally, len(files), dry_run, console)
    if output is not None:
        console.print(_written(written, output))
    return 1 if tally.outcomes["refused"] or tally.stopped else 0


def _wrong_options(format_: str | None, dry_run: bool, output: Path | None) -> str:
    if format_ is not None and format_ not in READERS:
        return f"The format is one of {', '.join(READERS)}."
    if output is not None and not dry_run:
        return "--output belongs to --dry-run."
    return ""


def _storing(pipeline: Pipeline) -> Take:
    def take(data: bytes) -> tuple[str, Sequence[Issue]]:
        receipt = pipeline.receive(data, SENDER)
        if receipt.state == "parked":
            return "parked", receipt.issues
        return "created" if receipt.created else "revised" if receipt.changed else "unchanged", receipt.issues

    return take


def _judging(pipeline: Pipeline, harvest: Harvest | None) -> Take:
    def take(data: bytes) -> tuple[str, Sequence[Issue]]:
        found = pipeline.dry_run(data)
        if any(issue.is_error for issue in found.issues):
            return "parked", found.issues
        if harvest is not None:
            harvest.add(found.session, found.resources)
        return "mapped", found.issues

    return take


def import_files(files: Sequence[Path], format_: Format | None, take: Take, tally: Tally, console: Console) -> None:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        for path in files:
            rows, total = _sized(path, format_)
            task = progress.add_task(path.name, total=total)
            for row in rows:
                _take_row(row, take, tally)
                progress.advance(task)
                if tally.stopped:
                    return


def _sized(path: Path, format_: Format | None) -> tuple[Iterable[Row], int]:
    """Rows and how many there will be. NDJSON may be larger than memory; the other kinds are read whole anyway."""
    lines = count_lines(path)
    if lines is not None and format_ in (None, "session"):
        return read_file(path, format_), lines
    rows = list(read_file(path, format_))
    return rows, len(rows)


def _take_row(row: Row, take: Take, tally: Tally) -> None:
    if row.data is None:
        tally.refuse(row.place, row.issues)
        return
    try:
        outcome, issues = take(encode(row.data))
    except Unavailable:
        tally.stopped = row.place
    except ServiceError as error:
        tally.refuse(row.place, error.issues)
    else:
        tally.take(outcome, [*row.issues, *issues])


def _report(tally: Tally, files: int, dry_run: bool, console: Console) -> None:
    console.print(_summary(tally, files, dry_run))
    if tally.remarks:
        console.print(_remarks(tally))
    if tally.outcomes["refused"]:
        console.print(
            f"Refused rows, with their reasons: {tally.rejects}", style="yellow", markup=False, soft_wrap=True
        )
    if tally.outcomes["parked"]:
        console.print("Parked sessions wait for a row of terminology, then `remap`.", style="yellow")
    if tally.stopped:
        console.print(f"Stopped at {tally.stopped}: nothing from there on was taken.", style="red", markup=False)


def _summary(tally: Tally, files: int, dry_run: bool) -> Table:
    shown = ("mapped", "parked", "refused") if dry_run else tuple(o for o in OUTCOMES if o != "mapped")
    table = Table("files", "sessions", *shown, title="Dry run: nothing was stored" if dry_run else "Imported")
    sessions = tally.outcomes.total() - tally.outcomes["refused"]
    table.add_row(str(files), str(sessions), *(str(tally.outcomes[outcome]) for outcome in shown))
    return table


def _remarks(tally: Tally) -> Table:
    table = Table("times", "severity", "remark", title="Remarks")
    for (severity, text), times in islice(tally.remarks.most_common(), REMARKS):
        table.add_row(str(times), severity, escape(text))
    if len(tally.remarks) > REMARKS:
        table.add_row("", "", f"and {len(tally.remarks) - REMARKS} more kinds")
    return table


def _written(counts: dict[str, int], folder: Path) -> Table:
    table = Table("file", "resources", title=escape(f"Written to {folder}"))
    for name, count in counts.items():
        table.add_row(f"{name}.ndjson", str(count))
    return table
