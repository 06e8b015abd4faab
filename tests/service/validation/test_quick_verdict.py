"""The quick verdict equals the plain one, whatever was seen before: over mutants of fixture resources and of a rich
sample of every type."""

from __future__ import annotations

import copy
from typing import Any

from conformance.corpus.mutants import mutants, samples
from golden_sessions import fixture_sessions
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bench.measure import Size
from bench.validation import resources
from mappings import load_clinic, map_session
from service.fhirjson import read_json
from service.validation import Validator, full_judgement
from service.validation.shapes import OFTEN, Shapes

CLINIC = load_clinic()
SAMPLES = [sample.resource for sample in samples() if sample.rich]
ALL = [r for s in fixture_sessions().values() for r in map_session(s, CLINIC)] + SAMPLES
ONE_MUTANT_IN = 9


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(p for key, child in children for p in _places(child, (*path, key)))]


WORDS = ["", " ", "x", "final", "banana", "http://loinc.org", "Patient/1", "Device/1", "#a", "2026-03-02", "2026-03-02T10:00:00Z",
         "2026-13-01", "2026-03-02T10:00:00-06:00", "entered-in-error", "mg", "8480-6", "8867-4", "a b", "\x85", "１", "QUJD", "QUJ",
         '<div xmlns="http://www.w3.org/1999/xhtml"><a href="#a">a</a></div>', '<div xmlns="http://www.w3.org/1999/xhtml"><p>a</p></div>']  # fmt: skip
LEAVES = (
    st.sampled_from(WORDS)
    | st.integers(-2, 3)
    | st.booleans()
    | st.none()
    | st.decimals(min_value=-5, max_value=5, places=2)
)
NAMES = ["code", "system", "value", "reference", "start", "url", "id", "type"]
VALUES = LEAVES | st.just({}) | st.just([]) | st.dictionaries(st.sampled_from(NAMES), LEAVES, max_size=3)
WARM = Validator()
for _resource in ALL:  # as mapped, and as read from JSON
    for _form in (_resource, copy.deepcopy(_resource)):
        for _ in range(OFTEN):
            WARM.validate(_form)


@settings(max_examples=1500, suppress_health_check=list(HealthCheck), deadline=None, derandomize=True)
@given(data=st.data())
def test_the_quick_verdict_equals_the_plain_one(data: st.DataObject) -> None:
    """Over one to three mutations of any resource, with a cache that has seen all of them and their mutants."""
    resource = copy.deepcopy(data.draw(st.sampled_from(ALL) | st.sampled_from(SAMPLES)))
    for _ in range(data.draw(st.integers(1, 3))):
        _mutate(resource, data)
    assert WARM.validate(resource) == full_judgement(resource)


def test_it_does_for_mutants_of_every_kind() -> None:
    for mutant in list(mutants())[::ONE_MUTANT_IN]:
        resource = read_json(mutant.content)
        assert WARM.validate(resource) == full_judgement(resource), mutant


def test_other_times_numbers_ids_and_words_are_judged_quickly() -> None:
    """Nothing of sessions that differ in these alone is judged in full again."""
    shapes, size = Shapes(), Size(sessions=4)
    for variation in (1, 2, 3):
        for resource in resources(variation, size):
            shapes.learn(dict(resource))
    unknown = [r for r in resources(7, size) if not shapes.is_known_valid(dict(r))]
    assert [(r["resourceType"], r["id"]) for r in unknown] == []


def _mutate(resource: dict[str, Any], data: st.DataObject) -> None:
    *parents, key = data.draw(st.sampled_from([p for p in _places(resource) if p]))
    at: Any = resource
    for parent in parents:
        at = at[parent]
    kind = data.draw(st.sampled_from(["replace", "drop", "rename", "borrow", "turn", "again"]))
    if kind == "drop":
        del at[key]
    elif kind == "rename" and isinstance(key, str):
        at[data.draw(st.sampled_from(["colour", "value", "code", "text", "_status", "id"]))] = at.pop(key)
    elif kind == "turn" and isinstance(at[key], dict):
        at[key] = dict(reversed(at[key].items()))
    elif kind == "again" and isinstance(at, list):
        at.append(copy.deepcopy(at[key]))
    elif kind == "borrow":
        other = data.draw(st.sampled_from(ALL))
        path = data.draw(st.sampled_from(_places(other)))
        value: Any = other
        for part in path:
            value = value[part]
        at[key] = copy.deepcopy(value)
    else:
        at[key] = data.draw(VALUES)
