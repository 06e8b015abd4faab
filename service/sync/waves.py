"""What can be sent side by side: each wave refers only to what was sent in the waves before. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

One = TypeVar("One")


def waves(every: Sequence[One], name: Callable[[One], str], content: Callable[[One], bytes]) -> list[list[One]]:
    """In their order; no reference points forward in it."""
    found: list[list[One]] = []
    level: dict[bytes, int] = {}
    for one in every:
        text = content(one)
        own = b'"%b"' % name(one).encode()
        at = max((depth + 1 for other, depth in level.items() if other != own and other in text), default=0)
        level[own] = at
        while len(found) <= at:
            found.append([])
        found[at].append(one)
    return found
