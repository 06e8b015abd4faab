"""The HL7 validator for a whole run: started once, when the first test asks for it."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from conformance.validator import packages
from conformance.validator.judge import Judge, hl7_validator, why_not


@pytest.fixture(scope="session")
def hl7_is_here() -> None:
    """Skips where Java, Maven or the shared packages are missing; a missing program fails in CI, missing data does not."""
    reason = why_not()
    if reason and os.environ.get("CI") and not packages.absent():
        pytest.fail(reason)
    if reason:
        pytest.skip(reason)


@pytest.fixture(scope="session")
def judge(hl7_is_here: None) -> Iterator[Judge]:
    """The HL7 validator with US Core 6.1.0."""
    with hl7_validator() as running:
        yield running
