"""A resource after changes, for tests of what is refused."""

from __future__ import annotations

import copy
from typing import Any


def damaged(resource: dict[str, Any], *changes: tuple[str, Any]) -> dict[str, Any]:
    """``changes``: dotted path → new value; ``...`` as value takes the element away."""
    found = copy.deepcopy(resource)
    for path, value in changes:
        *parents, name = path.split(".")
        at: Any = found
        for parent in parents:
            at = at[int(parent)] if parent.isdigit() else at[parent]
        key = int(name) if name.isdigit() else name
        if value is ...:
            del at[key]
        else:
            at[key] = value
    return found
