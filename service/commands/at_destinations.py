"""The command lines `destinations`, `deliveries` and `patients`. What a command needs is imported when it runs."""

from __future__ import annotations

from typing import Annotated

import typer

from service.commands.terminal import console, settings

destinations_app = typer.Typer(no_args_is_help=True, help="The EHRs that sessions go to.")
deliveries_app = typer.Typer(no_args_is_help=True, help="What is on its way, what stopped, and what to do about it.")
patients_app = typer.Typer(no_args_is_help=True, help="Who of our patients is who at a destination.")


@destinations_app.command("list")
def destinations_list() -> None:
    """How each stands, by what was last learnt; nobody is asked."""
    from service.commands.destinations import list_destinations

    list_destinations(settings(), console)


@destinations_app.command("test")
def destinations_test(name: str) -> None:
    """Ask one what it can do, and say what follows."""
    from service.commands.destinations import test_destination

    raise typer.Exit(test_destination(settings(), name, console))


@destinations_app.command("pause")
def destinations_pause(name: str) -> None:
    """Send nothing there until it is resumed; nothing is lost."""
    from service.commands.destinations import pause_destination

    pause_destination(settings(), name)


@destinations_app.command("resume")
def destinations_resume(name: str) -> None:
    """Go on sending there."""
    from service.commands.destinations import resume_destination

    resume_destination(settings(), name)


Why = Annotated[str, typer.Option("--reason", help="for the record")]
One = Annotated[str | None, typer.Option("--resource", help="Type/id of one; without it all that wait")]


@deliveries_app.command("list")
def deliveries_list(
    destination: str, state: Annotated[list[str] | None, typer.Option(help="held, conflict, dead by default")] = None
) -> None:
    """What waits for a person there."""
    from service.commands.deliveries import list_deliveries
    from service.store.rows import STOPPED

    list_deliveries(settings(), destination, tuple(state or STOPPED), console)


@deliveries_app.command("show")
def deliveries_show(destination: str, session: str) -> None:
    """Every attempt, every decision, and both sides of what was changed there."""
    from service.commands.deliveries import show_delivery

    show_delivery(settings(), destination, session, console)


@deliveries_app.command("replay")
def deliveries_replay(
    destination: str,
    session: str,
    now: Annotated[bool, typer.Option("--as-mapped-now", help="not as it was mapped then")] = False,
    reason: Why = "",
) -> None:
    """Send it again, as it was mapped then or as it would be mapped now."""
    from service.commands.deliveries import replay

    replay(settings(), destination, session, "now" if now else "then", reason, console)


@deliveries_app.command("purge")
def deliveries_purge(destination: str, session: str, reason: Annotated[str, typer.Option(help="why")]) -> None:
    """Give it up; what is there stays there, and so does the record of it."""
    from service.commands.deliveries import purge

    purge(settings(), destination, session, reason, console)


@deliveries_app.command("keep-theirs")
def deliveries_keep_theirs(destination: str, session: str, resource: One = None, reason: Why = "") -> None:
    """What was changed there stands, until the session is revised again."""
    from service.commands.deliveries import decide

    decide(settings(), destination, session, True, resource, reason, console)


@deliveries_app.command("send-ours")
def deliveries_send_ours(destination: str, session: str, resource: One = None, reason: Why = "") -> None:
    """Ours takes the place of theirs, as it was shown."""
    from service.commands.deliveries import decide

    decide(settings(), destination, session, False, resource, reason, console)


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
