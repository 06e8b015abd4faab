"""Generated sessions for the HL7 validator: ``python tests/conformance/generated.py [SESSIONS [US-CORE-VERSION …]]``.

Nine in ten are plausible, the others as odd as a record can be. Prints how many Bundles of how many resources were
judged, and every error; ends with 1 if there is one.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from conformance.validator.judge import Finding, Judge, hl7_validator, why_not

from mappings import load_clinic, map_session, parse_session
from service import generator
from tools.goldens import bundle_of

SEED = 4
VERSIONS = ("6.1.0", "7.0.0", "8.0.0")


def bundles(count: int) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of a Bundle per session, the same for every run."""
    clinic = load_clinic()
    odd = max(count // 10, 1)
    plausible = islice(generator.sessions(Random(SEED), "V", clinic.tables), count - odd)
    wild = islice(generator.wild_sessions(Random(SEED), "VW", clinic.tables), odd)
    for document in (*plausible, *wild):
        session = parse_session(document)
        yield session.number, bundle_of(map_session(session, clinic))


def errors(judge: Judge, count: int) -> list[tuple[str, Finding]]:
    return [(name, finding) for name, content in bundles(count) for finding in judge.errors(content)]


def main() -> int:
    reason = why_not()
    if reason:
        print(reason, file=sys.stderr)
        return 1
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    wrong = 0
    for version in sys.argv[2:] or VERSIONS:
        with hl7_validator(version) as judge:
            found = errors(judge, count)
        print(f"US Core {version}: {count} generated sessions, {len(found)} errors", flush=True)
        first = {finding.message: (name, finding) for name, finding in reversed(found)}
        for message, times in Counter(finding.message for _, finding in found).most_common(20):
            name, finding = first[message]
            print(f"{times:6} × {message}\n         first in {name} at {finding.location}")
        wrong += len(found)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
