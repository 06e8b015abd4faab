"""The real service as a process with every fixture session in it, and a real browser to look at it."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator

import pytest
from browser.process import COMMAND, free_port, serving, surroundings
from golden_sessions import ROOT
from playwright.sync_api import Browser, sync_playwright

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
    environment = surroundings(own)
    files = [str(path) for path in sorted((ROOT / "fixtures" / "sessions").glob("*.*json"))]
    rejects = ["--rejects", str(folder / "rejects.ndjson")]
    subprocess.run([*COMMAND, "import", *files, *rejects], cwd=ROOT, env=environment, check=True, capture_output=True)
    with serving(environment, port, folder / "serve.log") as address:
        yield address
