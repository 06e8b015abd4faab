"""What HL7's validator says of every golden: ``python tests/conformance/report.py [US-CORE-VERSION]``.

Prints a table and each kind of error and warning, writes build/conformance.json, and ends with 1 if anything is wrong.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # as a command, not a test, it has to find its own house

from conformance.validator.judge import Finding, Judge, hl7_validator, why_not

ROOT = Path(__file__).resolve().parents[2]
GOLDENS = ROOT / "fixtures" / "fhir"
REPORT = ROOT / "build" / "conformance.json"
NO_GOLDENS = f"there are no goldens in {GOLDENS.relative_to(ROOT)}: make goldens"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was said of one golden."""

    golden: str
    resources: int
    findings: tuple[Finding, ...]

    @property
    def errors(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.is_error)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.severity == "warning")


def goldens() -> list[Path]:
    """The golden Bundles, sorted by name."""
    return sorted(GOLDENS.glob("*.json"))


def judged(judge: Judge, golden: Path) -> Verdict:
    """Have one golden judged, exactly as it lies on disk."""
    content = golden.read_bytes()
    return Verdict(golden.stem, len(json.loads(content)["entry"]), tuple(judge.validate(content)))


def write_report(verdicts: Sequence[Verdict]) -> None:
    """build/conformance.json: per golden and over all, how often each message was given."""
    everything = [finding for verdict in verdicts for finding in verdict.findings]
    report = {
        "goldens": {
            verdict.golden: {"resources": verdict.resources, **_counts(verdict.findings)} for verdict in verdicts
        },
        "all": _counts(everything),
    }
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(json.dumps(report, indent=1) + "\n")


def _counts(findings: Sequence[Finding]) -> dict[str, dict[str, int]]:
    return {
        "severities": dict(Counter(finding.severity for finding in findings)),
        "messageIds": dict(Counter(finding.message_id or finding.type for finding in findings).most_common()),
    }


def _print(verdicts: Sequence[Verdict]) -> None:
    width = max(len(verdict.golden) for verdict in verdicts)
    print(f"{'golden':{width}}  resources  errors  warnings")
    for verdict in verdicts:
        print(
            f"{verdict.golden:{width}}  {verdict.resources:9}  {len(verdict.errors):6}  {len(verdict.warnings):8}",
        )
    _print_kinds("errors", [finding for verdict in verdicts for finding in verdict.errors])
    _print_kinds("warnings", [finding for verdict in verdicts for finding in verdict.warnings])


def _print_kinds(title: str, findings: Sequence[Finding]) -> None:
    print(f"\n{len(findings)} {title}")
    first = {(finding.message_id, finding.message): finding for finding in reversed(findings)}
    for kind, count in Counter((finding.message_id, finding.message) for finding in findings).most_common():
        print(f"{count:6} × {kind[1]} [{kind[0]}]\n         first at {first[kind].location}")


def main() -> int:
    """Judge, print, write; 1 if the goldens are not valid, or could not be judged."""
    reason = why_not() or (None if goldens() else NO_GOLDENS)
    if reason:
        print(reason, file=sys.stderr)
        return 1
    with hl7_validator(*sys.argv[1:2]) as judge:
        verdicts = [judged(judge, golden) for golden in goldens()]
    write_report(verdicts)
    _print(verdicts)
    return 1 if any(verdict.errors for verdict in verdicts) else 0


if __name__ == "__main__":
    sys.exit(main())
