"""What `serve` tells the garbage collector once it has started."""

from __future__ import annotations

import subprocess
import sys

from service.commands.memory import YOUNG

SCRIPT = """
import gc
from service.commands.memory import settle
oldest = gc.get_threshold()[2]
settle()
assert gc.get_freeze_count() > 1_000
assert gc.isenabled()
loop = []
loop.append(loop)
del loop
assert gc.collect() >= 1
print(*gc.get_threshold(), oldest)
"""


def test_it_leaves_what_is_loaded_alone_and_still_collects() -> None:
    """In a process of its own: the collector is one for all of a process."""
    told = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True).stdout.split()
    assert int(told[0]) == YOUNG
    assert told[2] == told[3]
