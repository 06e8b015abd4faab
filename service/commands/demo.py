"""`demo`: the main job on the synthetic sessions, on this machine alone.

Starts a sandbox EHR and the service (open, so on loopback only), imports the fixtures through the ordinary command,
waits until all of it is delivered, prints what arrived where, and stays up until Ctrl-C.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from rich.console import Console
from rich.table import Table

from mappings import parse_session
from service.fhirjson import read_json
from service.settings import Settings
from service.store import Store, open_store

ROOT = Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "fixtures" / "sessions"
HOST = "127.0.0.1"
EHR = "sandbox"
WAIT_SECONDS = 60
SETTLED = {"delivered", "superseded", "held", "conflict", "dead"}


def run_demo(port: int, ehr_port: int, console: Console) -> int:
    """Exit code 0 when every fixture session was delivered; 1 when one was not."""
    for number in (port, ehr_port):
        if _taken(number):
            console.print(f"Port {number} of {HOST} is taken: set PORT or EHR_PORT.", style="red")
            return 2
    folder = _fresh_folder()
    settings = _settings(folder, port, ehr_port)
    with ExitStack() as stack:
        stack.enter_context(_running(["sandbox-ehr", "--port", str(ehr_port)], settings, folder / "ehr.log"))
        _wait_for(ehr_port)
        stack.enter_context(_running(["serve"], settings, folder / "service.log"))
        _wait_for(port)
        _call(["import", *map(str, _files()), "--rejects", str(folder / "rejects.ndjson")], settings)
        store = open_store(settings.database_url)
        delivered = _wait_until_delivered(store)
        console.print(_table(store))
        _print_urls(console, port, ehr_port, folder)
        console.print("Ctrl-C ends the demo." if delivered else "Not everything was delivered in time.", style="bold")
        if os.environ.get("INFUSION_BRIDGE_DEMO_ONCE"):
            return 0 if delivered else 1
        _stay()
    return 0 if delivered else 1


def _files() -> list[Path]:
    return sorted(path for path in FIXTURES.iterdir() if path.suffix in (".json", ".ndjson"))


def _fresh_folder() -> Path:
    folder = ROOT / "build" / "demo"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def _settings(folder: Path, port: int, ehr_port: int) -> Settings:
    destinations = folder / "destinations.toml"
    destinations.write_text(
        f'[destinations.{EHR}]\nbase_url = "http://{HOST}:{ehr_port}/fhir"\ninternal = true\ncreate_patients = true\n'
    )
    return Settings(
        database_url=f"sqlite:///{folder / 'demo.sqlite3'}",
        host=HOST,
        port=port,
        destinations=destinations,
        auth="open",
        sync_poll_seconds=0.1,
    )


def _environment(settings: Settings) -> dict[str, str]:
    given = {f"INFUSION_BRIDGE_{name.upper()}": str(value) for name, value in settings.model_dump().items() if value}
    return {**os.environ, **given}


@contextmanager
def _running(command: list[str], settings: Settings, log: Path) -> Iterator[None]:
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "service", *command], cwd=ROOT, env=_environment(settings), stdout=out, stderr=out
        )
        try:
            yield
        finally:
            process.terminate()
            process.wait(timeout=20)


def _call(command: list[str], settings: Settings) -> None:
    subprocess.run([sys.executable, "-m", "service", *command], cwd=ROOT, env=_environment(settings), check=False)


def _taken(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0


def _wait_for(port: int) -> None:
    end = time.monotonic() + WAIT_SECONDS
    while not _taken(port):
        if time.monotonic() > end:
            raise SystemExit(f"nothing answers on port {port}; see the logs in build/demo")
        time.sleep(0.1)


def _wait_until_delivered(store: Store) -> bool:
    end = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < end:
        found = store.deliveries(limit=1000)
        if found and all(delivery.state in SETTLED for delivery in found):
            return all(delivery.state in ("delivered", "superseded") for delivery in found)
        time.sleep(0.2)
    return False


def _table(store: Store) -> Table:
    table = Table(title="What arrived where (all sessions are synthetic)")
    for name in ("session", "as", "rev", "state", "resources", "EHR", "delivery"):
        table.add_column(name, no_wrap=name != "delivery")
    for row in store.sessions(None, 1000):
        session = parse_session(read_json(store.revision(row.number).content))
        resources = str(len(store.session_resources(row.number)))
        latest = [d for d in store.deliveries(number=row.number, limit=100) if d.revision == row.revision]
        for delivery in latest:
            state = f"{delivery.state} {delivery.detail or ''}".strip()
            parts = (session.status, str(row.revision), row.state, resources, delivery.destination, state)
            table.add_row(row.number, *parts)
    return table


def _print_urls(console: Console, port: int, ehr_port: int, folder: Path) -> None:
    service, ehr = f"http://{HOST}:{port}", f"http://{HOST}:{ehr_port}"
    first = parse_session(read_json(_files()[0].read_bytes())).number
    console.print(f"A session on one page   {service}/summaries/sessions/{first}")
    console.print(f"FHIR                    {service}/fhir/metadata")
    console.print(f"API docs                {service}/docs")
    console.print(f"Deliveries, for staff   {service}/status")
    console.print(f"What the EHR received   {ehr}/")
    console.print(f"Logs and database       {folder.relative_to(ROOT)}")
    console.print("The door is open: nobody is asked for a key. It binds to loopback only.", style="yellow")


def _stay() -> None:
    try:
        while True:
            time.sleep(1)
    except KeyboardInterrupt:
        return
