"""Whether our validation agrees with HL7's: ``python tests/conformance/agreement.py [SEED]``.

Prints tables by type and by kind of damage and every disagreement, writes build/agreement.json, and ends with 1 where
the agreement is less than it must be. Another seed makes another corpus.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from conformance.corpus.agreement import ENOUGH, judged, share
from conformance.corpus.mutants import SEED, mutants
from conformance.corpus.telling import told, write_agreement
from conformance.validator.judge import hl7_validator, why_not


def main() -> int:
    reason = why_not()
    if reason:
        print(reason, file=sys.stderr)
        return 1
    with hl7_validator() as judge:
        cases = judged(judge, mutants(int(sys.argv[1]) if len(sys.argv) > 1 else SEED))
    write_agreement(cases)
    print(told(cases))
    return 0 if share(cases) >= ENOUGH else 1


if __name__ == "__main__":
    sys.exit(main())
