"""The command line: ``python -m service COMMAND``. Builds Settings and passes them down."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError
from rich.console import Console

from mappings.clinic import ClinicFault
from service.commands.at_destinations import deliveries_app, destinations_app, patients_app
from service.commands.terminal import console, settings
from service.errors import ServiceError

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
keys_app = typer.Typer(no_args_is_help=True, help="API keys for clinic systems and FHIR readers.")
app.add_typer(keys_app, name="keys")
app.add_typer(destinations_app, name="destinations")
app.add_typer(deliveries_app, name="deliveries")
app.add_typer(patients_app, name="patients")
errors = Console(stderr=True)


@app.command()
def serve(sync: Annotated[bool, typer.Option(help="also deliver to the destinations")] = True) -> None:
    """Serve the HTTP API, and deliver what is queued."""
    from service.commands.serve import run_serve

    run_serve(settings(), sync)


@app.command()
def sync() -> None:
    """Deliver what is queued, without serving."""
    from service.commands.serve import run_sync

    run_sync(settings())


@app.command("import")
def import_(
    files: Annotated[list[Path], typer.Argument(help="session JSON, NDJSON, or the files of a public data set")],
    format_: Annotated[str | None, typer.Option("--format", help="session, mimic or nimh")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="map and validate, store nothing")] = False,
    output: Annotated[Path | None, typer.Option(help="with --dry-run: write the resources here as NDJSON")] = None,
    rejects: Annotated[Path, typer.Option(help="where refused rows are written")] = Path("rejects.ndjson"),
) -> None:
    """Read sessions from files."""
    from service.commands.import_ import run_import

    raise typer.Exit(run_import(settings(), files, format_, dry_run, output, rejects, console))


@app.command()
def remap(everything: Annotated[bool, typer.Option("--all", help="not only the parked ones")] = False) -> None:
    """Publish again with today's terminology."""
    from service.commands.remap import run_remap

    raise typer.Exit(run_remap(settings(), everything, console))


@app.command()
def plan(destination: str, session: str) -> None:
    """What would be sent of a session, how, and what is left out and why; nothing is sent."""
    from service.commands.destinations import show_plan

    raise typer.Exit(show_plan(settings(), destination, session, console))


@app.command()
def explain(
    file: Annotated[Path, typer.Argument(help="a session as JSON")],
    as_json: Annotated[bool, typer.Option("--json", help="as JSON, one element a line")] = False,
) -> None:
    """Say of each FHIR element which field of the record, which rule and which terminology row it comes from."""
    from service.commands.explain import run_explain

    raise typer.Exit(run_explain(settings(), file, as_json, console))


@app.command()
def generate(
    sessions: Annotated[int, typer.Option(min=1, help="how many")],
    seed: Annotated[int, typer.Option(min=0, max=10**12, help="the same seed is the same bytes")] = 0,
    courses: Annotated[bool, typer.Option("--courses", help="induction courses alone; the last may be cut")] = False,
    wild: Annotated[bool, typer.Option("--wild", help="records as odd as a record can be")] = False,
    output: Annotated[Path, typer.Option(help="an NDJSON file; - is the standard output")] = Path("-"),
) -> None:
    """Write made-up sessions as NDJSON, for `import`."""
    from service.commands.generate import run_generate

    if courses and wild:
        raise typer.BadParameter("not together with --courses", param_hint="--wild")
    if str(output) == "-":
        run_generate(sessions, seed, courses, wild, sys.stdout.buffer)
        return
    try:
        with output.open("wb") as file:
            run_generate(sessions, seed, courses, wild, file)
    except OSError as error:
        raise typer.BadParameter(f"cannot be written: {type(error).__name__}", param_hint="--output") from None


@app.command("sandbox-ehr")
def sandbox_ehr(
    host: str = "127.0.0.1",
    port: int = 8001,
    persona: Annotated[
        str, typer.Option(help="the kind of EHR it plays: a name out of service/sandbox/personas")
    ] = "open",
) -> None:
    """A small FHIR server that stands in for an EHR."""
    from service.commands.sandbox_ehr import run_sandbox

    run_sandbox(host, port, persona)


@app.command()
def demo(port: int = 8000, ehr_port: int = 8001) -> None:
    """The main job on synthetic sessions: import, map, publish, deliver; then stay up until Ctrl-C."""
    from service.commands.demo import run_demo

    raise typer.Exit(run_demo(port, ehr_port, console))


@app.command()
def reconcile(destination: str) -> None:
    """Account for every session there, by looking: delivered, pending, held, in conflict, missing, there twice."""
    from service.commands.deliveries import reconcile as account

    raise typer.Exit(account(settings(), destination, console))


@app.command()
def openapi() -> None:
    """Print the OpenAPI document."""
    from service.commands.openapi import openapi_document

    sys.stdout.write(openapi_document())


@keys_app.command("create")
def keys_create(name: str, role: Annotated[str, typer.Option(help="clinic or reader")] = "reader") -> None:
    """Make a key and print it, once."""
    from service.commands.keys import ROLES, create_key

    if role not in ROLES:
        raise typer.BadParameter("clinic or reader", param_hint="--role")
    typer.echo(create_key(settings(), name, role))


@keys_app.command("list")
def keys_list() -> None:
    """Names, roles and dates; never a key."""
    from service.commands.keys import list_keys

    list_keys(settings(), console)


@keys_app.command("revoke")
def keys_revoke(name: str) -> None:
    """Make a key useless from now on."""
    from service.commands.keys import revoke_key

    revoke_key(settings(), name)


def main() -> None:
    """Faults of files and settings end with one line, not with a traceback."""
    try:
        app()
    except ClinicFault as fault:
        _end(str(fault))
    except ServiceError as error:
        _end(str(error))
    except ValidationError as error:
        _end(
            "; ".join(f"setting {'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors(include_input=False))
        )


def _end(text: str) -> None:
    errors.print(text, style="red", markup=False, highlight=False, soft_wrap=True)
    raise SystemExit(2)


if __name__ == "__main__":
    main()
