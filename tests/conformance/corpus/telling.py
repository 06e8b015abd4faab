"""The agreement of the two judges, told and written: by type, by kind of damage, and each case where they differ."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from conformance.corpus.agreement import AGREED, LAXER, NOT_COMPARED, STRICTER, Case, share

REPORT = Path(__file__).resolve().parents[3] / "build" / "agreement.json"
DIFFERENT = (STRICTER, LAXER)


def write_agreement(cases: Sequence[Case]) -> None:
    """build/agreement.json."""
    report = {
        "agreement": round(share(cases), 4),
        "cases": len(cases),
        "outcomes": dict(Counter(case.outcome for case in cases)),
        "types": _counts(cases, _type),
        "kinds": _counts(cases, _kind),
        "disagreements": sorted(str(case) for case in cases if case.outcome in DIFFERENT),
        "not compared": sorted(str(case) for case in cases if case.outcome == NOT_COMPARED),
    }
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n")


def told(cases: Sequence[Case]) -> str:
    """The whole of it for a reader."""
    return "\n".join(_lines(cases))


def damage(cases: Iterable[Case]) -> dict[str, set[str]]:
    """Per type the kinds of damage done to it: what at least one of the judges refused."""
    found: dict[str, set[str]] = defaultdict(set)
    for case in cases:
        if case.ours or case.theirs:
            found[_type(case)].add(_kind(case))
    return found


def _lines(cases: Sequence[Case]) -> Iterator[str]:
    kinds, outcomes = _counts(cases, _kind), Counter(case.outcome for case in cases)
    yield f"our validation and HL7's agree on {share(cases):.2%} of {outcomes.total() - outcomes[NOT_COMPARED]} mutants"
    yield f"({len(kinds)} kinds of change × {len(_counts(cases, _type))} types; {outcomes[NOT_COMPARED]} more not compared)"
    done = damage(cases)
    yield f"\n{'type':26} mutants  refused  agreed  {STRICTER}  {LAXER}  kinds of damage"
    for name, found in _counts(cases, _type).items():
        refused = sum(bool(case.ours) for case in cases if _type(case) == name)
        yield f"{name:26} {sum(found.values()):7}  {refused:7}  {_row(found)}  {len(done[name]):15}"
    yield f"\n{'kind of change':52} agreed  {STRICTER}  {LAXER}"
    yield from (f"{name:52} {_row(found)}" for name, found in kinds.items() if set(found) & set(DIFFERENT))
    yield f"and {sum(not set(found) & set(DIFFERENT) for found in kinds.values())} kinds without a difference\n"
    yield from sorted(str(case) for case in cases if case.outcome in DIFFERENT)


def _row(found: dict[str, int]) -> str:
    wide = {AGREED: 6, STRICTER: len(STRICTER), LAXER: len(LAXER)}
    return "  ".join(f"{found.get(outcome, 0):{width}}" for outcome, width in wide.items())


def _counts(cases: Iterable[Case], of: Callable[[Case], str]) -> dict[str, dict[str, int]]:
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for case in cases:
        found[of(case)][case.outcome] += 1
    return {name: dict(found[name]) for name in sorted(found)}


def _type(case: Case) -> str:
    return case.mutant.type


def _kind(case: Case) -> str:
    return case.mutant.kind.name
