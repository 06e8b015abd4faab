"""Every golden is valid FHIR R4 and what it claims of US Core, says HL7's own validator."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from conformance.generated import Sample, errors
from conformance.report import NO_GOLDENS, ROOT, Verdict, goldens, judged, write_report
from conformance.validator.judge import Judge, hl7_validator

pytestmark = pytest.mark.conformance


@pytest.fixture(scope="module")
def verdicts() -> Iterator[list[Verdict]]:
    """Collects what was judged; written to build/conformance.json in the end."""
    collected: list[Verdict] = []
    yield collected
    write_report(collected)


def complaints(verdict: Verdict) -> str:
    """The errors, one per line, for whoever has to mend them."""
    return "\n".join([f"{verdict.golden}: {len(verdict.errors)} errors", *map(str, verdict.errors)])


def test_there_are_goldens() -> None:
    assert goldens(), NO_GOLDENS


@pytest.mark.parametrize("golden", goldens(), ids=lambda path: path.stem)
def test_golden_is_valid(golden: Path, judge: Judge, verdicts: list[Verdict]) -> None:
    verdict = judged(judge, golden)
    verdicts.append(verdict)
    assert not verdict.errors, complaints(verdict)
    page = (ROOT / "docs" / "conformance.md").read_text()
    unexplained = {warning.message_id or warning.type for warning in verdict.warnings}
    assert {kind for kind in unexplained if f"`{kind}`" not in page} == set()


@pytest.mark.slow
@pytest.mark.parametrize("us_core", ["7.0.0", "8.0.0"])
def test_goldens_are_valid_under_later_us_core_too(us_core: str, hl7_is_here: None) -> None:
    with hl7_validator(us_core) as judge:
        wrong = [verdict for golden in goldens() if (verdict := judged(judge, golden)).errors]
    assert not wrong, "\n".join(map(complaints, wrong))


@pytest.mark.slow
def test_generated_sessions_are_valid(judge: Judge) -> None:
    """Some of those that `make conformance` judges under every version of US Core."""
    wrong = errors(judge, Sample(20))
    assert not wrong, "\n".join(f"{name}: {finding}" for name, finding in wrong[:20])
