"""The real service as a process with every fixture session in it, and a real browser to look at it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from golden_sessions import ROOT
from playwright.sync_api import Browser, sync_playwright

HOST = "127.0.0.1"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
MISSING = (
    "no Chromium on the path: install it with `apt install chromium` (Debian), `snap install chromium` (Ubuntu) "
    "or `brew install --cask chromium` (macOS)"
)
# It talks to nobody but the page under test
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex((HOST, port)) == 0:
                return
        time.sleep(0.05)
    pytest.fail("the service did not come up: " + log.read_text()[-2000:])


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Where there is none, CI fails and others skip. Closed with the module: its event loop would trip later tests."""
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(MISSING)
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=program, args=QUIET)
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def url(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the summaries are served: imported by the ordinary command, read through the ordinary door."""
    folder, port = tmp_path_factory.mktemp("browser"), free_port()
    own = {"DATABASE_URL": f"sqlite:///{folder / 'browser.sqlite3'}", "PORT": str(port), "AUTH": "open"}
    environment = {**os.environ, **{f"INFUSION_BRIDGE_{name}": value for name, value in own.items()}}
    files = [str(path) for path in sorted((ROOT / "fixtures" / "sessions").glob("*.*json"))]
    command = [sys.executable, "-m", "service"]
    rejects = ["--rejects", str(folder / "rejects.ndjson")]
    subprocess.run([*command, "import", *files, *rejects], cwd=ROOT, env=environment, check=True, capture_output=True)
    log = folder / "serve.log"
    with log.open("wb") as out:
        process = subprocess.Popen([*command, "serve"], cwd=ROOT, env=environment, stdout=out, stderr=out)
    try:
        wait_for(port, process, log)
        yield f"http://{HOST}:{port}"
    finally:
        process.kill()
        process.wait()
