"""The command line: ``python -m service COMMAND``. Builds Settings and passes them down."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError
from rich.console import Console

from mappings.clinic import ClinicFault
from service.commands.logs import configure_logs
from service.errors import ServiceError
from service.settings import Settings

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
keys_app = typer.Typer(no_args_is_help=True, help="API keys for clinic systems and FHIR readers.")
app.add_typer(keys_app, name="keys")
patients_app = typer.Typer(no_args_is_help=True, help="Who of our patients is who at a destination.")
app.add_typer(patients_app, name="patients")
console = Console()
errors = Console(stderr=True)


def settings() -> Settings:
    found = Settings()
    configure_logs(found.log_level, sys.stderr.buffer)
    return found


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


@app.command("sandbox-ehr")
def sandbox_ehr(host: str = "127.0.0.1", port: int = 8001) -> None:
    """A small FHIR server that stands in for an EHR."""
    from service.commands.sandbox_ehr import run_sandbox

    run_sandbox(host, port)


@app.command()
def demo(port: int = 8000, ehr_port: int = 8001) -> None:
    """The main job on synthetic sessions: import, map, publish, deliver; then stay up until Ctrl-C."""
    from service.commands.demo import run_demo

    raise typer.Exit(run_demo(port, ehr_port, console))


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


@patients_app.command("list")
def patients_list(
    destination: str,
    state: Annotated[str, typer.Option(help="held, linked or unlinked")] = "held",
) -> None:
    """Who waits for a person, beside who may be meant there."""
    from service.commands.patients import STATES, list_patients

    if state not in STATES:
        raise typer.BadParameter(", ".join(STATES), param_hint="--state")
    list_patients(settings(), destination, STATES[state], console)


@patients_app.command("link")
def patients_link(destination: str, patient: str, their_id: str) -> None:
    """Say who a patient is there, and send what waited for it."""
    from service.commands.patients import link_patient

    link_patient(settings(), destination, patient, their_id, console)


@patients_app.command("unlink")
def patients_unlink(destination: str, patient: str) -> None:
    """Send nothing more of a patient there."""
    from service.commands.patients import unlink_patient

    unlink_patient(settings(), destination, patient, console)


@patients_app.command("import")
def patients_import(
    destination: str,
    patient: str,
    referral: Annotated[str | None, typer.Option(help="id of the ServiceRequest to use")] = None,
) -> None:
    """A draft of a session record from what is known there, as JSON."""
    from service.commands.patients import import_patient

    import_patient(settings(), destination, patient, referral)


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
    errors.print(text, style="red", markup=False)
    raise SystemExit(2)


if __name__ == "__main__":
    main()
