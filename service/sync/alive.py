"""Which process this is, so that another on the same machine can tell at once whether it still runs."""

from __future__ import annotations

import os
import socket
from functools import lru_cache
from pathlib import Path

PROC = Path("/proc")


@lru_cache(maxsize=1)
def machine() -> str:
    """The machine since it was last started, and the room of it in which a process number means the same."""
    try:
        boot = (PROC / "sys/kernel/random/boot_id").read_text().strip()
        room = os.readlink(PROC / "self/ns/pid")
    except OSError:
        return ""
    return f"{socket.gethostname()} {boot} {room}"


def this_process() -> str:
    return f"{machine()} {os.getpid()} {_started(os.getpid())}"


def is_gone(process: str) -> bool:
    """True only where that is certain; of another machine's nobody here can say."""
    there, _, rest = process.rpartition(" ")
    there, _, number = there.rpartition(" ")
    if not machine() or there != machine() or not number.isdigit():
        return False
    return _started(int(number)) != rest


def _started(number: int) -> str:
    """When it was started, in the kernel's count; empty when it does not run, or only waits to be forgotten."""
    try:
        fields = (PROC / str(number) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if fields[0] in ("Z", "X") else fields[19]
