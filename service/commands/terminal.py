"""What every command works with: the settings, and the terminal."""

from __future__ import annotations

import sys

from rich.console import Console

from service.commands.logs import configure_logs
from service.settings import Settings

console = Console()


def settings() -> Settings:
    """As the environment says; from here on the log is as they want it."""
    found = Settings()
    configure_logs(found.log_level, sys.stderr.buffer)
    return found
