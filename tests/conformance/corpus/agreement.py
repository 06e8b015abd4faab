"""Whether two judges agree on each mutant: ours, and HL7's as far as base R4 alone can tell.

What neither is asked does not count, for or against:

- HL7: whether a code, its display or a unit exists in its code system, which is a terminology server's to say. Required
  bindings are R4's own, and do count. And whether a URL can be found.
- Ours: whether a reference has the form of one to a resource. HL7's judge is told to take references for resolvable,
  and then takes any text without blanks for a URL.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from conformance.corpus.mutants import Mutant
from conformance.validator.judge import Finding, Judge

from service.errors import Issue
from service.fhirjson import read_json
from service.validation import Validator
from service.validation.references import MALFORMED

DISPLAY = "Display_Name_for__should_be_one_of__instead_of"
TERMINOLOGY = frozenset({DISPLAY, "Unknown_Code_in_Version", "UNABLE_TO_INFER_CODESYSTEM", "UCUM"})
RESOLVING = frozenset({"Type_Specific_Checks_DT_URL_Resolve", "Type_Specific_Checks_DT_Canonical_Resolve"})
NOT_IN_VALUE_SET = "Terminology_TX_NoValid_1_CC"

ENOUGH = 0.98
AGREED, STRICTER, LAXER, NOT_COMPARED = "agreed", "only we refuse", "only HL7 refuses", "not compared"


@dataclass(frozen=True, slots=True)
class Case:
    """One mutant, what each judge has against it, and the outcome."""

    mutant: Mutant
    ours: tuple[Issue, ...]
    theirs: tuple[Finding, ...]
    outcome: str

    def __str__(self) -> str:
        ours = [f"{issue.text} ({', '.join(issue.expression)})" for issue in self.ours]
        said = [*ours, *map(str, self.theirs), "nothing"]
        return f"{self.mutant}: {self.outcome}: {said[0][:160]}"


def judged(judge: Judge, mutants: Iterable[Mutant]) -> list[Case]:
    """Every mutant before both judges. Ours sees all of them with one cache, as in service, while HL7's is at work."""
    validator, every = Validator(), list(mutants)
    with ThreadPoolExecutor(1) as hl7:
        theirs = hl7.map(judge.errors, [mutant.content for mutant in every])
        ours = [validator.validate(read_json(mutant.content)) for mutant in every]
        return list(map(case, every, ours, theirs))


def case(mutant: Mutant, ours: Sequence[Issue], theirs: Sequence[Finding]) -> Case:
    counted = errors_of_r4(theirs)
    if counted and ours:
        outcome = AGREED
    elif counted:
        outcome = LAXER
    elif any(issue.text != MALFORMED for issue in ours):
        outcome = STRICTER
    else:
        outcome = NOT_COMPARED if ours or theirs else AGREED
    return Case(mutant, tuple(ours), tuple(counted or theirs), outcome)


def errors_of_r4(errors: Sequence[Finding]) -> list[Finding]:
    """The errors that count. A code is said not to be in its value set also when only its display is another."""
    displays = [f.location.partition(".coding[")[0] for f in errors if f.message_id == DISPLAY]
    return [
        finding
        for finding in errors
        if finding.message_id not in TERMINOLOGY | RESOLVING
        and not (finding.message_id == NOT_IN_VALUE_SET and finding.location in displays)
    ]


def share(cases: Iterable[Case]) -> float:
    """Of those compared, how many agree."""
    outcomes = Counter(case.outcome for case in cases)
    compared = outcomes.total() - outcomes[NOT_COMPARED]
    return outcomes[AGREED] / compared if compared else 1.0
