"""Our validation agrees with HL7's on a corpus of damaged resources of every type that we publish."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from conformance.corpus.agreement import ENOUGH, Case, judged, share
from conformance.corpus.mutants import mutants, samples
from conformance.corpus.telling import damage, told, write_agreement
from conformance.validator.judge import Judge

from mappings import RESOURCES
from service.fhirjson import read_json
from service.validation import full_judgement

pytestmark = pytest.mark.conformance

KINDS_OF_DAMAGE = 40


@pytest.fixture(scope="module")
def cases(judge: Judge) -> Iterator[list[Case]]:
    """Every mutant before both judges, once; written to build/agreement.json in the end."""
    found = judged(judge, mutants())
    yield found
    write_agreement(found)


def test_every_type_that_we_publish_has_a_sample() -> None:
    assert {mapping.type for mapping in RESOURCES} <= {sample.type for sample in samples()}


def test_the_samples_themselves_are_valid(cases: list[Case]) -> None:
    whole = [case for case in cases if case.mutant.kind.name == "nothing at all"]
    assert len(whole) >= 24
    assert [str(case) for case in whole if case.ours or case.theirs] == []


def test_each_type_is_damaged_in_many_ways(cases: list[Case]) -> None:
    few = {name: len(kinds) for name, kinds in damage(cases).items() if len(kinds) < KINDS_OF_DAMAGE}
    assert few == {}


def test_the_quick_verdict_equals_the_plain_one(cases: list[Case]) -> None:
    """Ours was given by one cache for the whole corpus."""
    differing = [case for case in cases if list(case.ours) != full_judgement(read_json(case.mutant.content))]
    assert [str(case) for case in differing] == []


def test_both_judges_agree(cases: list[Case]) -> None:
    report = told(cases)
    print(report)
    assert share(cases) >= ENOUGH, report
