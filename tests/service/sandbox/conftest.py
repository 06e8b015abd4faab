"""The sandbox as a plain HTTP client sees it."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from ehr.ehrs import Sandbox


@pytest.fixture
def ehr(sandbox: Sandbox) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=sandbox.base_url, timeout=5, trust_env=False) as client:
        yield client
