"""Where the public data sets lie: beside the repository, or where INFUSION_BRIDGE_SHARED_DATA says."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

BESIDE = Path(__file__).parents[1].parent / "shared" / "data"


def real_data(name: str) -> Path:
    """A file of the public data sets. Data is not a component: where it was not put, the test says so and skips."""
    path = Path(os.environ.get("INFUSION_BRIDGE_SHARED_DATA", BESIDE)) / "real" / name
    if not path.exists():
        pytest.skip(f"the public data file {name} is not here (INFUSION_BRIDGE_SHARED_DATA)")
    return path
