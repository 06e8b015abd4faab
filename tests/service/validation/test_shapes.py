"""What is known of shapes serves other resources of theirs, and no more than it may."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest

from bench.measure import Size
from bench.validation import resources
from mappings.datatypes import Fixed
from service.validation import Validator, full_judgement
from service.validation.shapes import MOST_WRITTEN, OFTEN, Shapes
from service.validation.shapes.outline import outline
from service.validation.shapes.planner import Planner
from service.validation.shapes.recent import Recent
from service.validation.shapes.written import written

Resource = dict[str, Any]
SIZE = Size(sessions=4)
VARIATIONS = [[dict(r) for r in resources(number, SIZE)] for number in (1, 2, 3, 7)]
OF_SESSION = ("subject", "encounter", "partOf", "performer", "device", "derivedFrom", "effectivePeriod")


def with_fixed(found: list[Resource]) -> Iterator[Resource]:
    """As a mapping may write them: what a session's resources share is made once, and nobody can change it."""
    made: dict[str, Any] = {}
    for resource in found:
        yield {
            name: _made(child, made) if name in OF_SESSION else child
            for name, child in resource.items()
        }  # fmt: skip


def _made(value: Any, made: dict[str, Any]) -> Any:
    if isinstance(value, list):
        return [_made(child, made) for child in value]
    return made.setdefault(repr(value), Fixed(copy.deepcopy(value)))


def test_elements_of_a_new_session_are_looked_at_by_themselves() -> None:
    shapes = Shapes()
    for found in VARIATIONS[:3]:
        for resource in with_fixed(found):
            shapes.learn(resource)
    for _ in range(OFTEN):
        unknown = [r["id"] for r in with_fixed(VARIATIONS[3]) if not shapes.is_known_valid(r)]
        assert unknown == []


WRONG: dict[str, tuple[str, Any]] = {
    "of another type": ("encounter", {"reference": "Patient/1"}),
    "no reference": ("subject", {"reference": "the patient"}),
    "to something inside": ("subject", {"reference": "#a"}),
    "an empty display": ("subject", {"reference": "Patient/1", "display": ""}),
    "a number": ("subject", {"reference": 1}),
    "nothing": ("subject", {}),
    "an unknown element": ("subject", {"reference": "Patient/1", "colour": "blue"}),
    "a list within": ("subject", {"reference": ["Patient/1"]}),
    "a code without a system": ("code", {"coding": [{"code": "x"}], "text": 1}),
    "an object within": ("effectivePeriod", {"start": {}, "end": []}),
    "an end before its start": ("effectivePeriod", {"start": "2026-03-02", "end": "2026-03-01"}),
    "no attachment": ("valueAttachment", {"data": {"a": 1}, "size": []}),
}


@pytest.mark.parametrize(("name", "value"), WRONG.values(), ids=WRONG)
def test_a_new_element_that_is_wrong_is_found(name: str, value: Any) -> None:
    shapes, observations = Shapes(), [r for r in with_fixed(VARIATIONS[0]) if r["resourceType"] == "Observation"][::7]
    for resource in observations:
        shapes.learn(resource)
    for resource in observations:
        assert all(shapes.is_known_valid(resource) for _ in range(OFTEN + 1))
        wrong = {**resource, name: Fixed(value)}
        assert full_judgement(wrong) != []
        assert not shapes.is_known_valid(wrong)
        assert shapes.is_known_valid(resource)


def test_an_element_that_is_right_at_one_place_is_not_at_another() -> None:
    shapes, patient, encounter = Shapes(), Fixed(reference="Patient/1"), Fixed(reference="Encounter/1")
    observation = {**next(with_fixed([_one("Observation")])), "subject": patient, "encounter": encounter}
    shapes.learn(observation)
    assert shapes.is_known_valid(observation)
    assert not shapes.is_known_valid({**observation, "subject": encounter, "encounter": patient})


def test_an_element_that_is_right_only_on_a_closer_look_stands_for_no_other() -> None:
    """Which of two times is first is not clear from their texts, where their offsets differ."""
    shapes = Shapes()
    right = Fixed(start="2026-03-02T10:00:00-06:00", end="2026-03-02T16:30:00Z")
    other = Fixed(start="2026-03-02T10:00:00-06:00", end="2026-03-02T15:30:00Z")
    encounter = {**_one("Encounter"), "period": right}
    shapes.learn(encounter)
    assert full_judgement(encounter) == []
    assert all(shapes.is_known_valid(encounter) for _ in range(OFTEN + 1))
    assert full_judgement({**encounter, "period": other}) != []
    assert not shapes.is_known_valid({**encounter, "period": other})


@pytest.mark.parametrize("made", [dict, Fixed])
def test_an_id_stands_once_in_a_resource(made: Any) -> None:
    shapes, observation = Shapes(), _one("Observation")

    def with_ids(first: str, second: str) -> Resource:
        ends = {"subject": made(id=first, reference="Patient/1"), "encounter": made(id=second, reference="Encounter/1")}
        return {**observation, **ends}

    for first, second in (("a", "b"), ("b", "a"), ("c", "d")):
        shapes.learn(with_ids(first, second))
    assert all(shapes.is_known_valid(with_ids("a", "b")) for _ in range(OFTEN + 1))
    assert full_judgement(with_ids("a", "a")) != []
    assert not shapes.is_known_valid(with_ids("a", "a"))


def test_what_contains_others_is_judged_in_full() -> None:
    shapes, observation = (
        Shapes(),
        {**_one("Observation"), "extension": [{"url": "http://x.example/a", "valueUri": "#p"}]},
    )
    right, wrong = (
        {**observation, "contained": [{"resourceType": "Organization", "id": id_, "name": "Synthetic"}]} for id_ in "pq"
    )
    shapes.learn(right)
    assert full_judgement(right) == []
    assert full_judgement(wrong) != []
    assert not shapes.is_known_valid(right)
    assert not shapes.is_known_valid(wrong)


def _one(kind: str) -> Resource:
    return copy.deepcopy(next(r for r in VARIATIONS[0] if r["resourceType"] == kind))


def test_how_many_references_there_are_is_no_matter_of_shape() -> None:
    shapes, provenance = Shapes(), _one("Provenance")
    shapes.learn(provenance)
    targets = [{"reference": f"Observation/{number}"} for number in range(999)]
    for _ in range(OFTEN + 1):
        assert shapes.is_known_valid({**provenance, "target": targets})
    for wrong in (
        {"reference": "#a"},
        {"reference": "Zebra/1"},
        {"reference": "Observation/1", "type": "Patient"},
        {},
        None,
        "Observation/1",
    ):
        assert not shapes.is_known_valid({**provenance, "target": [*targets, wrong]})
    assert not shapes.is_known_valid({**provenance, "target": []})


RIGHT = [f"Observation/{number}" for number in range(20)]
OTHERS = ["", "\n", "Observation/1\n", "\nObservation/1", "Observation/1\nObservation/2", "Observation/", "/1", "Observation",
          "Observation/a b", "Observation/1/2", "Observation/1/_history/2", "observation/1", "Zebra/1", "Bundle/1", "#a", " ",
          "http://there.example/fhir/Observation/1", "urn:uuid:53fefa32-fcbb-4ff8-8a92-55ee120877b7", "ftp://x", None, 1, ["x"],
          "Observation/" + "1" * 64, "Observation/" + "1" * 65, "Observation/\uff11"]  # fmt: skip


@pytest.mark.parametrize("kind", ["Provenance", "MedicationRequest"])
@pytest.mark.parametrize("other", OTHERS, ids=repr)
def test_references_that_are_read_at_once_are_judged_one_by_one(kind: str, other: Any) -> None:
    """At the begin, the end and within; where any type may stand, and where one may."""
    name, type_ = {"Provenance": ("target", "Observation"), "MedicationRequest": ("reasonReference", "Condition")}[kind]
    validator, resource = Validator(), _one(kind)
    texts = [text.replace("Observation", type_) for text in RIGHT]
    told = other.replace("Observation", type_) if isinstance(other, str) else other
    for _ in range(OFTEN + 1):
        assert validator.validate({**resource, name: [{"reference": text} for text in texts]}) == []
    for place in (0, 7, len(texts)):
        some = [*texts[:place], told, *texts[place:]]
        one = {**resource, name: [{"reference": text} for text in some]}
        assert validator.validate(one) == full_judgement(one)


def test_references_beside_words_are_judged_quickly_too() -> None:
    shapes = Shapes()
    mixed = {**_one("Provenance"), "target": [{"reference": "Patient/1"}, {"display": "A paper"}]}
    for one in (_one("Provenance"), mixed):
        shapes.learn(one)
        assert all(shapes.is_known_valid(one) for _ in range(OFTEN + 1))
    assert shapes.is_known_valid(mixed)


def test_a_resource_that_nobody_can_change_is_judged_once() -> None:
    validator, right = Validator(), Fixed(_one("Practitioner"))
    wrong = Fixed({**right, "gender": "banana"})
    for _ in range(OFTEN + 2):
        assert validator.validate(right) == []
        assert validator.validate(wrong) == full_judgement(wrong) != []
    again = Fixed({**right, "id": "a b"})
    assert [issue.expression for issue in validator.validate(again)] == [("Practitioner.id",)]


def test_a_number_that_equals_another_is_not_that_number() -> None:
    """A count has no fraction, not even of zero."""
    shapes = Shapes()
    for value in (Decimal("1E0"), 1):
        for _ in range(OFTEN + 1):
            shapes.learn(_counting(value))
            assert shapes.is_known_valid(_counting(value))
    for other in (Decimal("1.0"), True, Decimal("1.00")):
        assert full_judgement(_counting(other)) != []
        assert not shapes.is_known_valid(_counting(other))


def _counting(value: Any) -> Resource:
    count = {"value": value, "system": "http://unitsofmeasure.org", "code": "1"}
    return {**_one("Observation"), "extension": [{"url": "http://x.example/count", "valueCount": count}]}


def test_more_shapes_of_the_same_names_than_are_written_out() -> None:
    shapes = Shapes()
    for _ in range(OFTEN + 2):
        for number in range(2, MOST_WRITTEN * 2):
            one = {**_one("Patient"), "name": [{"family": f"Synthetic-{i}"} for i in range(number)]}
            if not shapes.is_known_valid(one):
                shapes.learn(one)
                assert shapes.is_known_valid(one)
            one["name"][-1]["family"] = ""
            assert not shapes.is_known_valid(one)


def test_what_is_written_out_says_what_its_plan_says() -> None:
    for resource, other in zip(VARIATIONS[0], VARIATIONS[1], strict=True):
        leaves: list[Any] = []
        others: list[Any] = []
        if outline(resource, leaves) == outline(other, others):
            plan = Planner().of_resource(resource)
            passes = written(resource, plan)
            assert not passes(resource)
            plan.remember(leaves)
            assert passes(resource)
            assert passes(other) == plan.passes(others)


def test_threads_share_a_validator() -> None:
    validator = Validator()
    wrong = [{**r, "id": "a b"} for r in VARIATIONS[0][:10]]
    right = [r for found in VARIATIONS for r in found[:40]]

    def judge(_: int) -> tuple[int, int]:
        verdicts = [validator.validate(r) for r in right * 3]
        return sum(map(len, verdicts)), sum(validator.validate(r) == [] for r in wrong)

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(judge, range(16))) == {(0, 0)}


def test_the_oldest_is_forgotten_first() -> None:
    recent = Recent[str, int](3)
    for number, name in enumerate("abcabd"):
        recent.remember(name, number)
    assert dict(recent) == {"b": 4, "c": 2, "d": 5}


def test_no_more_shapes_are_kept_than_wanted() -> None:
    shapes = Shapes(most=2)
    patients = [{**_one("Patient"), "name": [{"family": "Synthetic"}] * number} for number in (1, 2, 3)]
    for patient in patients:
        shapes.learn(patient)
    assert [shapes.is_known_valid(patient) for patient in patients] == [False, True, True]
