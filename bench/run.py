"""Measure everything, print two tables, write results.json: ``python -m bench.run [--quick]``."""

from __future__ import annotations

import signal
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from bench import commits, delivery, ingest, inside, mapping, reads, server, validation
from bench.measure import QUICK, Result, Size, Steps

RESULTS = Path(__file__).parent / "results.json"
TARGETS = {
    "map + validate a resource / orjson.dumps of it": 15.0,
    "map + index + store a session / plain fhir.resources": 1.0,
    "map + index + store a session / plain fhir.resources, processor": 1.0,
    "read by id / empty FastAPI route": 2.0,
    "read by id / empty FastAPI route, processor": 2.0,
    delivery.NAME: 2.0,
}


def run(
    quick: Annotated[bool, typer.Option(help="show that it works; the numbers mean nothing")] = False,
    output: Annotated[Path, typer.Option(help="where the results are written")] = RESULTS,
) -> None:
    """Ours beside the peer's, in turns, medians."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that servers and directories go, too
    results, steps = measure(QUICK if quick else Size())
    console = Console()
    console.print(comparison(results))
    console.print(shares(steps))
    output.write_bytes(msgspec.json.format(msgspec.json.encode([asdict(result) for result in results]), indent=2))


def measure(size: Size) -> tuple[list[Result], list[Steps]]:
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        directory = Path(name)
        results, steps = validation.measure(size)
        for found, more in (mapping.measure(size), ingest.measure(size, directory)):
            results, steps = results + found, steps + more
        with server.service(directory) as ours, server.empty(directory) as peer, server.own_core():
            results += commits.measure(size, ours, directory)
            paths = reads.paths(ours)
            of_reads = reads.measure(size, ours, peer, paths)
        with server.own_core():
            steps += inside.split(paths, directory, int(2000 * size.seconds), empty_cost=of_reads[-1].other)
        with server.sandbox(directory) as ehr:  # neither side keeps to a core of its own: ours has many threads
            of_deliveries, more = delivery.measure(size, ehr, directory)
        return results + of_reads + of_deliveries, steps + more


def comparison(results: list[Result]) -> Table:
    table = Table("ours / other", title="ratio: our cost over the other's")
    for heading in ("ours", "other", "unit", "ratio", "target"):
        table.add_column(heading, justify="left" if heading == "unit" else "right")
    for found in results:
        target = TARGETS.get(found.name)
        judged = "" if target is None else f"< {target:g} {'met' if found.ratio < target else 'MISSED'}"
        table.add_row(found.name, number(found.ours), number(found.other), found.unit, f"{found.ratio:.2f}", judged)
    return table


def shares(steps: list[Steps]) -> Table:
    table = Table("of", "step", title="where the time goes")
    for heading in ("time", "unit", "share"):
        table.add_column(heading, justify="left" if heading == "unit" else "right")
    for found in steps:
        medians = found.medians()
        for step, value in medians.items():
            table.add_row(found.name, step, number(value), found.unit, f"{value / sum(medians.values()):.0%}")
        table.add_section()
    return table


def number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.2f}"


if __name__ == "__main__":
    typer.run(run)
