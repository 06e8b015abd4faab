"""The garbage collector of a process that runs for months."""

from __future__ import annotations

import gc

# Young objects before it looks. Almost all of a session's are gone by themselves before that; 50,000 are some 15 MB.
YOUNG = 50_000


def settle() -> None:
    """What has been loaded by now stays for good, and the collector need not look through it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, *gc.get_threshold()[1:])
